/**
 * The keyspace beside Debian's etcd: the same random requests to both, and every answer, refusal and hash equal.
 * It needs etcd installed: where it is not, the test fails and says so (issue 3: a missing real client is no pass).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Operation } from '../../../src/mvcc/operations.ts';
import { type Member, startEtcd } from '../../support/member.ts';
import { deleteRange, put, range, TEST_KEY_LIMIT, txn } from './arbitraries.ts';
import { answerOf, plain, RPC, textOfCode, toJson, toWire } from './kv-wire.ts';
import { Subject } from './subject.ts';

const SEED = 20_260;
const OPERATIONS = 500;
/** Compaction at each of these, counted in operations. */
const COMPACT_EVERY = 60;
/** Revisions behind the newest at which it compacts. */
const COMPACT_BEHIND = 15;
const HASHES_EVERY = 50;

let etcd: Member;

before(async () => {
	etcd = await startEtcd();
});

after(async () => {
	etcd.client.close();
	await etcd.kill();
});

async function ask(path: string, body: string): Promise<Record<string, unknown>> {
	const response = await fetch(`${etcd.clientUrl}/v3/${path}`, { method: 'POST', body });
	return (await response.json()) as Record<string, unknown>;
}

/** etcd sorts equal sort keys as it happens to, so that only sorting by key or modification has one right answer in every txn and range. */
function decided(operation: Operation): Operation {
	switch (operation.kind) {
		case 'range':
			return { ...operation, sortTarget: [0, 3][operation.sortTarget % 2] as number };
		case 'txn':
			return { ...operation, success: operation.success.map(decided), failure: operation.failure.map(decided) };
		default:
			return operation;
	}
}

/** Two keys of one transaction have the same modification. */
function isDecided(operation: Operation, subject: Subject): boolean {
	if (operation.kind !== 'range' || operation.sortTarget === 0) {
		return true;
	}
	const all = subject.run({ ...operation, sortTarget: 0, sortOrder: 0, limit: 0, countOnly: false });
	return all.kind !== 'range' || new Set(all.kvs.map(({ mod }) => mod)).size === all.kvs.length;
}

function withoutSortInTxn(operation: Operation): Operation {
	const plainSort = (each: Operation): Operation => {
		switch (each.kind) {
			case 'range':
				return { ...each, sortTarget: 0 };
			case 'txn':
				return { ...each, success: each.success.map(plainSort), failure: each.failure.map(plainSort) };
			default:
				return each;
		}
	};
	return operation.kind === 'txn' ? plainSort(operation) : operation;
}

async function compactBoth(subject: Subject, revision: number): Promise<void> {
	const answer = await ask('kv/compaction', JSON.stringify({ revision, physical: true }));
	const code = subject.compact(revision);
	assert.equal(answer['error'] ?? '', textOfCode(code));
	while (subject.sweep(7)) {}
}

async function compareHashes(subject: Subject): Promise<void> {
	const { revision, compactRevision } = subject.state();
	// etcd 3.4 refuses to hash at the compaction itself, later ones (and we) do not.
	for (let at = Math.max(compactRevision + 1, 1); at <= revision; at += 3) {
		const { hash, compactRevision: compacted } = await etcd.client.hashKv(at);
		const own = subject.hash(at, 11);
		assert.equal(own.kind, 'hash_kv');
		assert.deepEqual(
			{ hash: own.hash, compactRevision: own.compactRevision },
			{ hash, compactRevision: compacted },
			`at revision ${at} of ${revision}`,
		);
	}
}

test('mvcc: etcd: the same random requests get the same answers, refusals and hashes as from etcd', async () => {
	const subject = new Subject(TEST_KEY_LIMIT);
	const arbitrary = fc.oneof({ weight: 5, arbitrary: put }, deleteRange, { weight: 3, arbitrary: range }, { weight: 4, arbitrary: txn });
	const seen = new Set<string>();
	for (const [i, sampled] of fc.sample(arbitrary, { seed: SEED, numRuns: OPERATIONS }).entries()) {
		const operation = withoutSortInTxn(decided(sampled));
		if (i % COMPACT_EVERY === COMPACT_EVERY - 1) {
			await compactBoth(subject, subject.state().revision - COMPACT_BEHIND);
		}
		if (i % HASHES_EVERY === HASHES_EVERY - 1) {
			await compareHashes(subject);
		}
		if (operation.kind !== 'unset' && isDecided(operation, subject)) {
			const json = toJson(toWire(operation));
			const theirs = await ask(`kv/${RPC[operation.kind]}`, json);
			const expected = typeof theirs['error'] === 'string' ? theirs['error'] : plain(operation.kind, theirs);
			assert.deepEqual(answerOf(subject, operation), expected, `request ${i}: ${operation.kind} ${json}`);
			seen.add(typeof expected === 'string' ? expected : operation.kind);
		}
	}
	// The sample is worth something only if it meets the refusals too.
	assert.ok(seen.has('etcdserver: duplicate key given in txn request'), `met ${[...seen].join(', ')}`);
	assert.ok(seen.has('etcdserver: mvcc: required revision has been compacted'), `met ${[...seen].join(', ')}`);
	assert.ok(seen.has('etcdserver: key not found'), `met ${[...seen].join(', ')}`);
});
