import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { type Index, NOBODY, type RequestId } from '../../../src/base/brand.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { command, LoneMember } from '../../paper/lone-member.ts';

const FROM_LOG = { member: NOBODY, lo: 2 as Index, hi: 5 as Index };

test('raft: applying: the store gets only so many bytes before it acknowledges', () => {
	const member = new LoneMember({ size: 1, config: { applyBytesMax: 4, applyInflightBytesMax: 10 } });
	member.flushAll();
	member.step({ kind: 'applied', upTo: 2 as Index, membership: null });
	for (let i = 0; i < 8; i++) {
		member.propose('1234');
		member.flushAll();
	}
	deepEqual(
		member.handed.map(({ index }) => index),
		[2, 3, 4],
	);
	member.step({ kind: 'applied', upTo: 4 as Index, membership: null });
	deepEqual(
		member.handed.map(({ index }) => index),
		[2, 3, 4, 5],
	);
});

test('raft: applying: a booted member has its store apply what is committed, from the log', () => {
	const member = new LoneMember({ terms: [1, 1, 1, 1], commit: 1 });
	const output = member.receive(2, 1, { kind: 'heartbeat', commit: 4 as Index, read: 0 });
	deepEqual(output.fetch, [FROM_LOG]);
	// One fetch at a time.
	deepEqual(member.tick().fetch, []);
	const fetched = member.step({ kind: 'fetched', purpose: FROM_LOG, entries: [command(2, 1), command(3, 1)] });
	deepEqual(
		fetched.apply.map(({ index }) => index),
		[2, 3],
	);
	deepEqual(fetched.fetch, [{ ...FROM_LOG, lo: 4 }]);
});

test('raft: applying: a log that has lost what the store still wants ends the process', () => {
	const member = new LoneMember({ terms: [1, 1, 1, 1], commit: 1 });
	member.receive(2, 1, { kind: 'heartbeat', commit: 4 as Index, read: 0 });
	throws(
		() => member.step({ kind: 'fetched', purpose: FROM_LOG, entries: [] }),
		(error) => error instanceof FatalError && error.reason === 'log_lost',
	);
});

test('raft: applying: a fetch that nobody waits for is ignored', () => {
	const member = new LoneMember({ terms: [1, 1, 1, 1], commit: 4 });
	const { apply } = member.step({ kind: 'fetched', purpose: FROM_LOG, entries: [command(2, 1)] });
	equal(apply.length, 0);
});

test('raft: applying: what has left the memory before it could be handed over comes back by a fetch', () => {
	const member = new LoneMember({ size: 1, config: { tailBytesMax: 1, applyBytesMax: 4 } });
	member.flushAll();
	member.step({ kind: 'applied', upTo: 2 as Index, membership: null });
	member.core.step({ kind: 'propose', onlyTerm: null, requestId: 1 as RequestId, entryKind: 1, data: Buffer.from('1234') });
	member.propose('1234');
	const { apply, fetch } = member.flush();
	deepEqual(
		apply.map(({ index }) => index),
		[3],
	);
	deepEqual(fetch, []);
	deepEqual(member.step({ kind: 'applied', upTo: 3 as Index, membership: null }).fetch, [{ member: NOBODY, lo: 4, hi: 5 }]);
});
