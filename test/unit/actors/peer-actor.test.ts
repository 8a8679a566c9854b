import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerActor } from '../../../src/actors/peer-actor.ts';
import { type Index, type RequestId, type Slot, type Term, toRequestId } from '../../../src/base/brand.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { PeerFigures } from '../../../src/ports/peer-figures.ts';
import type { ToldHash } from '../../../src/ports/peer-hashes.ts';
import type { PeerLinks, SnapshotFile } from '../../../src/ports/peer-links.ts';
import { CHANNEL, type SnapshotSpooled } from '../../../src/protocol/messages.ts';

const SELF = 1 as Slot;
const OTHER = 2 as Slot;
const TERM = 5 as Term;
const SPOOLED: SnapshotSpooled = { kind: 'snapshot_spooled', to: OTHER, index: 70 as Index, term: 4 as Term, path: '/spool/a', ok: true };

const LINK = {
	recent: { count: 2, p50: 1, p99: 3, maximum: 3, jitter: 2, latest: 1 },
	hour: { count: 9, p50: 1, p99: 3, maximum: 8, late: 1, lost: 2 },
	unanswered: null,
	isUp: true,
};

const FIGURES: PeerFigures = {
	sent: { count: 3, messagesPerSecond: 1.5, bytesPerSecond: 150 },
	received: { count: 0, messagesPerSecond: 0, bytesPerSecond: 0 },
	members: [{ id: 'ab', current: 1, average: 2, standardDeviation: 0.5, minimum: 1, maximum: 3, success: 4, fail: 1, ...LINK }],
};

/** An actor over links that only write down what they are asked. */
function openActor() {
	const posted: unknown[] = [];
	const asked: unknown[] = [];
	const streams: { readonly file: SnapshotFile; readonly done: (ok: boolean) => void }[] = [];
	const questions: { readonly revision: number; readonly done: (hashes: readonly ToldHash[]) => void }[] = [];
	const links: PeerLinks = {
		subscribe: () => {},
		setMembers: (clusterId, members, removed) => asked.push(['setMembers', clusterId, members, removed]),
		send: (to, channel, replaceable, bytes) => asked.push(['send', to, channel, replaceable, bytes]),
		flush: () => asked.push(['flush']),
		sendSnapshot: (file, done) => streams.push({ file, done }),
		askHashes: (revision, done) => questions.push({ revision, done }),
		figures: () => FIGURES,
		discardSnapshot: (path) => asked.push(['discard', path]),
	};
	const actor = new PeerActor({ outbox: { post: (to, message) => posted.push([to, message]) }, links, logger: SILENT });
	actor.start();
	return { actor, posted, asked, streams, questions };
}

test('actors: peer: frames of a turn are queued in order and flushed once', () => {
	const { actor, asked } = openActor();
	const a = Uint8Array.of(1);
	const b = Uint8Array.of(2);
	actor.receive({
		kind: 'send',
		frames: [
			[OTHER, CHANNEL.control, true, a],
			[OTHER, CHANNEL.bulk, false, b],
		],
	});
	actor.flush();
	assert.deepEqual(asked, [['send', OTHER, CHANNEL.control, true, a], ['send', OTHER, CHANNEL.bulk, false, b], ['flush']]);
});

test('actors: peer: what arrives goes to raft with its sender', () => {
	const { actor, posted } = openActor();
	const bytes = Uint8Array.of(9);
	actor.received(OTHER, bytes);
	actor.linkDown(OTHER);
	assert.deepEqual(posted, [
		['raft', { kind: 'received', from: OTHER, bytes }],
		['raft', { kind: 'link_down', member: OTHER }],
	]);
});

test('actors: peer: the columns of members_changed become members', () => {
	const { actor, asked } = openActor();
	const peerUrls = [['http://a:1'], ['http://b:1']];
	actor.receive({ kind: 'members_changed', clusterId: 'c', slots: [SELF, OTHER], ids: ['a', 'b'], peerUrls, names: ['m1', ''], removed: ['c'] });
	const members = [
		{ slot: SELF, id: 'a', urls: ['http://a:1'], name: 'm1' },
		{ slot: OTHER, id: 'b', urls: ['http://b:1'], name: '' },
	];
	assert.deepEqual(asked, [['setMembers', 'c', members, ['c']]]);
});

test('actors: peer: a snapshot is vouched for by the term that this member leads', () => {
	const { actor, posted, streams } = openActor();
	actor.receive({ kind: 'role_changed', role: 'leader', term: TERM, leader: SELF });
	actor.receive(SPOOLED);
	assert.deepEqual(streams[0]?.file, { to: OTHER, index: 70, term: 4, leaderTerm: TERM, path: '/spool/a' });
	streams[0]?.done(true);
	assert.deepEqual(posted, [['raft', { kind: 'snapshot_sent', to: OTHER, index: 70, ok: true }]]);
});

