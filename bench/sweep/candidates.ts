/** The placements and lanes that `npm run bench -- sweep` tries, and which of them is best by what was measured. Pure; used by sweep.ts. */
import { spread } from '../load/report.ts';

export interface Candidate {
	/** As --placement takes it. */
	readonly placement: string;
	readonly apiLanes: number;
	readonly watchLanes: number;
}

/** One run of one row with one candidate. */
export interface SweepRun {
	readonly candidate: string;
	readonly row: string;
	/** Microseconds. */
	readonly p50: number;
	readonly p99: number;
	readonly opsPerSecond: number;
	readonly errors: number;
	readonly actors: Readonly<Record<string, number>>;
}

export interface Verdict {
	readonly candidate: string;
	/** Geometric mean over the rows of how far it is behind the best one of each; 1: the best in all. */
	readonly score: number;
}

const LANE_COUNTS = [1, 2, 4] as const;
/** From one thread for all to one for each; the roles that a write passes in a row are beside one another as long as can be. */
const GROUPS = [
	'raft+log+store+peer+watch+api',
	'raft+store+peer+watch+api,log',
	'raft+log+peer+store,watch+api',
	'raft+log+peer,store,watch+api',
] as const;
const WITH_API_ALONE = ['raft+log+peer+store+watch,api', 'raft,log,store,peer,watch,api'] as const;

/** Lanes beyond the cores are not tried: they would share them. */
export function candidatesFor(cores: number): readonly Candidate[] {
	const lanes = LANE_COUNTS.filter((count) => count === 1 || count <= cores);
	return [
		...GROUPS.map((placement) => ({ placement, apiLanes: 1, watchLanes: 1 })),
		...WITH_API_ALONE.flatMap((placement) => lanes.map((apiLanes) => ({ placement, apiLanes, watchLanes: 1 }))),
	];
}

export function nameOf({ placement, apiLanes }: Candidate): string {
	return apiLanes === 1 ? placement : `${placement} (${apiLanes} api lanes)`;
}

export function flagsOf({ placement, apiLanes, watchLanes }: Candidate): readonly string[] {
	return ['--placement', placement, '--api-lanes', `${apiLanes}`, '--watch-lanes', `${watchLanes}`];
}

/** One client waits for each answer, so its row is judged by the median latency; rows of many by throughput. */
function costOf({ row, p50, opsPerSecond }: SweepRun): number {
	return row.endsWith('@1') ? p50 : 1 / opsPerSecond;
}

/** The best first. A candidate that failed requests is out. */
export function judge(runs: readonly SweepRun[]): readonly Verdict[] {
	const failed = new Set(runs.filter(({ errors }) => errors > 0).map(({ candidate }) => candidate));
	const good = runs.filter(({ candidate }) => !failed.has(candidate));
	const rows = [...new Set(good.map(({ row }) => row))];
	const names = [...new Set(good.map(({ candidate }) => candidate))];
	const medians = rows.map((row) => names.map((name) => spread(good.filter((run) => run.row === row && run.candidate === name).map(costOf)).median));
	const verdicts = names.map((candidate, at) => {
		const logs = medians.map((costs) => Math.log((costs[at] ?? Number.NaN) / costs.reduce((a, b) => Math.min(a, b))));
		return { candidate, score: Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length) };
	});
	return verdicts.sort((a, b) => a.score - b.score);
}

/** What a person puts into the file that --config-file names. */
export function configOf({ placement, apiLanes, watchLanes }: Candidate, measured: string): string {
	return [`# ${measured}`, `placement: "${placement}"`, `api-lanes: ${apiLanes}`, `watch-lanes: ${watchLanes}`, ''].join('\n');
}
