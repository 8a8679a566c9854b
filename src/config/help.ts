/** The text of --help, from the option table. */
import { showDuration } from './duration.ts';
import { GROUPS, type Group } from './option-spec.ts';
import { environmentName, OPTION_NAMES, type OptionName, optionSpec, shownDefault } from './options.ts';

const COLUMNS = 100;
const INDENT = '        ';

export function helpText(): string {
	const groups = (Object.keys(GROUPS) as Group[]).map(groupText);
	return `Usage: quorate [flags]
       quorate import FILE [flags]      (a snapshot of etcd's: see quorate import --help)
       quorate config check [FILE]      (what counts, and where it is from)
       quorate pki init | issue         (certificates: see quorate pki --help)

Runs one member of a quorate cluster. Without flags: a cluster of one, clients on port 2379,
data in default.quorate. Each flag is also an environment variable (shown in brackets) and a key
of the configuration file. Flags and variables are etcd's; other flags of etcd's are accepted and
said to be ignored, or refused if that would not be safe.

${groups.join('\n')}`;
}

function groupText(group: Group): string {
	const names = OPTION_NAMES.filter((name) => optionSpec(name).group === group);
	return `${GROUPS[group]}:\n${names.map(optionText).join('')}`;
}

function optionText(name: OptionName): string {
	const spec = optionSpec(name);
	const head = spec.flagOnly === true ? `  --${name}` : `  --${name} ${quote(shownDefault(name))}   [${environmentName(name)}]`;
	return `${head}\n${wrap(`${spec.help}${rangeText(name)}`, INDENT, COLUMNS)}`;
}

function quote(text: string): string {
	return text.startsWith('<') ? text : `'${text}'`;
}

/** " From 1 to 64 lanes." or " One of: ..."; empty where the type says it all. */
export function rangeText(name: OptionName): string {
	const spec = optionSpec(name);
	switch (spec.type) {
		case 'integer':
			return ` From ${spec.min} to ${spec.max} ${spec.unit}.`;
		case 'duration':
			return ` From ${showDuration(spec.min)} to ${showDuration(spec.max)}.`;
		case 'choice':
			return spec.choices.length === 1 ? ` Only ${spec.choices.join()}.` : ` One of ${spec.choices.join(', ')}.`;
		default:
			return '';
	}
}

/** Lines of at most so many columns, each indented and ended. */
export function wrap(text: string, indent: string, columns: number): string {
	let line = indent;
	let out = '';
	for (const word of text.split(' ')) {
		if (line.length > indent.length && line.length + 1 + word.length > columns) {
			out += `${line}\n`;
			line = indent;
		}
		line += line.length > indent.length ? ` ${word}` : word;
	}
	return `${out}${line}\n`;
}
