/** One scenario in one mode: rates doubled until no system holds them, run by run and system by system in turns, and the knees. Used by leader-latency.ts. */

import { readBusy, saturation } from '../load/actor-figures.ts';
import { type OpenResult, runOpenClient } from '../load/open-client.ts';
import type { Mode } from '../load/options.ts';
import { usageOf } from '../load/processes.ts';
import type { BenchCluster } from './cluster.ts';
import { KneeSearch, ladder } from './knee.ts';
import type { LatencyOptions } from './options.ts';
import { distributionOf, isHeld, type Knee, type RateRun } from './results.ts';

export interface Group {
	readonly mode: Mode;
	readonly clusters: readonly BenchCluster[];
	readonly options: LatencyOptions;
	/** share: of this group. */
	showProgress(share: number, what: string): void;
}

export interface GroupResults {
	readonly runs: readonly RateRun[];
	readonly knees: readonly Knee[];
}

/** A system that answers fewer than this within the time is not asked for more. */
const SATURATION_LIMIT_MS = 1_000;
/** A short run has to have requests enough for a p99. */
const KNEE_LEAST_RATE = 50;
const KNEE_PRECISION = 1.1;
/** A step of the searches is bounded by precision; this only guesses how many there are, for the bar. */
const KNEE_STEPS = 8;
const STEP_OF_KNEE = -1;
const MILLISECONDS_A_SECOND = 1_000;

export async function measureGroup(group: Group): Promise<GroupResults> {
	const { options, clusters } = group;
	const runs: RateRun[] = [];
	const knees: Knee[] = [];
	const saturated = new Map<BenchCluster, number>();
	const rates = ladder(options.firstRate, options.mostRate);
	for (let run = 0; run < options.runs; run++) {
		const searches = new Map(clusters.map((cluster) => [cluster, options.kneeLimits.map((limitMs) => searchOf(limitMs, options))]));
		for (const [rung, rate] of rates.entries()) {
			for (const cluster of clusters.filter((each) => rate <= (saturated.get(each) ?? rate))) {
				const done = run + ((rung / rates.length) * rates.length) / (rates.length + KNEE_STEPS * options.kneeLimits.length);
				group.showProgress(done / options.runs, `${cluster.system} ${rate}/s`);
				const { result, record } = await measure(group, { cluster, rate, run });
				runs.push(record);
				tellAll(searches.get(cluster) ?? [], rate, result);
				if (!isHeld(result, SATURATION_LIMIT_MS) && run === 0) {
					saturated.set(cluster, rate);
				}
			}
		}
		runs.push(...(await searchKnees(group, searches, run)));
		for (const [cluster, each] of searches) {
			const known = { scenario: cluster.scenario.name, mode: group.mode, system: cluster.system, run };
			knees.push(...each.map(({ limitMs, search }) => ({ ...known, limitMs, rate: search.knee })));
		}
	}
	return { runs, knees };
}

interface LimitSearch {
	readonly limitMs: number;
	readonly search: KneeSearch;
}

type Searches = ReadonlyMap<BenchCluster, readonly LimitSearch[]>;

function searchOf(limitMs: number, { firstRate, mostRate }: LatencyOptions): LimitSearch {
	const least = Math.min(KNEE_LEAST_RATE, firstRate);
	return { limitMs, search: new KneeSearch({ first: firstRate, least, most: mostRate, precision: KNEE_PRECISION }) };
}

/** Every run says something about each limit. */
function tellAll(searches: readonly LimitSearch[], rate: number, result: OpenResult): void {
	for (const { limitMs, search } of searches) {
		search.tell(rate, isHeld(result, limitMs));
	}
}

/** Step by step in turns, each system at the rate that its own search asks for. */
async function searchKnees(group: Group, searches: Searches, run: number): Promise<readonly RateRun[]> {
	const records: RateRun[] = [];
	for (let isOver = false; !isOver; ) {
		isOver = true;
		for (const [cluster, each] of searches) {
			const next = each.find(({ search }) => search.next() !== null);
			const rate = next?.search.next() ?? null;
			if (next === undefined || rate === null) {
				continue;
			}
			isOver = false;
			group.showProgress((run + 0.6) / group.options.runs, `${cluster.system} ${rate}/s, knee of ${next.limitMs} ms`);
			const { result, record } = await measure(group, { cluster, rate, run: STEP_OF_KNEE });
			records.push(record);
			tellAll(each, rate, result);
		}
	}
	return records;
}

interface Step {
	readonly cluster: BenchCluster;
	readonly rate: number;
	readonly run: number;
}

async function measure({ mode, options }: Group, { cluster, rate, run }: Step): Promise<{ readonly result: OpenResult; readonly record: RateRun }> {
	const entry = await cluster.entry();
	const leader = await cluster.leader();
	const isOurs = cluster.system === 'quorate';
	const busyBefore = isOurs ? await readBusy(leader.endpoint) : new Map<string, number>();
	const before = usageOf(cluster.pids);
	const began = performance.now();
	const result = await runOpenClient({ ...options, endpoints: [entry.endpoint], mode, rate, hasSamples: false });
	const after = usageOf(cluster.pids);
	const took = (performance.now() - began) / MILLISECONDS_A_SECOND;
	const busyAfter = isOurs && leader.server.isRunning ? await readBusy(leader.endpoint) : busyBefore;
	const leaderAfter = await cluster.leader();
	const { intended, ops, completed, errors, errorTexts, seconds, lateP99 } = result;
	const all = rate * (options.seconds + options.warmupSeconds);
	const record = {
		scenario: cluster.scenario.name,
		mode,
		system: cluster.system,
		rate,
		run,
		intended,
		ops,
		opsPerSecond: completed / seconds,
		errors,
		errorTexts,
		...distributionOf(result.latencies),
		lateP99,
		serverCpu: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / all,
		clientCpu: (result.cpuSeconds * 1e6) / Math.max(1, intended),
		anonymousMiB: after.anonymousMiB,
		actors: saturation(busyBefore, busyAfter, took),
		hasLeaderChanged: leaderAfter !== leader,
	};
	return { result, record };
}
