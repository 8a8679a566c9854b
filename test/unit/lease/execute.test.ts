import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CODES } from '../../../src/base/codes.ts';
import { executeCheckpoint, executeExpire, executeGrant, executeRevoke, type LeaseChange, type LeaseContext } from '../../../src/lease/execute.ts';
import { LEASES } from '../../../src/mvcc/lease-tree.ts';
import type { PutOperation } from '../../../src/mvcc/operations.ts';
import { textOf } from '../mvcc/model.ts';
import { Subject } from '../mvcc/subject.ts';

function bytes(text: string): Uint8Array {
	return Buffer.from(text);
}

function put(key: string, lease: bigint, ignoreLease = false): PutOperation {
	return { kind: 'put', key: bytes(key), value: bytes('v'), lease, prevKv: false, ignoreValue: false, ignoreLease };
}

function deletion(key: string, rangeEnd = '') {
	return { kind: 'delete_range', key: bytes(key), rangeEnd: bytes(rangeEnd), prevKv: false } as const;
}

class Leases extends Subject {
	changes: LeaseChange[] = [];

	lease<T>(work: (context: LeaseContext) => T): T {
		return this.write((view, state) => work({ view, state, latest: this.latest, changes: this.changes }));
	}

	grant(id: bigint, ttl = 10) {
		return this.lease((context) => executeGrant(context, { kind: 'lease_grant', id, ttl }));
	}

	revoke(id: bigint) {
		return this.lease((context) => executeRevoke(context, { kind: 'lease_revoke', id }));
	}

	keys(id: bigint): string[] {
		return this.engine.read((view) => LEASES.keysOf(view, id)).map(textOf);
	}

	/** Live keys. */
	all(): string[] {
		const found: string[] = [];
		this.engine.read((view) =>
			this.latest.scan(view, { lo: bytes('\0'), hi: null, single: false }, (key, record) => {
				if (!record.tombstone) {
					found.push(textOf(key));
				}
				return true;
			}),
		);
		return found;
	}
}

test('lease: grant: an id is taken once, 0 never, and a ttl has its bounds', () => {
	const leases = new Leases();
	assert.deepEqual(leases.grant(-5n, 10), { kind: 'lease_grant', revision: 1, id: -5n, ttl: 10 });
	assert.deepEqual(leases.grant(-5n, 10), { kind: 'refusal', code: CODES.lease_exists.code });
	assert.deepEqual(leases.grant(0n, 10), { kind: 'refusal', code: CODES.lease_not_found.code });
	assert.deepEqual(leases.grant(6n, 9_000_000_001), { kind: 'refusal', code: CODES.lease_ttl_too_large.code });
	assert.deepEqual(leases.grant(6n, -4), { kind: 'lease_grant', revision: 1, id: 6n, ttl: 1 });
	assert.deepEqual(leases.changes, [
		{ kind: 'granted', id: -5n, ttl: 10 },
		{ kind: 'granted', id: 6n, ttl: 1 },
	]);
});

test('lease: put: a lease that is not there is refused, alone and in a txn', () => {
	const leases = new Leases();
	const refusal = { kind: 'refusal', code: CODES.lease_not_found.code };
	assert.deepEqual(leases.raw(put('k', 7n)), refusal);
	assert.deepEqual(leases.raw({ kind: 'txn', compares: [], success: [put('k', 7n)], failure: [] }), refusal);
	leases.grant(7n);
	assert.equal(leases.raw(put('k', 7n)).kind, 'put');
	assert.deepEqual(leases.keys(7n), ['k']);
});

test('lease: put: the last put says on which lease a key hangs, unless it is to be kept', () => {
	const leases = new Leases();
	leases.grant(7n);
	leases.grant(8n);
	leases.raw(put('k', 7n));
	leases.raw(put('k', 0n, true));
	assert.deepEqual([leases.keys(7n), leases.keys(8n)], [['k'], []]);
	leases.raw(put('k', 8n));
	assert.deepEqual([leases.keys(7n), leases.keys(8n)], [[], ['k']]);
	leases.raw(put('k', 0n));
	assert.deepEqual([leases.keys(7n), leases.keys(8n)], [[], []]);
});

test('lease: delete: a key that is deleted hangs on nothing, and does not come back with its lease', () => {
	const leases = new Leases();
	leases.grant(7n);
	leases.raw(put('k', 7n));
	leases.raw(deletion('k'));
	assert.deepEqual(leases.keys(7n), []);
	leases.raw(put('k', 0n, true));
	assert.deepEqual(leases.keys(7n), []);
});