test('actors: peer: a snapshot of a leadership that is over goes nowhere', () => {
	const { actor, posted, asked, streams } = openActor();
	actor.receive({ kind: 'role_changed', role: 'leader', term: TERM, leader: SELF });
	actor.receive({ kind: 'role_changed', role: 'follower', term: TERM, leader: OTHER });
	actor.receive(SPOOLED);
	assert.equal(streams.length, 0);
	assert.deepEqual(asked, [['discard', '/spool/a']]);
	assert.deepEqual(posted, [['raft', { kind: 'snapshot_sent', to: OTHER, index: 70, ok: false }]]);
});

test('actors: peer: a spool that failed is passed on', () => {
	const { actor, posted, streams } = openActor();
	actor.receive({ kind: 'role_changed', role: 'leader', term: TERM, leader: SELF });
	actor.receive({ ...SPOOLED, ok: false });
	assert.equal(streams.length, 0);
	assert.deepEqual(posted, [['raft', { kind: 'snapshot_sent', to: OTHER, index: 70, ok: false }]]);
});

test('actors: peer: a received snapshot that raft does not want is deleted', () => {
	const { actor, asked } = openActor();
	actor.receive({ kind: 'discard_snapshot', path: '/incoming/a' });
	assert.deepEqual(asked, [['discard', '/incoming/a']]);
});

test('actors: peer: a question for progress goes to raft, and its answer to who asked', () => {
	const { actor, posted } = openActor();
	const told: unknown[] = [];
	actor.progressAsked((progress) => told.push(progress));
	const requestId = 1 as RequestId;
	assert.deepEqual(posted, [['raft', { kind: 'inquire_progress', requestId, by: 'peer' }]]);
	actor.receive({ kind: 'raft_progress', requestId, slots: [SELF, OTHER], matches: [9 as Index, 7 as Index], active: [true, false] });
	assert.deepEqual(told, [
		[
			{ slot: SELF, match: 9, isActive: true },
			{ slot: OTHER, match: 7, isActive: false },
		],
	]);
});

test('actors: peer: who is asked to hand over tells raft, which chooses to whom', () => {
	const { actor, posted } = openActor();
	actor.transferAsked(OTHER);
	assert.deepEqual(posted, [['raft', { kind: 'transfer_leader', target: 0 }]]);
});

test('actors: peer: a member that has been removed ends with a reason of its own', () => {
	const { actor } = openActor();
	assert.throws(
		() => actor.removed(),
		(error) => error instanceof FatalError && error.reason === 'member_removed',
	);
});

const HASH = { code: 0, applied: 9, revision: 7, compactRevision: 3, hash: 123 } as const;

test("actors: peer: the store's question about hashes is answered with what the members said", () => {
	const { actor, posted, questions } = openActor();
	actor.receive({ kind: 'ask_hashes', requestId: 5 as RequestId, revision: 7 });
	assert.equal(questions[0]?.revision, 7);
	questions[0]?.done([{ id: 'b2', ...HASH }]);
	const columns = { ids: ['b2'], codes: [0], applied: [9], revisions: [7], compactRevisions: [3], hashes: [123] };
	assert.deepEqual(posted, [['store', { kind: 'hashes_told', requestId: 5, ...columns }]]);
});

test("actors: peer: a member's question about hashes goes to the store, and its answer back", () => {
	const { actor, posted } = openActor();
	const told: unknown[] = [];
	actor.hashAsked(7, (hash) => told.push(hash));
	const [[, asked]] = posted as [[string, { readonly requestId: RequestId }]];
	assert.deepEqual(posted, [['store', { kind: 'hash_asked', requestId: asked.requestId, revision: 7 }]]);
	actor.receive({ kind: 'hash_told', requestId: asked.requestId, ...HASH });
	actor.receive({ kind: 'hash_told', requestId: asked.requestId, ...HASH });
	assert.deepEqual(told, [HASH]);
});

test('actors: peer: members that ask for hashes too often are told so', () => {
	const { actor, posted } = openActor();
	const codes: number[] = [];
	for (let i = 0; i < 17; i++) {
		actor.hashAsked(i, ({ code }) => codes.push(code));
	}
	assert.deepEqual([posted.length, codes.length], [16, 1]);
});

test('actors: peer: a lane that asks what has gone over the links is told, row for row', () => {
	const { actor, posted } = openActor();
	actor.receive({ kind: 'ask_figures', requestId: toRequestId(2, 7) });
	assert.deepEqual(posted, [
		[
			'api',
			{
				kind: 'figures_told',
				requestId: toRequestId(2, 7),
				sent: [3, 1.5, 150],
				received: [0, 0, 0],
				ids: ['ab'],
				latencies: [[1, 2, 0.5, 1, 3, 4, 1, 2, 1, 3, 3, 2, 1, 9, 1, 3, 8, 1, 2, -1, 1]],
			},
		],
	]);
});
