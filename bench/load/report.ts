/** From runs to rows: min / median / max, ratios run by run, a table for people and JSON for later. Used by bench/run.ts and bench/micro. */

export interface Spread {
	readonly min: number;
	readonly median: number;
	readonly max: number;
}

/** One run of one row on one system. */
export interface Measurement {
	readonly row: string;
	readonly system: string;
	readonly opsPerSecond: number;
	readonly errors: number;
	readonly errorTexts: Readonly<Record<string, number>>;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly max: number;
	/** CPU microseconds a request; null where the server was not started here. */
	readonly serverCpu: number | null;
	readonly clientCpu: number;
	readonly anonymousMiB: number | null;
	readonly fileMiB: number | null;
}

export function spread(values: readonly number[]): Spread {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	const median = ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
	return { min: sorted[0] ?? Number.NaN, median, max: sorted.at(-1) ?? Number.NaN };
}

/** Run i of one over run i of the other: they ran one after the other, so what slowed the machine slowed both. */
export function ratios<Run>(of: readonly Run[], to: readonly Run[], figure: (run: Run) => number): Spread {
	return spread(of.flatMap((run, i) => (to[i] === undefined ? [] : [figure(run) / figure(to[i])])));
}

export function showSpread({ min, median, max }: Spread, digits: number): string {
	return `${min.toFixed(digits)} / ${median.toFixed(digits)} / ${max.toFixed(digits)}`;
}

/** The table of one row: a line a system, and one of ratios when there are two. */
export function describeRow(runs: readonly Measurement[], systems: readonly string[]): string {
	const bySystem = systems.map((system) => runs.filter((run) => run.system === system));
	const lines = bySystem.map((group, i) => systemLine(systems[i] ?? '', group));
	const [ours, theirs] = bySystem;
	if (ours !== undefined && theirs !== undefined) {
		const throughput = showSpread(
			ratios(ours, theirs, (run) => run.opsPerSecond),
			2,
		);
		const p50 = showSpread(
			ratios(ours, theirs, (run) => run.p50),
			2,
		);
		const p99 = showSpread(
			ratios(ours, theirs, (run) => run.p99),
			2,
		);
		lines.push(`  ${'ratio'.padEnd(8)} ${throughput.padStart(26)} ops/s   p50 ${p50}   p99 ${p99}`);
	}
	return [`${runs[0]?.row ?? ''}`, ...lines].join('\n');
}

function systemLine(system: string, group: readonly Measurement[]): string {
	const figure = (of: (run: Measurement) => number, digits: number): string => showSpread(spread(group.map(of)), digits);
	const median = (of: (run: Measurement) => number): string => spread(group.map(of)).median.toFixed(1);
	const errors = group.reduce((sum, run) => sum + run.errors, 0);
	const server = group[0]?.serverCpu === null ? '-' : median((run) => run.serverCpu ?? Number.NaN);
	const costs = `CPU us: server ${server}, client ${median((run) => run.clientCpu)}`;
	const milliseconds = (of: (run: Measurement) => number): string => figure((run) => of(run) / 1_000, 2);
	const latency = `p50 ${milliseconds((run) => run.p50)} ms   p99 ${milliseconds((run) => run.p99)} ms`;
	const ops = figure((run) => run.opsPerSecond, 0).padStart(26);
	return `  ${system.padEnd(8)} ${ops} ops/s   ${latency}   ${costs}${errors === 0 ? '' : `   ERRORS ${errors}: ${errorTexts(group)}`}`;
}

function errorTexts(group: readonly Measurement[]): string {
	return [...new Set(group.flatMap((run) => Object.keys(run.errorTexts)))].slice(0, 3).join('; ');
}