test('lease: revoke: all keys go in one revision, in key order; without keys there is no revision', () => {
	const leases = new Leases();
	leases.grant(7n);
	for (const key of ['c', 'a', 'b']) {
		leases.raw(put(key, 7n));
	}
	leases.raw(put('stays', 0n));
	assert.deepEqual(leases.revoke(7n), { kind: 'lease_revoke', revision: 6 });
	assert.deepEqual(leases.all(), ['stays']);
	const main = leases.engine.read((view) => ['a', 'b', 'c'].map((key) => leases.latest.get(view, bytes(key))));
	assert.deepEqual(
		main.map((record) => [record?.main, record?.sub]),
		[
			[6, 0],
			[6, 1],
			[6, 2],
		],
	);
	leases.grant(7n);
	assert.deepEqual(leases.revoke(7n), { kind: 'lease_revoke', revision: 6 });
});

test('lease: revoke: one that is not there is refused', () => {
	const leases = new Leases();
	assert.deepEqual(leases.revoke(7n), { kind: 'refusal', code: CODES.lease_not_found.code });
	assert.deepEqual(leases.revoke(0n), { kind: 'refusal', code: CODES.lease_not_found.code });
});

test('lease: expiry: each lease of a command has a revision of its own, and one that is gone is passed over', () => {
	const leases = new Leases();
	leases.grant(7n);
	leases.grant(9n);
	leases.raw(put('a', 7n));
	leases.raw(put('b', 9n));
	leases.changes = [];
	leases.lease((context) => executeExpire(context, [9n, 8n, 7n, 9n]));
	assert.equal(leases.state().revision, 5);
	assert.deepEqual(leases.changes, [
		{ kind: 'revoked', id: 9n },
		{ kind: 'revoked', id: 7n },
	]);
});

test('lease: checkpoint: the time that is left is kept within the lease, and 0 clears it', () => {
	const leases = new Leases();
	leases.grant(7n, 100);
	const left = () => leases.engine.read((view) => LEASES.get(view, 7n))?.remaining;
	for (const [remaining, expected] of [
		[40, 40],
		[500, 100],
		[-3, 0],
		[0, 0],
	] as const) {
		leases.lease((context) =>
			executeCheckpoint(context, [
				{ id: 7n, remaining },
				{ id: 1n, remaining: 5 },
				{ id: 0n, remaining: 5 },
			]),
		);
		assert.equal(left(), expected);
	}
	assert.equal(
		leases.engine.read((view) => LEASES.has(view, 1n)),
		false,
	);
});

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const id = fc.constantFrom(1n, 2n, -3n);
const step = fc.oneof(
	fc.record({ kind: fc.constant('put' as const), key: name, lease: fc.oneof(fc.constant(0n), id), keep: fc.boolean() }),
	fc.record({ kind: fc.constant('delete' as const), key: name, end: fc.oneof(fc.constant(''), name) }),
	fc.record({ kind: fc.constantFrom('grant' as const, 'revoke' as const), id }),
	fc.record({ kind: fc.constant('expire' as const), ids: fc.array(id, { maxLength: 4 }) }),
);

test('lease: random histories: keys, leases and revisions are those of a map of keys to leases', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const leases = new Leases();
			const granted = new Set<bigint>();
			const keys = new Map<string, bigint>();
			let revision = 1;
			const drop = (gone: string[]): void => {
				revision += gone.length > 0 ? 1 : 0;
				for (const key of gone) {
					keys.delete(key);
				}
			};
			const end = (lease: bigint): void => {
				drop(granted.delete(lease) ? [...keys.keys()].filter((key) => keys.get(key) === lease) : []);
			};
			for (const each of steps) {
				if (each.kind === 'put') {
					const lease = each.keep ? (keys.get(each.key) ?? 0n) : each.lease;
					const isRefused = each.keep ? !keys.has(each.key) : lease !== 0n && !granted.has(lease);
					assert.equal(leases.raw(put(each.key, each.keep ? 0n : lease, each.keep)).kind, isRefused ? 'refusal' : 'put');
					if (!isRefused) {
						keys.set(each.key, lease);
						revision++;
					}
				} else if (each.kind === 'delete') {
					leases.raw(deletion(each.key, each.end));
					drop([...keys.keys()].filter((key) => (each.end === '' ? key === each.key : key >= each.key && key < each.end)));
				} else if (each.kind === 'expire') {
					leases.lease((context) => executeExpire(context, each.ids));
					each.ids.forEach(end);
				} else if (each.kind === 'grant') {
					assert.equal(leases.grant(each.id).kind, granted.has(each.id) ? 'refusal' : 'lease_grant');
					granted.add(each.id);
				} else {
					assert.equal(leases.revoke(each.id).kind, granted.has(each.id) ? 'lease_revoke' : 'refusal');
					end(each.id);
				}
				assert.equal(leases.state().revision, revision);
			}
			assert.deepEqual(leases.all(), [...keys.keys()].sort());
			for (const each of [1n, 2n, -3n]) {
				assert.deepEqual(leases.keys(each), [...keys.keys()].filter((key) => keys.get(key) === each).sort());
			}
		}),
		{ numRuns: 300 },
	);
});
