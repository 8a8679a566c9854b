/** The tables of README's figures, as lines of Markdown, from results of the leader-latency bench. Pure; used by readme.ts. */
import { type FailOver, grouped, type Knee, type LatencyResults, type RateRun } from '../latency/results.ts';
import { scenariosOf } from '../latency/scenarios.ts';
import { ratios, spread } from '../load/report.ts';

type Results = Pick<LatencyResults, 'machine' | 'runs' | 'knees' | 'failOvers'>;

const OURS = 'quorate';
const THEIRS = 'etcd';
const ABOUT: ReadonlyMap<string, string> = new Map([1, 3, 5].flatMap(scenariosOf).map(({ name, about }) => [name, about]));

/** Latency in milliseconds at each rate that was run, a line a scenario, mode and rate. */
export function latencyTable({ runs }: Results): readonly string[] {
	const rows = grouped(
		runs.filter(({ run }) => run >= 0),
		({ scenario, mode, rate }) => `${aboutOf(scenario)} | ${mode} | ${rate}/s`,
	);
	return [
		'| Cluster | Request | Rate | quorate p50, p99 | etcd p50, p99 | ratio of p50, of p99 |',
		'|---|---|---|---|---|---|',
		...[...rows].map(([title, group]) => {
			const ours = group.filter(({ system }) => system === OURS);
			const theirs = group.filter(({ system }) => system === THEIRS);
			return `| ${title} | ${millisecondsOf(ours)} | ${millisecondsOf(theirs)} | ${ratiosOf(ours, theirs)} |`;
		}),
	];
}

/** The highest rates within a limit of p99. */
export function kneeTable({ knees }: Results): readonly string[] {
	const rows = grouped(knees, ({ scenario, mode, limitMs }) => `${aboutOf(scenario)} | ${mode} | ${limitMs} ms`);
	return [
		'| Cluster | Request | p99 under | quorate, up to | etcd, up to |',
		'|---|---|---|---|---|',
		...[...rows].map(([title, group]) => `| ${title} | ${rateOf(group, OURS)} | ${rateOf(group, THEIRS)} |`),
	];
}

/** From the kill of the leader to the first write that is answered, a line a scenario. */
export function failOverRows({ failOvers }: Results, times: string): readonly string[] {
	return [...grouped(failOvers, ({ scenario }) => scenario)].map(([scenario, group]) => {
		const kills = group.filter(({ system }) => system === OURS).length;
		return `| ${aboutOf(scenario)} | ${times} | ${kills} | ${firstWriteOf(group, OURS)} | ${firstWriteOf(group, THEIRS)} |`;
	});
}

export const FAIL_OVER_HEAD: readonly string[] = ['| Cluster | Election times | Kills | quorate | etcd, its defaults |', '|---|---|---|---|---|'];

/** Where figures come from. */
export function sourceLine(path: string, { machine }: Results): string {
	const { cores, cpu, memoryGiB, kernel, filesystem, commit, isDirty, date } = machine;
	return `[${path}](${path}): commit ${commit}${isDirty ? ', changed' : ''}, ${date.slice(0, 10)}; ${cores} cores of ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, ${filesystem}.`;
}

function aboutOf(scenario: string): string {
	return ABOUT.get(scenario) ?? scenario;
}

function millisecondsOf(runs: readonly RateRun[]): string {
	const median = (of: (run: RateRun) => number): string => (spread(runs.map(of)).median / 1_000).toFixed(1);
	return runs.length === 0 ? '' : `${median((run) => run.p50)}, ${median((run) => run.p99)} ms${errorsOf(runs)}`;
}

/** What was not answered is never left out. */
function errorsOf(runs: readonly RateRun[]): string {
	const errors = runs.reduce((sum, run) => sum + run.errors, 0);
	return errors === 0 ? '' : ` (${errors} errors)`;
}

function ratiosOf(ours: readonly RateRun[], theirs: readonly RateRun[]): string {
	const ratio = (of: (run: RateRun) => number): string => ratios(ours, theirs, of).median.toFixed(2);
	return theirs.length === 0 ? '' : `${ratio((run) => run.p50)}, ${ratio((run) => run.p99)}`;
}

function rateOf(knees: readonly Knee[], wanted: string): string {
	const rates = knees.filter(({ system }) => system === wanted).map(({ rate }) => rate);
	return rates.length === 0 ? '' : `${spread(rates).median.toFixed(0)}/s`;
}

function firstWriteOf(failOvers: readonly FailOver[], wanted: string): string {
	const group = failOvers.filter(({ system }) => system === wanted);
	if (group.length === 0) {
		return '';
	}
	const { min, median, max } = spread(group.flatMap(({ firstWriteMs }) => (firstWriteMs === null ? [] : [firstWriteMs])));
	const late = group.filter(({ firstWriteMs }) => firstWriteMs === null).length;
	return `${min.toFixed(0)} / **${median.toFixed(0)}** / ${max.toFixed(0)} ms${late === 0 ? '' : ` (${late} without)`}`;
}
