import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAlerts } from '../../../src/api/dashboard/alerts.ts';
import { judgeMajority } from '../../../src/dashboard/majority.ts';
import type { LinkState, MemberRow, MemberState } from '../../../src/ports/dashboard-state.ts';

const NOW = 1_000_000_000;
const LINK: LinkState = {
	id: 'b',
	current: 1,
	count: 60,
	p50: 1,
	p99: 2,
	maximum: 3,
	jitter: 0.1,
	latest: 1,
	hour: { count: 60, p50: 1, p99: 2, maximum: 3, late: 0, lost: 0 },
	unanswered: null,
	isLate: false,
	isUp: true,
	failures: 0,
};
const STATE: MemberState = {
	id: 'a',
	version: '0.1.0',
	startedAt: 0,
	role: 'follower',
	term: 3,
	leader: 'a',
	learner: false,
	heartbeatMs: 100,
	electionMs: 1_000,
	lastIndex: 10,
	commit: 10,
	applied: 10,
	revision: 5,
	fileBytes: 100,
	usedBytes: 50,
	quotaBytes: 100,
	alarms: [],
	links: [],
	slow: { minute: [], hour: [] },
	progress: [],
	elections: [],
	metrics: [],
};

function row(id: string, state: Partial<MemberState> = {}, more: Partial<MemberRow> = {}): MemberRow {
	const all = { ...STATE, id, ...state };
	return { id, name: `m${id}`, peerUrls: [], clientUrls: [], learner: false, isSelf: id === 'a', state: all, ageMs: 0, isStale: false, ...more };
}

function namesOf(members: readonly MemberRow[]): readonly string[] {
	return findAlerts(members, NOW).map(({ name }) => name);
}

test('dashboard alerts: a healthy cluster has none', () => {
	assert.deepEqual(namesOf([row('a', { role: 'leader', links: [LINK] }), row('b'), row('c')]), []);
});

test('dashboard alerts: members that do not answer are named, and a majority of them is another alert', () => {
	const gone = { isStale: true };
	assert.deepEqual(namesOf([row('a'), row('b'), row('c', {}, gone)]), ['etcdMembersDown']);
	assert.deepEqual(namesOf([row('a'), row('b', {}, gone), row('c', {}, gone)]), ['etcdMembersDown', 'etcdMembersDown', 'etcdInsufficientMembers']);
});

test('dashboard alerts: a silent learner costs no majority', () => {
	assert.deepEqual(namesOf([row('a'), row('b', {}, { learner: true, isStale: true })]), ['etcdMembersDown']);
});

test('dashboard alerts: no leader, and too many elections, of which a boot is none', () => {
	const election = { term: 1, leader: 'a', at: NOW - 1_000, leaderlessMs: 100, cause: 'silence' as const };
	const elections = [election, election, election, { ...election, cause: 'boot' as const }];
	assert.deepEqual(namesOf([row('a', { leader: '', elections })]), ['etcdNoLeader']);
	assert.deepEqual(namesOf([row('a', { elections: [...elections, election] })]), ['etcdHighNumberOfLeaderChanges']);
	assert.deepEqual(namesOf([row('a', { elections: [...elections, { ...election, at: NOW - 16 * 60_000 }] })]), []);
});

test('dashboard alerts: only the leader is asked for late and slow followers', () => {
	const links = [
		{ ...LINK, isLate: true },
		{ ...LINK, id: 'c', p99: 151 },
	];
	assert.deepEqual(namesOf([row('a', { role: 'leader', links })]), ['etcdMembersDown', 'etcdMemberCommunicationSlow']);
	assert.deepEqual(namesOf([row('a', { links })]), []);
});

test('dashboard alerts: space from 95 % of the quota on, and never without one', () => {
	assert.deepEqual(namesOf([row('a', { usedBytes: 94 })]), []);
	assert.deepEqual(namesOf([row('a', { usedBytes: 95 })]), ['etcdDatabaseQuotaLowSpace']);
	assert.deepEqual(namesOf([row('a', { usedBytes: 95, quotaBytes: -1 })]), []);
});

test('dashboard alerts: alarms of the cluster are told once', () => {
	const alarms = [{ kind: 'NOSPACE', member: 'a' } as const];
	assert.deepEqual(namesOf([row('a', { alarms }), row('b', { alarms })]), ['NOSPACE']);
});

test('dashboard majority: a commit waits for the slowest of the fastest majority, learners and late ones aside', () => {
	const members = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, learner: id === 'f' }));
	const links = [
		{ id: 'b', p50: 80, isLate: false },
		{ id: 'c', p50: 2, isLate: false },
		{ id: 'd', p50: 1, isLate: true },
		{ id: 'e', p50: 5, isLate: false },
		{ id: 'f', p50: 1, isLate: false },
	];
	const { slowest, without } = judgeMajority(members, { leader: 'a', acknowledged: new Map() }, links);
	assert.deepEqual([slowest?.id, without?.id, without?.milliseconds], ['e', 'b', 80]);
});

test('dashboard majority: what was measured counts more than the way there and back', () => {
	const members = ['a', 'b', 'c'].map((id) => ({ id, learner: false }));
	const links = [
		{ id: 'b', p50: 1, isLate: false },
		{ id: 'c', p50: 3, isLate: false },
	];
	const acknowledged = new Map([
		['b', 50],
		['c', 4],
	]);
	const { slowest, isMeasured } = judgeMajority(members, { leader: 'a', acknowledged }, links);
	assert.deepEqual([slowest?.id, slowest?.trip, isMeasured], ['c', 3, true]);
});

test('dashboard majority: without one nobody is waited for', () => {
	const members = ['a', 'b', 'c'].map((id) => ({ id, learner: false }));
	const links = ['b', 'c'].map((id) => ({ id, p50: 1, isLate: true }));
	assert.equal(judgeMajority(members, { leader: 'a', acknowledged: new Map() }, links).slowest, null);
});
