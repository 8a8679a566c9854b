import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlowCauses } from '../../../../src/api/dashboard/slow-causes.ts';
import type { LinkState, MemberRow, MemberState } from '../../../../src/ports/dashboard-state.ts';

const HOUR = { count: 9, p50: 1, p99: 1, maximum: 1, late: 0, lost: 0 };

function link(id: string, latest: number, unanswered: number | null = null): LinkState {
	const window = { current: latest, count: 9, p50: latest, p99: latest, maximum: latest, jitter: 0, latest, hour: HOUR };
	return { id, ...window, unanswered, isLate: false, isUp: true, failures: 0 };
}

function told(
	id: string,
	{ flushes = 0, seconds = 0, links = [] as readonly LinkState[], role = 'follower' as MemberState['role'] } = {},
): MemberState {
	const metrics = [`etcd_disk_wal_fsync_duration_seconds_sum ${seconds}`, `etcd_disk_wal_fsync_duration_seconds_count ${flushes}`];
	const figures = { lastIndex: 0, commit: 0, applied: 0, revision: 0, fileBytes: 0, usedBytes: 0, quotaBytes: 0 };
	const lists = { alarms: [], links, progress: [], elections: [], slow: { minute: [], hour: [] }, metrics };
	const place = { version: '', startedAt: 0, role, term: 1, leader: '', learner: false, heartbeatMs: 100, electionMs: 1_000 };
	return { id, ...place, ...figures, ...lists };
}

function row(state: MemberState, isStale = false): MemberRow {
	return { id: state.id, name: state.id, peerUrls: [], clientUrls: [], learner: false, isSelf: false, state, ageMs: 0, isStale };
}

test('api: slow causes: a link that stands out is the network, and one that has no answer counts at once', () => {
	const causes = new SlowCauses();
	const leader = (links: readonly LinkState[]) => [row(told('a', { role: 'leader', links }))];
	assert.deepEqual(causes.find(leader([link('b', 81), link('c', 1)])), [{ member: 'b', cause: 'network', milliseconds: 81 }]);
	assert.deepEqual(causes.find(leader([link('b', 1), link('c', 1, 90)])), [{ member: 'c', cause: 'network', milliseconds: 90 }]);
});

test('api: slow causes: a cluster whose members are all far from each other has none at fault', () => {
	assert.deepEqual(new SlowCauses().find([row(told('a', { role: 'leader', links: [link('b', 81), link('c', 70)] }))]), []);
});

test('api: slow causes: only the leader is believed about links', () => {
	assert.deepEqual(new SlowCauses().find([row(told('a', { links: [link('b', 81), link('c', 1)] }))]), []);
});

test('api: slow causes: a disk is judged by the flushes of the last seconds, not by those of a life', () => {
	const causes = new SlowCauses();
	const find = () => causes.find([row(told('a')), row(told('b'))]);
	causes.note(told('a', { flushes: 1_000_000, seconds: 1_000 }), 0);
	causes.note(told('b', { flushes: 1_000_000, seconds: 1_000 }), 0);
	causes.note(told('a', { flushes: 1_000_100, seconds: 1_005 }), 1_000);
	causes.note(told('b', { flushes: 1_000_100, seconds: 1_000.1 }), 1_000);
	assert.deepEqual(find(), [{ member: 'a', cause: 'disk', milliseconds: 50 }]);
	for (let second = 2; second <= 8; second++) {
		causes.note(told('a', { flushes: 1_000_000 + second * 100, seconds: 1_005 + second / 1_000 }), second * 1_000);
		causes.note(told('b', { flushes: 1_000_000 + second * 100, seconds: 1_000 + second / 1_000 }), second * 1_000);
	}
	assert.deepEqual(find(), []);
});

test('api: slow causes: a member that has begun anew is judged by what it has told since', () => {
	const causes = new SlowCauses();
	causes.note(told('a', { flushes: 1_000, seconds: 900 }), 0);
	causes.note(told('a', { flushes: 10, seconds: 0.01 }), 1_000);
	causes.note(told('a', { flushes: 20, seconds: 0.02 }), 2_000);
	assert.deepEqual(causes.find([row(told('a'))]), []);
});
