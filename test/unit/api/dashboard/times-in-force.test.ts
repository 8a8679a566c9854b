import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timesInForce } from '../../../../src/api/dashboard/times-in-force.ts';
import { gauge } from '../../../../src/base/metric.ts';
import { shownMetrics } from '../../../../src/base/shown-metrics.ts';
import { MetricsPage } from '../../../../src/runtime/metrics-page.ts';

const CONFIGURED = { heartbeatMs: 100, electionMs: 1_000 };

async function linesOf(electionSeconds: number, heartbeatSeconds: number): Promise<readonly string[]> {
	const metrics = [
		gauge('quorate_tuning_election_timeout_seconds', 'E.', electionSeconds),
		gauge('quorate_tuning_heartbeat_interval_seconds', 'H.', heartbeatSeconds),
	];
	return shownMetrics(await new MetricsPage({ memberId: 'a1', quotaBytes: 0 }).write([JSON.stringify(metrics)]));
}

test('dashboard: times: those in force are told, not the configured ones', async () => {
	assert.deepEqual(timesInForce(await linesOf(0.15, 0.02), CONFIGURED), { heartbeatMs: 20, electionMs: 150 });
});

test('dashboard: times: the configured ones stand in until raft has begun', async () => {
	assert.deepEqual(timesInForce(await linesOf(0, 0), CONFIGURED), CONFIGURED);
});
