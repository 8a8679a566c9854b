/** What a range of seeds came to: added up as results come in, and told at its end. */
import type { Counts, SeedResult } from './run-seed.ts';

export class RangeTotals {
	readonly #totals = new Map<string, Map<string, number>>();
	readonly #milliseconds: number[] = [];
	#slowest = { seed: 0, milliseconds: 0 };

	get seeds(): number {
		return this.#milliseconds.length;
	}

	add({ seed, counts, milliseconds }: Pick<SeedResult, 'seed' | 'counts' | 'milliseconds'>): void {
		this.#milliseconds.push(milliseconds);
		if (milliseconds > this.#slowest.milliseconds) {
			this.#slowest = { seed, milliseconds };
		}
		for (const [kind, group] of Object.entries(counts)) {
			const totals = this.#totals.get(kind) ?? new Map<string, number>();
			this.#totals.set(kind, totals);
			for (const [name, count] of Object.entries(group)) {
				totals.set(name, (totals.get(name) ?? 0) + count);
			}
		}
	}

	/** A line for the time, and one for each kind of counts. */
	lines(seconds: number, failures: number): string[] {
		const sorted = [...this.#milliseconds].sort((a, b) => a - b);
		const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
		const speed = `${this.seeds} seeds in ${seconds.toFixed(1)} s, ${(this.seeds / seconds).toFixed(1)} a second`;
		const cost = `CPU of a seed ${sorted[0] ?? 0} / ${median} / ${sorted.at(-1) ?? 0} ms (min / median / max: ${this.#slowest.seed})`;
		const kinds = [...this.#totals].map(([kind, group]) => `${kind}: ${[...group].map(([name, count]) => `${name} ${count}`).join(', ')}`);
		return [`${speed}; ${cost}; ${failures} failed`, ...kinds];
	}
}

/** Of one seed. */
export function linesOf(counts: Counts): string[] {
	return Object.entries(counts).map(
		([kind, group]) =>
			`${kind}: ${Object.entries(group)
				.map(([name, count]) => `${name} ${count}`)
				.join(', ')}`,
	);
}
