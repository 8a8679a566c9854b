/** Runs a micro-benchmark five times and prints what every figure needs: machine, commit, and min / median / max. Used by the files beside it. */
import { describeMachine } from '../load/machine.ts';
import { showSpread, spread } from '../load/report.ts';

const RUNS = 5;

export interface MicroCase {
	readonly name: string;
	/** Operations in one run; the figure is microseconds for each. */
	readonly operations: number;
	/** One run; the time of the whole call counts, unless it says how many milliseconds do. */
	readonly run: () => void | number | Promise<void | number>;
}

/** A line of JSON for each case, with the same for people before it. The first, uncounted run warms the code up. */
export async function repeat(bench: string, cases: readonly MicroCase[]): Promise<void> {
	console.log(JSON.stringify({ bench, runs: RUNS, ...describeMachine() }));
	for (const { name, operations, run } of cases) {
		await run();
		const microseconds: number[] = [];
		for (let i = 0; i < RUNS; i++) {
			const began = performance.now();
			const own = await run();
			const milliseconds = typeof own === 'number' ? own : performance.now() - began;
			microseconds.push((milliseconds * 1_000) / operations);
		}
		const figure = spread(microseconds);
		console.log(`${name.padEnd(56)} ${showSpread(figure, 3)} us`);
		console.log(JSON.stringify({ bench, case: name, operations, microseconds: figure }));
	}
}
