import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { encodePublish } from '../../../src/members/commands.ts';
import { list } from '../../../src/members/table.ts';
import { appliedPoint, currentRevision, readStoreState } from '../../../src/mvcc/store-state.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { ANSWER_FOLLOWS } from '../../../src/protocol/hold-messages.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { BOOT, CLUSTER, command, membersCommand, putBody, putCommand, requestId, SELF, SLOT, StoreHarness } from './store-harness.ts';

test('store: start: an empty store says so to raft, tells the watch hub and every lane its generation, and knows no members', () => {
	const harness = new StoreHarness(2);
	harness.actor.start();
	assert.deepEqual(
		harness.posted.map(({ to, lane, message }) => [to, lane, message.kind]),
		[
			['raft', 0, 'store_opened'],
			['watch', 0, 'changed'],
			['api', 0, 'settled'],
			['api', 1, 'settled'],
		],
	);
	assert.equal(harness.all('store_opened')[0]?.membership.index, 0);
});

test('store: start: a store with members tells raft its applied point and the peer actor who they are', () => {
	const before = StoreHarness.founded();
	before.apply([putCommand('a')], ENTRY_KIND.command, 4);
	before.actor.flush();
	const harness = new StoreHarness(1, before.engine.fork());
	harness.actor.start();
	const [opened] = harness.all('store_opened');
	assert.deepEqual([opened?.applied, opened?.appliedTerm, opened?.membership.voters], [2, 4, [1, 2, 3]]);
	assert.deepEqual(harness.all('members_changed')[0]?.ids, ['b2', SELF, 'd4']);
});

