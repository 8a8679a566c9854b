/** How long nobody writes when the leader is killed: puts at a constant rate to the others, and when the first one after the kill is answered. */
import { setTimeout as pause } from 'node:timers/promises';
import { runOpenClient } from '../load/open-client.ts';
import type { BenchCluster } from './cluster.ts';
import type { LatencyOptions } from './options.ts';
import { type FailOver, firstWriteMs, sliced } from './results.ts';

/** Fine enough for milliseconds, and little enough that it is not load that decides. */
const WRITES_PER_SECOND = 500;
const BEFORE_SECONDS = 1;
const AFTER_SECONDS = 4;
const LEAST_OUTSTANDING = WRITES_PER_SECOND * (BEFORE_SECONDS + AFTER_SECONDS) * 2;

export async function killLeader(cluster: BenchCluster, options: LatencyOptions, kill: number): Promise<FailOver> {
	const leader = await cluster.leader();
	const endpoints = cluster.members.filter((member) => member !== leader && member.server.isRunning).map(({ endpoint }) => endpoint);
	const load = runOpenClient({
		...options,
		endpoints,
		mode: 'put',
		rate: WRITES_PER_SECOND,
		seconds: BEFORE_SECONDS + AFTER_SECONDS,
		// What waits for a leader must not be refused here.
		outstandingMax: Math.max(options.outstandingMax, LEAST_OUTSTANDING),
		hasSamples: true,
	});
	await pause((options.warmupSeconds + BEFORE_SECONDS) * 1_000);
	const killedMicros = (performance.timeOrigin + performance.now()) * 1_000;
	await leader.server.kill();
	const { samples = [], beganMicros } = await load;
	const killedAt = killedMicros - beganMicros;
	await cluster.revive(leader);
	return {
		scenario: cluster.scenario.name,
		system: cluster.system,
		kill,
		firstWriteMs: firstWriteMs(samples, killedAt),
		errors: samples.filter(([, , good]) => good === 0).length,
		slices: sliced(samples, killedAt),
	};
}
