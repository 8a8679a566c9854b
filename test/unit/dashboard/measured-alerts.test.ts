import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuredAlerts } from '../../../src/dashboard/measured-alerts.ts';
import { type Look, readSamples } from '../../../src/dashboard/metric-lines.ts';
import type { ClusterState, MemberState } from '../../../src/ports/dashboard-state.ts';

const MEBIBYTE = 2 ** 20;
const PUT = 'grpc_type="unary",grpc_service="etcdserverpb.KV",grpc_method="Put"';

function cluster(state: Partial<MemberState> = {}): ClusterState {
	const place = { version: '', startedAt: 0, role: 'leader', term: 1, leader: 'a', learner: false, heartbeatMs: 100, electionMs: 1_000 } as const;
	const figures = { lastIndex: 0, commit: 0, applied: 0, revision: 0, fileBytes: 100, usedBytes: 100, quotaBytes: 1_000 * MEBIBYTE };
	const lists = { alarms: [], links: [], progress: [], elections: [], slow: { minute: [], hour: [] }, metrics: [] };
	const told: MemberState = { id: 'a', ...place, ...figures, ...lists, ...state };
	const member = { id: 'a', name: 'm1', peerUrls: [], clientUrls: [], learner: false, isSelf: true, state: told, ageMs: 0, isStale: false };
	return { clusterId: 'c', at: 0, writes: false, members: [member], alerts: [], causes: [] };
}

/** What is told of a member whose metrics went from these to those within twenty seconds. */
function found(from: readonly string[], to: readonly string[], state: Partial<MemberState> = {}): readonly string[] {
	const looks: readonly Look[] = [
		{ at: 0, samples: readSamples(from) },
		{ at: 20_000, samples: readSamples(to) },
	];
	return measuredAlerts(cluster(state), new Map([['a', looks]])).map(({ name, severity }) => `${name} ${severity}`);
}

/** Of so many observations, so many at most so long. */
function buckets(name: string, labels: string, counts: Readonly<Record<string, number>>): readonly string[] {
	return Object.entries(counts).map(([bound, count]) => `${name}_bucket{${labels === '' ? '' : `${labels},`}le="${bound}"} ${count}`);
}

test('dashboard alerts: measured: calls that fail, from one in a hundred on, and from one in twenty more loudly', () => {
	const handled = (ok: number, failed: number) => [
		`grpc_server_handled_total{${PUT},grpc_code="OK"} ${ok}`,
		`grpc_server_handled_total{${PUT},grpc_code="Unavailable"} ${failed}`,
	];
	assert.deepEqual(found(handled(100, 0), handled(1_100, 10)), []);
	assert.deepEqual(found(handled(100, 0), handled(1_100, 20)), ['etcdHighNumberOfFailedGRPCRequests warning']);
	assert.deepEqual(found(handled(100, 0), handled(1_100, 100)), ['etcdHighNumberOfFailedGRPCRequests critical']);
	assert.deepEqual(found(handled(100, 0), handled(101, 3)), []);
});

test('dashboard alerts: measured: slow calls, streams aside', () => {
	const slow = (type: string) => [
		`grpc_server_handled_total{${PUT},grpc_code="OK"} 100`,
		...buckets('grpc_server_handling_seconds', PUT.replace('unary', type), { '0.1': 50, '0.5': 100, '+Inf': 100 }),
	];
	assert.deepEqual(found([], slow('unary')), ['etcdGRPCRequestsSlow critical']);
	assert.deepEqual(found([], slow('bidi_stream')), []);
});

test('dashboard alerts: measured: slow flushes and commits, by what was seen and not by what was long ago', () => {
	const flush = (bound: string) => buckets('etcd_disk_wal_fsync_duration_seconds', '', { [bound]: 90, '4': 100, '+Inf': 100 });
	assert.deepEqual(found([], flush('0.1')), ['etcdHighFsyncDurations critical']);
	assert.deepEqual(found(flush('0.1'), flush('0.1')), []);
	const commit = buckets('etcd_disk_backend_commit_duration_seconds', '', { '0.2': 90, '0.4': 100, '+Inf': 100 });
	assert.deepEqual(found([], commit), ['etcdHighCommitDurations warning']);
});

test('dashboard alerts: measured: failed proposals by rate', () => {
	const failed = (count: number) => [`etcd_server_proposals_failed_total ${count}`];
	assert.deepEqual(found(failed(1_000), failed(1_100)), []);
	assert.deepEqual(found(failed(1_000), failed(1_120)), ['etcdHighNumberOfFailedProposals warning']);
});

test('dashboard alerts: measured: growth that reaches the quota within four hours', () => {
	const used = (mebibytes: number) => [`etcd_mvcc_db_total_size_in_use_in_bytes ${mebibytes * MEBIBYTE}`];
	assert.deepEqual(found(used(100), used(101)), []);
	assert.deepEqual(found(used(100), used(102)), ['etcdExcessiveDatabaseGrowth warning']);
	assert.deepEqual(found(used(100), used(102), { quotaBytes: -1 }), []);
});

test('dashboard alerts: measured: a large file of which less than half is used', () => {
	assert.deepEqual(found([], [], { usedBytes: 101 * MEBIBYTE, fileBytes: 203 * MEBIBYTE }), ['etcdDatabaseHighFragmentationRatio warning']);
	assert.deepEqual(found([], [], { usedBytes: 99 * MEBIBYTE, fileBytes: 203 * MEBIBYTE }), []);
});
