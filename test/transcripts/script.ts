/**
 * The form of a transcript: a command line, a line of dashes, what came of it, and an empty line. Lines that begin with # are for readers.
 *
 *   propose 1 hello
 *   ----
 *   1 sends ...
 */
export interface Command {
	readonly verb: string;
	/** Words without an equals sign. */
	readonly words: readonly string[];
	readonly options: ReadonlyMap<string, string>;
}

export interface Block {
	/** Comments and empty lines before the command, as they are. */
	readonly before: readonly string[];
	readonly line: string;
	readonly output: readonly string[];
}

const RULE = '----';

export function parseScript(text: string): { readonly blocks: readonly Block[]; readonly after: readonly string[] } {
	const blocks: Block[] = [];
	let before: string[] = [];
	const lines = text.replace(/\n$/, '').split('\n');
	for (let at = 0; at < lines.length; at++) {
		const line = lines[at] ?? '';
		if (line === '' || line.startsWith('#')) {
			before.push(line);
			continue;
		}
		const output: string[] = [];
		if (lines[at + 1] === RULE) {
			at += 2;
			for (; at < lines.length && lines[at] !== ''; at++) {
				output.push(lines[at] ?? '');
			}
			at--;
		}
		blocks.push({ before, line, output });
		before = [];
	}
	return { blocks, after: before };
}

export function formatScript(blocks: readonly Block[], after: readonly string[]): string {
	const lines = blocks.flatMap((block) => [...block.before, block.line, RULE, ...block.output]);
	return `${[...lines, ...after].join('\n')}\n`;
}

export function parseCommand(line: string): Command {
	const words: string[] = [];
	const options = new Map<string, string>();
	const [verb = '', ...rest] = line.split(/ +/);
	for (const word of rest) {
		const at = word.indexOf('=');
		if (at < 0) {
			words.push(word);
		} else {
			options.set(word.slice(0, at), word.slice(at + 1));
		}
	}
	return { verb, words, options };
}
