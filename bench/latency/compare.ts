/**
 * `npm run bench -- compare A.json B.json`: which figures of two result files differ, and which are noise. Knows the files of leader-latency and those
 * of the closed loop. Where both have etcd beside quorate, ratios to it are compared, since they forgive another day and another load.
 */
import { readFileSync } from 'node:fs';
import { type Measurement, type Spread, showSpread, spread } from '../load/report.ts';
import { grouped, type LatencyResults } from './results.ts';

/** One figure of one system in one row, run by run. */
export interface Series {
	readonly row: string;
	readonly system: string;
	readonly figure: string;
	readonly isMoreBetter: boolean;
	readonly values: readonly number[];
}

export type Verdict = 'better' | 'worse' | 'noise' | 'too few runs';

export interface Difference {
	readonly row: string;
	readonly figure: string;
	/** 'quorate', or 'quorate / etcd' where ratios were taken. */
	readonly of: string;
	readonly before: Spread;
	readonly after: Spread;
	readonly verdict: Verdict;
}

/** Fewer say nothing: bench/README.md, "What counts as a difference". */
const RUNS_LEAST = 5;
const REFERENCE = 'etcd';

export function compareFiles(args: readonly string[]): void {
	const [before, after, ...more] = args;
	if (before === undefined || after === undefined || more.length > 0) {
		throw new Error('npm run bench -- compare A.json B.json: two files of bench/results');
	}
	const differences = compare(read(before), read(after));
	if (differences.length === 0) {
		throw new Error(`${before} and ${after} have no row in common`);
	}
	console.log(describeDifferences(differences));
}

function read(path: string): readonly Series[] {
	const series = seriesOf(JSON.parse(readFileSync(path, 'utf8')));
	if (series === null) {
		throw new Error(`${path}: neither results of leader-latency nor of the closed loop`);
	}
	return series;
}

/** null: not a file that this knows. */
export function seriesOf(file: unknown): readonly Series[] | null {
	const known = file as Partial<LatencyResults> & { readonly measurements?: readonly Measurement[] };
	if (known.kind === 'leader-latency') {
		return latencySeries(known as LatencyResults);
	}
	return Array.isArray(known.measurements) && known.measurements.every(({ opsPerSecond }) => typeof opsPerSecond === 'number')
		? closedLoopSeries(known.measurements)
		: null;
}

function latencySeries({ runs, knees, failOvers }: LatencyResults): readonly Series[] {
	const rates = grouped(
		runs.filter(({ run }) => run >= 0),
		({ scenario, mode, rate, system }) => `${scenario} ${mode} ${rate}/s\n${system}`,
	);
	const limits = grouped(knees, ({ scenario, mode, limitMs, system }) => `${scenario} ${mode} p99 under ${limitMs} ms\n${system}`);
	const kills = grouped(failOvers, ({ scenario, system }) => `fail-over ${scenario}\n${system}`);
	return [
		...[...rates].flatMap(([key, group]) => [
			seriesFor(key, 'p50', group, ({ p50 }) => p50),
			seriesFor(key, 'p99', group, ({ p99 }) => p99),
			seriesFor(key, 'server CPU', group, ({ serverCpu }) => serverCpu),
		]),
		...[...limits].map(([key, group]) => ({
			...seriesFor(key, 'knee', group, ({ rate }) => rate),
			isMoreBetter: true,
		})),
		...[...kills].map(([key, group]) => seriesFor(key, 'first write', group, ({ firstWriteMs }) => firstWriteMs ?? Number.POSITIVE_INFINITY)),
	];
}

function closedLoopSeries(measurements: readonly Measurement[]): readonly Series[] {
	return [...grouped(measurements, ({ row, system }) => `${row}\n${system}`)].flatMap(([key, group]) => [
		{
			...seriesFor(key, 'ops/s', group, ({ opsPerSecond }) => opsPerSecond),
			isMoreBetter: true,
		},
		seriesFor(key, 'p50', group, ({ p50 }) => p50),
		seriesFor(key, 'p99', group, ({ p99 }) => p99),
	]);
}

/** key: row and system, a line each. What was not measured is null in a file. */
function seriesFor<T>(key: string, figure: string, group: readonly T[], of: (each: T) => number | null): Series {
	const [row = '', system = ''] = key.split('\n');
	return { row, system, figure, isMoreBetter: false, values: group.map((each) => of(each) ?? Number.NaN) };
}

/** What is in both, in the order of the first. */
export function compare(before: readonly Series[], after: readonly Series[]): readonly Difference[] {
	return before.flatMap((series): readonly Difference[] => {
		const other = after.find((each) => isSame(each, series) && each.system === series.system);
		const references = [before, after].map((all) => all.find((each) => isSame(each, series) && each.system === REFERENCE));
		if (other === undefined || series.system === REFERENCE) {
			return [];
		}
		const [referenceBefore, referenceAfter] = references;
		const hasReference = referenceBefore !== undefined && referenceAfter !== undefined;
		const valuesBefore = hasReference ? ratiosOf(series, referenceBefore) : series.values;
		const valuesAfter = hasReference ? ratiosOf(other, referenceAfter) : other.values;
		const { row, figure, isMoreBetter } = series;
		const of = hasReference ? `${series.system} / ${REFERENCE}` : series.system;
		const verdict = verdictOf({ before: valuesBefore, after: valuesAfter, isMoreBetter });
		return [{ row, figure, of, before: spread(valuesBefore), after: spread(valuesAfter), verdict }];
	});
}

function isSame(a: Series, b: Series): boolean {
	return a.row === b.row && a.figure === b.figure;
}

/** Run i by run i: they followed one another. */
function ratiosOf(of: Series, to: Series): readonly number[] {
	return of.values.flatMap((value, i) => (to.values[i] === undefined ? [] : [value / to.values[i]]));
}

interface Values {
	readonly before: readonly number[];
	readonly after: readonly number[];
	readonly isMoreBetter: boolean;
}

/** A difference is one only if any run of the one file is on the same side of any of the other: the span of their ratios does not hold 1. */
export function verdictOf({ before, after, isMoreBetter }: Values): Verdict {
	const [first, second] = [before, after].map((values) => values.filter((value) => !Number.isNaN(value)));
	if (first === undefined || second === undefined || first.length < RUNS_LEAST || second.length < RUNS_LEAST) {
		return 'too few runs';
	}
	const isHigher = Math.min(...second) > Math.max(...first);
	const isLower = Math.max(...second) < Math.min(...first);
	if (!isHigher && !isLower) {
		return 'noise';
	}
	return isHigher === isMoreBetter ? 'better' : 'worse';
}

export function describeDifferences(differences: readonly Difference[]): string {
	const lines = [...grouped(differences, ({ row }) => row)].flatMap(([row, group]) => [
		row,
		...group.map(({ figure, of, before, after, verdict }) => {
			const change = `${((after.median / before.median - 1) * 100).toFixed(0)} %`;
			return `  ${figure.padEnd(11)} ${of.padEnd(15)} ${showSpread(before, 2)}  ->  ${showSpread(after, 2)}  ${verdict === 'noise' ? '' : `${change}  `}${verdict}`;
		}),
	]);
	const counts = [...grouped(differences, ({ verdict }) => verdict)].map(([verdict, group]) => `${group.length} ${verdict}`);
	return [...lines, counts.join(', ')].join('\n');
}
