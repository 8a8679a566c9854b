/** Runs test files, each in a process of its own, and says what came out. Used by run.ts (npm test) and prove.ts. */
import { run } from 'node:test';
import { inspect } from 'node:util';
import { PORT_SLICE } from './support/free-ports.ts';
import { ENDS_AT } from './support/waits.ts';

export interface Outcome {
	readonly passed: number;
	readonly failed: number;
	/** What tests printed after "figure: ". */
	readonly figures: readonly string[];
}

export interface RunOptions {
	/** From the root, where this process runs. */
	readonly files: readonly string[];
	readonly concurrency: number;
	/** A file that takes longer is ended and has failed. */
	readonly fileSeconds: number;
}

/** Prints a line a file, and every failure in full. */
export async function runFiles(options: RunOptions): Promise<Outcome> {
	const waiting = [...options.files];
	const outcomes: Outcome[] = [];
	const lane = async (_: unknown, index: number): Promise<void> => {
		for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
			outcomes.push(await runFile(file, options.fileSeconds, `${index}/${options.concurrency}`));
		}
	};
	await Promise.all(Array.from({ length: options.concurrency }, lane));
	return sum(outcomes);
}

export function sum(outcomes: readonly Outcome[]): Outcome {
	return {
		passed: outcomes.reduce((total, { passed }) => total + passed, 0),
		failed: outcomes.reduce((total, { failed }) => total + failed, 0),
		figures: outcomes.flatMap(({ figures }) => figures),
	};
}

async function runFile(file: string, seconds: number, portSlice: string): Promise<Outcome> {
	const started = performance.now();
	let passed = 0;
	let output = '';
	const failures: string[] = [];
	const events = run({
		files: [file],
		concurrency: 1,
		signal: AbortSignal.timeout(seconds * 1000),
		env: { ...process.env, [PORT_SLICE]: portSlice, [ENDS_AT]: String(Date.now() + seconds * 1000) },
	});
	for await (const event of events) {
		if (event.type === 'test:stdout' || event.type === 'test:stderr') {
			output += event.data.message;
		} else if (event.type === 'test:pass' && event.data.details.type !== 'suite') {
			const isSwitchedOff = event.data.skip !== undefined || event.data.todo !== undefined;
			if (isSwitchedOff || event.data.name.endsWith(file)) {
				failures.push(`${event.data.name}: ${isSwitchedOff ? 'was skipped' : 'the file has no tests'}`);
			} else {
				passed++;
			}
		} else if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
			failures.push(`${event.data.name}: ${describe(event.data.details.error.cause ?? event.data.details.error)}`);
		}
	}
	if (passed === 0 && failures.length === 0) {
		failures.push(`${file}: no test ran`);
	}
	const time = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${failures.length === 0 ? 'ok    ' : 'FAILED'} ${file}: ${passed} passed, ${failures.length} failed, ${time} s`);
	for (const failure of failures) {
		console.log(`\n  ✖ ${failure.replaceAll('\n', '\n    ')}\n`);
	}
	if (failures.length > 0 && output !== '') {
		console.log(`  output of ${file}:\n    ${output.trimEnd().slice(-OUTPUT_CHARACTERS_MAX).replaceAll('\n', '\n    ')}\n`);
	}
	return { passed, failed: failures.length, figures: figuresOf(output) };
}

/** An error's own words and the lines of its stack that are ours. */
function describe(error: unknown): string {
	const text = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
	return text
		.split('\n')
		.filter((line) => !/^\s+at .*\(?node:/.test(line))
		.join('\n');
}

const OUTPUT_CHARACTERS_MAX = 20_000;

function figuresOf(output: string): string[] {
	const figures = [...output.matchAll(/^figure: (.*)$/gm)].map((match) => match[1] ?? '');
	for (const figure of figures) {
		console.log(`       figure: ${figure}`);
	}
	return figures;
}
