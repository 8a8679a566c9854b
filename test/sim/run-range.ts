/** A range of seeds on all cores: each child process takes the next few, as often as it is free. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Focus } from './draw-plan.ts';
import { RangeTotals } from './range-totals.ts';
import type { SeedResult } from './run-seed.ts';
import { EXIT } from './verdict.ts';

export interface Range {
	readonly from: number;
	readonly seeds: number;
	/** Each seed a second time, which must say the same to the byte. */
	readonly isTwice: boolean;
}

/** What a child is told, and what it says of each seed. */
export interface Portion {
	readonly seeds: readonly number[];
	readonly isTwice: boolean;
	/** In place of what is drawn; null: nothing. */
	readonly focus: Focus | null;
}

const PORTION_SEEDS = 10;
const FAILURES_MAX = 20;

/** null: all passed; else the first failure. */
export async function runRange(range: Range, say: (line: string) => void): Promise<SeedResult | null> {
	const began = performance.now();
	const totals = new RangeTotals();
	const failures: SeedResult[] = [];
	let next = range.from;
	const end = range.from + range.seeds;
	const take = (): Portion | null => {
		const seeds = Array.from({ length: Math.max(0, Math.min(PORTION_SEEDS, end - next)) }, (_, i) => next + i);
		next += seeds.length;
		return seeds.length === 0 || failures.length >= FAILURES_MAX ? null : { seeds, isTwice: range.isTwice, focus: null };
	};
	const hear = (result: SeedResult): void => {
		totals.add(result);
		if (result.code !== EXIT.pass) {
			failures.push(result);
			say(`seed ${result.seed}: exit ${result.code}: ${result.reason}`);
		}
	};
	await Promise.all(Array.from({ length: availableParallelism() }, () => runChild(take, hear)));
	for (const line of totals.lines((performance.now() - began) / 1_000, failures.length)) {
		say(line);
	}
	return failures.sort((a, b) => a.seed - b.seed)[0] ?? null;
}

function runChild(take: () => Portion | null, hear: (result: SeedResult) => void): Promise<void> {
	return new Promise((resolve, reject) => {
		const first = take();
		if (first === null) {
			resolve();
			return;
		}
		const child = fork(new URL('./child.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
		let left = first.seeds.length;
		child.on('message', (result: SeedResult) => {
			hear(result);
			left--;
			if (left === 0) {
				const more = take();
				if (more === null) {
					child.disconnect();
				} else {
					left = more.seeds.length;
					child.send(more);
				}
			}
		});
		child.on('exit', (code, signal) => (left === 0 ? resolve() : reject(new Error(`a child ended with ${code ?? signal}, ${left} seeds undone`))));
		child.send(first);
	});
}