test('store: members: the founding entry gives raft its membership and the peer actor the addresses', () => {
	const harness = new StoreHarness();
	harness.actor.start();
	harness.apply([membersCommand()], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.deepEqual(harness.lastApplied()?.membership, {
		index: 1,
		voters: [1, 2, 3],
		votersOutgoing: [],
		learners: [],
		learnersNext: [],
		autoLeave: false,
	});
	assert.deepEqual(harness.all('members_changed')[0], {
		kind: 'members_changed',
		clusterId: CLUSTER,
		slots: [1, 2, 3],
		ids: ['b2', SELF, 'd4'],
		peerUrls: [['http://127.0.0.1:1'], ['http://127.0.0.1:2'], ['http://127.0.0.1:3']],
		names: ['', '', ''],
		removed: [],
	});
});

test('store: members: a second founding entry changes nothing', () => {
	const harness = StoreHarness.founded();
	harness.apply([membersCommand()], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.equal(harness.lastApplied()?.membership, null);
});

test('store: members: a published name is in the table and the publisher is answered', () => {
	const harness = StoreHarness.founded();
	const body = encodePublish({ id: SELF, name: 'one', clientUrls: ['http://127.0.0.1:2379'] });
	harness.apply([command({ kind: COMMAND_KIND.publish, body })]);
	harness.actor.flush();
	assert.deepEqual(harness.settledOf(0)[0]?.codes, [0]);
	assert.equal(harness.engine.read(list)[1]?.name, 'one');
});

test('store: members: a name published by a stranger is refused', () => {
	const harness = StoreHarness.founded();
	harness.apply([command({ kind: COMMAND_KIND.publish, body: encodePublish({ id: 'ffff', name: 'x', clientUrls: [] }) })]);
	harness.actor.flush();
	assert.deepEqual(harness.settledOf(0)[0]?.codes, [CODES.member_not_found.code]);
});

test('store: apply: nothing is executed or said before the flush', () => {
	const harness = StoreHarness.founded();
	harness.apply([putCommand('a')]);
	assert.deepEqual([harness.posted.length, harness.engine.read(currentRevision)], [0, 1]);
});

test('store: apply: all messages of a turn make one transaction and one answer', () => {
	const harness = StoreHarness.founded(1);
	let commits = 0;
	const write = harness.engine.write.bind(harness.engine);
	harness.engine.write = (work) => {
		commits++;
		return write(work);
	};
	harness.apply([putCommand('a', requestId(0, 1)), putCommand('b', requestId(0, 2))]);
	harness.apply([putCommand('c', requestId(0, 3))]);
	harness.actor.flush();
	assert.equal(commits, 1);
	assert.deepEqual(
		harness.posted.map(({ message }) => message.kind),
		['changed', 'settled', 'applied'],
	);
	assert.deepEqual(harness.settledOf(0)[0]?.requestIds, [requestId(0, 1), requestId(0, 2), requestId(0, 3)]);
});

test('store: apply: what is said is visible to a reader when it is said', () => {
	const harness = StoreHarness.founded(1);
	const seen: number[] = [];
	const push = harness.posted.push.bind(harness.posted);
	harness.posted.push = (...items) => {
		seen.push(harness.engine.read(currentRevision));
		return push(...items);
	};
	harness.apply([putCommand('a')]);
	harness.actor.flush();
	assert.deepEqual(seen, [2, 2, 2]);
});

test('store: apply: the applied point is in the same commit as the data', () => {
	const harness = StoreHarness.founded();
	harness.apply([putCommand('a'), putCommand('b')], ENTRY_KIND.command, 3);
	harness.actor.flush();
	assert.deepEqual(
		harness.engine.read((view) => [appliedPoint(view), currentRevision(view)]),
		[{ index: 3, term: 3 }, 3],
	);
});

test('store: apply: a leader’s empty entry only moves the applied point', () => {
	const harness = StoreHarness.founded();
	harness.apply([new Uint8Array(0)], ENTRY_KIND.noop, 2);
	harness.actor.flush();
	assert.deepEqual([harness.lastApplied()?.upTo, harness.engine.read(currentRevision)], [2, 1]);
});

test('store: answers: each lane hears of every batch, and only of its own requests', () => {
	const harness = StoreHarness.founded(2);
	harness.apply([putCommand('a', requestId(1, 7))]);
	harness.actor.flush();
	assert.deepEqual(
		[harness.settledOf(0)[0]?.requestIds, harness.settledOf(1)[0]?.requestIds, harness.settledOf(0)[0]?.upTo],
		[[], [requestId(1, 7)], 2],
	);
});

test('store: answers: a put is answered with finished bytes that name cluster, member, revision and term', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([putCommand('a')], ENTRY_KIND.command, 9);
	harness.actor.flush();
	const response = pb.PutResponse.decode(harness.settledOf(0)[0]?.responses[0] ?? new Uint8Array(0));
	const header = response.header;
	assert.deepEqual(
		[header?.cluster_id, header?.member_id, header?.revision, header?.raft_term].map((each) => each?.toString(16)),
		[CLUSTER, SELF, '2', '9'],
	);
});

const STRANGERS = [
	{ who: 'another member', origin: { slot: 1 as Slot, boot: BOOT, requestId: requestId(0, 1) } },
	{ who: 'a former boot', origin: { slot: SLOT, boot: BOOT + 1, requestId: requestId(0, 1) } },
	{ who: 'a lane that there is not', origin: { slot: SLOT, boot: BOOT, requestId: requestId(9, 1) } },
] as const;

for (const { who, origin } of STRANGERS) {
	test(`store: answers: a command of ${who} is executed and not answered`, () => {
		const harness = StoreHarness.founded(1);
		harness.apply([putCommand('a', requestId(0, 1), { origin })]);
		harness.actor.flush();
		assert.deepEqual([harness.engine.read(currentRevision), harness.settledOf(0)[0]?.requestIds], [2, []]);
	});
}

const GARBAGE: readonly { readonly what: string; readonly payload: Uint8Array }[] = [
	{ what: 'no command at all', payload: Uint8Array.of(9, 9, 9) },
	{ what: 'a put that is not protobuf', payload: command({ kind: COMMAND_KIND.put, body: Uint8Array.of(0xff, 0xff) }) },
	{ what: 'a publication that is not JSON', payload: command({ kind: COMMAND_KIND.publish, body: Uint8Array.of(0x7b) }) },
	{ what: 'a publication that is no object', payload: command({ kind: COMMAND_KIND.publish, body: new TextEncoder().encode('null') }) },
	{ what: 'founding members that are no list', payload: command({ kind: COMMAND_KIND.bootstrap, body: new TextEncoder().encode('{"members":7}') }) },
];

for (const { what, payload } of GARBAGE) {
	test(`store: totality: an entry with ${what} is applied as nothing`, () => {
		const harness = StoreHarness.founded(1);
		harness.apply([payload, putCommand('after', requestId(0, 2))]);
		harness.actor.flush();
		assert.deepEqual([harness.lastApplied()?.upTo, harness.engine.read(currentRevision)], [3, 2]);
	});
}

test('store: totality: a command that cannot be decoded is logged and nobody is answered', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([command({ kind: COMMAND_KIND.put, body: Uint8Array.of(0xff) })]);
	harness.actor.flush();
	assert.deepEqual([harness.logged.length, harness.settledOf(0)[0]?.requestIds], [1, []]);
});

