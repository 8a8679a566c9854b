/** The results of the leader-latency bench as lines for a terminal. Pure; used by leader-latency.ts. */
import { describeSaturation } from '../load/actor-figures.ts';
import { ratios, showSpread, spread } from '../load/report.ts';
import { type FailOver, grouped, type Knee, type LatencyResults, type RateRun } from './results.ts';

/** A line a rate and system: throughput, latencies in ms as min / median / max, CPU; and one of ratios where two systems ran. */
export function describeRates(runs: readonly RateRun[]): readonly string[] {
	const rows = runs.filter(({ run }) => run >= 0);
	return [...new Set(rows.map(({ rate }) => rate))].flatMap((rate) => {
		const bySystem = [
			...grouped(
				rows.filter((run) => run.rate === rate),
				({ system }) => system,
			).values(),
		];
		const [ours, theirs] = bySystem;
		return [...bySystem.map(rateLine), ...(ours === undefined || theirs === undefined ? [] : [ratioLine(ours, theirs)])];
	});
}

function rateLine(group: readonly RateRun[]): string {
	const first = group[0];
	const milliseconds = (of: (run: RateRun) => number): string => showSpread(spread(group.map((run) => of(run) / 1_000)), 1);
	const median = (of: (run: RateRun) => number): string => spread(group.map(of)).median.toFixed(0);
	const latency = `p50 ${milliseconds((run) => run.p50)}  p99 ${milliseconds((run) => run.p99)}  max ${milliseconds((run) => run.max)} ms`;
	const costs = `CPU us: server ${median((run) => run.serverCpu)}, client ${median((run) => run.clientCpu)}`;
	const changed = group.some(({ hasLeaderChanged }) => hasLeaderChanged) ? '  LEADER CHANGED' : '';
	const answered = `${median((run) => run.opsPerSecond)}/s`.padStart(9);
	const actors = describeSaturation(first?.actors ?? {});
	const busy = actors === '' ? '' : `  leader: ${actors}`;
	return `  ${`${first?.rate}/s`.padStart(8)}  ${(first?.system ?? '').padEnd(8)} ${answered}  ${latency}  ${costs}${errorsOf(group)}${changed}${busy}`;
}

function errorsOf(group: readonly RateRun[]): string {
	const errors = group.reduce((sum, run) => sum + run.errors, 0);
	const texts = [...new Set(group.flatMap(({ errorTexts }) => Object.keys(errorTexts)))].slice(0, 2).join('; ');
	return errors === 0 ? '' : `  ERRORS ${errors}: ${texts}`;
}

function ratioLine(ours: readonly RateRun[], theirs: readonly RateRun[]): string {
	const ratio = (of: (run: RateRun) => number): string => showSpread(ratios(ours, theirs, of), 2);
	return `  ${''.padStart(8)}  ${'ratio'.padEnd(8)} ${''.padStart(9)}  p50 ${ratio((run) => run.p50)}  p99 ${ratio((run) => run.p99)}`;
}

export function describeKnees(knees: readonly Knee[]): readonly string[] {
	return [...grouped(knees, ({ limitMs, system }) => `p99 under ${limitMs} ms  ${system.padEnd(8)}`)].map(
		([title, group]) => `  ${title} up to ${showSpread(spread(group.map(({ rate }) => rate)), 0)} requests/s`,
	);
}

export function describeFailOvers(failOvers: readonly FailOver[]): readonly string[] {
	return [...grouped(failOvers, ({ scenario, system }) => `${scenario} ${system}`)].map(([title, group]) => {
		const times = group.flatMap(({ firstWriteMs }) => (firstWriteMs === null ? [] : [firstWriteMs]));
		const missing = group.length - times.length;
		const late = missing === 0 ? '' : `  NO WRITE IN TIME after ${missing}`;
		return `  ${title.padEnd(16)} ${group.length} kills: first write after ${showSpread(spread(times), 0)} ms${late}`;
	});
}

export function describeAll({ runs, knees, failOvers }: LatencyResults): string {
	const groups = grouped(runs, ({ scenario, mode }) => `${scenario} ${mode}`);
	const lines = [...groups].flatMap(([title, group]) => [
		title,
		...describeRates(group),
		...describeKnees(knees.filter(({ scenario, mode }) => `${scenario} ${mode}` === title)),
	]);
	return [...lines, ...(failOvers.length === 0 ? [] : ['fail-over', ...describeFailOvers(failOvers)])].join('\n');
}