test('store: leader-only: a command decided in another term is void', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([putCommand('a', requestId(0, 1), { term: 4 as Term })], ENTRY_KIND.command, 5);
	harness.actor.flush();
	assert.deepEqual([harness.engine.read(currentRevision), harness.settledOf(0)[0]?.codes], [1, [CODES.leader_changed.code]]);
});

test('store: leader-only: a command decided in the term of its entry counts', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([putCommand('a', requestId(0, 1), { term: 5 as Term })], ENTRY_KIND.command, 5);
	harness.actor.flush();
	assert.equal(harness.engine.read(currentRevision), 2);
});

test('store: checkpoint: it waits while the environment must not be written, and goes on after the checkpoint', () => {
	const harness = StoreHarness.founded(1);
	harness.environment.mustWait = true;
	harness.apply([putCommand('a')]);
	harness.actor.flush();
	assert.equal(harness.posted.length, 0);
	harness.environment.mustWait = false;
	harness.actor.flush();
	assert.equal(harness.lastApplied()?.upTo, 2);
});

function compactBody(revision: number, physical = false): Uint8Array {
	return pb.CompactionRequest.encode({ revision: revision as never, physical }).finish();
}

function withVersions(count: number): StoreHarness {
	const harness = StoreHarness.founded(1);
	harness.apply(Array.from({ length: count }, () => putCommand('a')));
	harness.actor.flush();
	harness.posted.length = 0;
	return harness;
}

function isSwept(harness: StoreHarness): boolean {
	const { sweptRevision, compactRevision } = harness.engine.read(readStoreState);
	return sweptRevision === compactRevision;
}

test('store: compaction: it is answered at once and swept in turns of its own, one slice each', () => {
	const harness = withVersions(1_200);
	harness.apply([command({ kind: COMMAND_KIND.compact, body: compactBody(1_100) })]);
	harness.actor.flush();
	assert.deepEqual([harness.settledOf(0)[0]?.codes, harness.steps.length], [[0], 1]);
	let turns = 0;
	while (harness.runStep()) {
		turns++;
	}
	assert.deepEqual([turns, isSwept(harness)], [3, true]);
});

test('store: compaction: a physical one is answered when its sweep is committed', () => {
	const harness = withVersions(10);
	harness.apply([command({ kind: COMMAND_KIND.compact, body: compactBody(10, true) })]);
	harness.actor.flush();
	assert.deepEqual([harness.settledOf(0)[0]?.requestIds, harness.settledOf(0)[0]?.codes], [[requestId(0, 1)], [ANSWER_FOLLOWS]]);
	harness.runStep();
	assert.deepEqual([harness.settledOf(0)[1]?.requestIds, harness.settledOf(0)[1]?.codes], [[requestId(0, 1)], [0]]);
});

test('store: compaction: a sweep that a stop interrupted goes on after the start', () => {
	const before = withVersions(1_200);
	before.apply([command({ kind: COMMAND_KIND.compact, body: compactBody(1_100) })]);
	before.actor.flush();
	before.runStep();
	const harness = new StoreHarness(1, before.engine.fork());
	harness.actor.start();
	harness.actor.flush();
	while (harness.runStep()) {}
	assert.equal(isSwept(harness), true);
});

test('store: snapshot: one is written at a time, of the newest commit, and each is handed to the peer actor', () => {
	const harness = StoreHarness.founded(1);
	harness.actor.receive({ kind: 'spool_snapshot', to: 1 as Slot });
	harness.actor.receive({ kind: 'spool_snapshot', to: 3 as Slot });
	harness.apply([putCommand('a')]);
	harness.actor.flush();
	const { spools } = harness.environment;
	assert.deepEqual([spools.length, spools[0]?.point], [1, { index: 2, term: 1 }]);
	spools[0]?.done('/tmp/one', spools[0].point);
	harness.actor.flush();
	spools[1]?.done(null, spools[1].point);
	assert.deepEqual(harness.all('snapshot_spooled'), [
		{ kind: 'snapshot_spooled', to: 1, index: 2, term: 1, path: '/tmp/one', ok: true },
		{ kind: 'snapshot_spooled', to: 3, index: 2, term: 1, path: '', ok: false },
	]);
});

function installedFrom(source: StoreHarness, harness: StoreHarness, index: number): void {
	harness.actor.receive({ kind: 'restore', index: index as Index, term: 1 as Term, path: '/tmp/snapshot' });
	harness.actor.flush();
	harness.environment.engine = source.engine.fork();
	harness.environment.generation = 2;
	harness.environment.installs[0]?.done(true);
}

test('store: restore: an installed snapshot is told to raft, to the watch hub and every lane with its generation, and to the peer actor', () => {
	const source = withVersions(8);
	const harness = new StoreHarness(2);
	harness.actor.start();
	harness.posted.length = 0;
	installedFrom(source, harness, 9);
	assert.deepEqual(
		harness.posted.map(({ to, lane, message }) => [to, lane, message.kind]),
		[
			['raft', 0, 'restored'],
			['watch', 0, 'changed'],
			['api', 0, 'settled'],
			['api', 1, 'settled'],
			['peer', 0, 'members_changed'],
			['api', 0, 'standing_changed'],
			['api', 1, 'standing_changed'],
		],
	);
	assert.deepEqual(
		[harness.settledOf(1)[0]?.generation, harness.settledOf(1)[0]?.upTo, harness.all('restored')[0]?.membership.voters],
		[2, 9, [1, 2, 3]],
	);
});

test('store: restore: the file of an installed snapshot goes', () => {
	const harness = new StoreHarness(1);
	harness.actor.start();
	installedFrom(withVersions(8), harness, 9);
	assert.deepEqual(harness.environment.discarded, ['/tmp/snapshot']);
});

test('store: restore: entries behind the snapshot are executed on the new generation', () => {
	const harness = new StoreHarness(1);
	harness.actor.start();
	installedFrom(withVersions(8), harness, 9);
	const payloads = [putCommand('b')];
	harness.actor.receive({ kind: 'apply', first: 10 as Index, terms: [1 as Term], kinds: [ENTRY_KIND.command], payloads });
	harness.actor.flush();
	assert.deepEqual([harness.lastApplied()?.upTo, harness.environment.engine.read(currentRevision)], [10, 10]);
});

test('store: restore: it waits for a snapshot that is being written', () => {
	const harness = StoreHarness.founded(1);
	harness.actor.receive({ kind: 'spool_snapshot', to: 1 as Slot });
	harness.actor.flush();
	harness.actor.receive({ kind: 'restore', index: 9 as Index, term: 1 as Term, path: '/tmp/snapshot' });
	harness.actor.flush();
	assert.equal(harness.environment.installs.length, 0);
	harness.environment.spools[0]?.done('/tmp/one', { index: 1 as Index, term: 1 as Term });
	harness.actor.flush();
	assert.equal(harness.environment.installs.length, 1);
});

test('store: restore: a snapshot that cannot be installed leaves the store as it was, and raft hears of it', () => {
	const harness = StoreHarness.founded(1);
	harness.actor.receive({ kind: 'restore', index: 9 as Index, term: 1 as Term, path: '/tmp/snapshot' });
	harness.actor.flush();
	harness.environment.installs[0]?.done(false);
	assert.deepEqual(harness.all('restore_failed'), [{ kind: 'restore_failed', index: 9, term: 1 }]);
	assert.deepEqual(harness.environment.discarded, ['/tmp/snapshot']);
	assert.match(harness.logged.at(-1)?.message ?? '', /cannot be installed/);
	harness.apply([putCommand('a')]);
	harness.actor.flush();
	assert.equal(harness.lastApplied()?.upTo, 2);
});

test('store: restore: a snapshot that holds another index than announced ends the process', () => {
	const harness = new StoreHarness(1);
	harness.actor.start();
	assert.throws(() => installedFrom(withVersions(8), harness, 20), /holds index 9 of term 1, not 20 of term 1/);
});

test('store: drain: it is drained once all that was handed over is executed', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([command({ kind: COMMAND_KIND.put, body: putBody('a') })]);
	harness.actor.drain();
	assert.equal(harness.actor.isDrained(), false);
	harness.actor.flush();
	assert.equal(harness.actor.isDrained(), true);
});

test('store: apply: a gap in the entries is a broken promise', () => {
	const harness = StoreHarness.founded(1);
	const gap = { kind: 'apply' as const, first: 5 as Index, terms: [1 as Term], kinds: [ENTRY_KIND.noop], payloads: [new Uint8Array(0)] };
	assert.throws(() => harness.actor.receive(gap), /entries from 5 on, after 1/);
});
