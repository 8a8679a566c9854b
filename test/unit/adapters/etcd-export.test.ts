/** The way out and the way in without processes: what a store holds, as a database of etcd's, and as another store again. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openDaemonStore } from '../../../src/adapters/daemon-store.ts';
import { readEtcdAuth } from '../../../src/adapters/etcd-auth.ts';
import { exportSnapshot } from '../../../src/adapters/etcd-export.ts';
import { importSnapshot, inspectSnapshot } from '../../../src/adapters/etcd-import.ts';
import { raiseAlarm } from '../../../src/alarms/table.ts';
import type { Engine } from '../../../src/base/engine.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { encodeRevision } from '../../../src/bbolt/etcd-schema.ts';
import { executeGrant, executeRevoke } from '../../../src/lease/execute.ts';
import { membershipOf } from '../../../src/members/table.ts';
import { beginCompaction, isSweepPending } from '../../../src/mvcc/compaction.ts';
import { executeDeleteRange, executePut } from '../../../src/mvcc/execute.ts';
import { HashKv } from '../../../src/mvcc/hash-kv.ts';
import { LATEST } from '../../../src/mvcc/latest-tree.ts';
import { LEASES, type LeaseRecord } from '../../../src/mvcc/lease-tree.ts';
import { readStoreState, type StoreState } from '../../../src/mvcc/store-state.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { openBbolt, type Pair, readBbolt, writeBbolt } from '../../support/bbolt-memory.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';
import { Subject } from '../mvcc/subject.ts';

/** Each import makes a data directory, with all its flushes. */
const IMPORTS = 12;
const RUNS = 60;
const encoder = new TextEncoder();
const directory = makeTempDirectory('export');
const FOUNDING = {
	clusterId: 'c',
	members: [{ slot: 1 as never, id: 'a1', name: '', peerUrls: ['http://127.0.0.1:2380'], clientUrls: [], learner: false }],
};
let files = 0;

after(() => removeTempDirectory(directory));

type Step =
	| { readonly kind: 'put'; readonly key: number; readonly lease: number; readonly size: number }
	| { readonly kind: 'delete'; readonly key: number }
	| { readonly kind: 'grant' | 'revoke'; readonly lease: number }
	| { readonly kind: 'compact'; readonly share: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.nat(9), lease: fc.nat(3), size: fc.constantFrom(0, 5, 700, 9_000) }),
	},
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(9) }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('grant' as const, 'revoke' as const), lease: fc.integer({ min: 1, max: 3 }) }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);

class Store {
	readonly subject = new Subject();

	get engine(): Engine {
		return this.subject.engine;
	}

	do(step: Step): void {
		this.subject.write((view, state) => {
			const context = { view, state, latest: LATEST, changes: [] };
			switch (step.kind) {
				case 'put': {
					const operation = {
						kind: 'put' as const,
						key: keyOf(step.key),
						value: new Uint8Array(step.size).fill(step.key),
						lease: BigInt(step.lease),
					};
					return executePut(context, { ...operation, prevKv: false, ignoreValue: false, ignoreLease: false });
				}
				case 'delete':
					return executeDeleteRange(context, { kind: 'delete_range', key: keyOf(step.key), rangeEnd: new Uint8Array(0), prevKv: false });
				case 'grant':
					return executeGrant(context, { kind: 'lease_grant', id: BigInt(step.lease), ttl: 10 * step.lease });
				case 'revoke':
					return executeRevoke(context, { kind: 'lease_revoke', id: BigInt(step.lease) });
				case 'compact':
					return compactTo(state, Math.round(state.revision * step.share));
			}
		});
	}
}

/** A key beyond the engine's limit among them. */
function keyOf(number: number): Uint8Array {
	return encoder.encode(number === 9 ? `9${'k'.repeat(2_500)}` : `${number}`);
}

function compactTo(state: StoreState, revision: number): void {
	if (revision > state.compactRevision && revision > 0) {
		beginCompaction(state, revision);
	}
}

function exported(engine: Engine): Buffer {
	files++;
	const file = path.join(directory, `${files}.db`);
	assert.ok(engine.read((view) => exportSnapshot(view, file, () => true)));
	const bytes = fs.readFileSync(file);
	fs.rmSync(file);
	return bytes;
}

function imported<T>(bytes: Uint8Array, look: (engine: Engine) => T): T {
	const dataDirectory = fs.mkdtempSync(path.join(directory, 'in-'));
	const reader = openBbolt(bytes);
	importSnapshot(reader, { dataDirectory, founding: FOUNDING, auth: readEtcdAuth(reader) }, () => {});
	const environment = openDaemonStore(dataDirectory, false, { turn: { run: (work) => work() }, now: () => 0, logger: SILENT });
	try {
		return look(environment.engine);
	} finally {
		environment.close();
		fs.rmSync(dataDirectory, { recursive: true });
	}
}

function hashAt(engine: Engine, revision: number): string {
	const hash = new HashKv(revision);
	for (;;) {
		const outcome = engine.read((view) => hash.step(view, 1_000));
		if (outcome.kind !== 'more') {
			return JSON.stringify(outcome);
		}
	}
}

/** All that a client can see: HashKV at every revision that can be read, leases, and the keys of each. */
function visible(engine: Engine): unknown {
	const state = engine.read(readStoreState);
	const hashes: string[] = [];
	for (let revision = Math.max(1, state.compactRevision); revision <= state.revision; revision++) {
		hashes.push(hashAt(engine, revision));
	}
	return engine.read((view) => {
		const leases: [LeaseRecord, string[]][] = [];
		LEASES.scan(view, null, (lease) => {
			leases.push([lease, LEASES.keysOf(view, lease.id).map((key) => Buffer.from(key).toString())]);
			return true;
		});
		return { revision: state.revision, compactRevision: state.compactRevision, hashes, leases };
	});
}

test('export: what comes out and in again shows clients the same at every revision, with every lease and its keys', () => {
	fc.assert(
		fc.property(fc.array(STEP, { maxLength: 120 }), (steps) => {
			const store = new Store();
			for (const step of steps) {
				store.do(step);
			}
			const bytes = exported(store.engine);
			const found = imported(bytes, visible);
			assert.deepEqual(found, visible(store.engine));
		}),
		{ numRuns: IMPORTS },
	);
});

test('export: a compaction that has not swept yet is not to be seen in the file', () => {
	fc.assert(
		fc.property(fc.array(STEP, { maxLength: 120 }), (steps) => {
			const store = new Store();
			for (const step of steps) {
				store.do(step);
			}
			const before = exported(store.engine);
			while (store.subject.sweep(7)) {
				assert.ok(store.engine.read((view) => isSweepPending(readStoreState(view))));
			}
			assert.deepEqual(keysOf(before), keysOf(exported(store.engine)));
		}),
		{ numRuns: RUNS },
	);
});

function keysOf(file: Buffer): readonly string[] {
	const [, pairs = []] = readBbolt(file).find(([name]) => name === 'key') ?? [];
	return pairs.map(([key, value]) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`);
}

test("export: an empty store is a database with all of etcd's buckets and no key", () => {
	const reader = openBbolt(exported(new MemoryEngine(STORE_TREE_NAMES)));
	assert.deepEqual(reader.bucketNames, ['alarm', 'auth', 'authRoles', 'authUsers', 'cluster', 'key', 'lease', 'members', 'members_removed', 'meta']);
	assert.deepEqual([...reader.entries('key')], []);
	assert.equal(
		imported(exported(new MemoryEngine(STORE_TREE_NAMES)), (engine) => engine.read(readStoreState).revision),
		1,
	);
});

test("export: an alarm is etcd's AlarmMember, as a key", () => {
	const store = new Store();
	store.engine.write((view) => raiseAlarm(view, { kind: 1, memberId: 300n }));
	const [, pairs = []] = readBbolt(exported(store.engine))[0] ?? [];
	assert.deepEqual(
		pairs.map(([key, value]) => [Buffer.from(key).toString('hex'), value.length]),
		[['08ac021001', 0]],
	);
});

test('export: it ends when nobody wants the file any more, and leaves none', () => {
	const store = new Store();
	for (let i = 0; i < 3_000; i++) {
		store.do({ kind: 'put', key: i % 9, lease: 0, size: 5 });
	}
	const file = path.join(directory, 'unwanted.db');
	assert.equal(
		store.engine.read((view) => exportSnapshot(view, file, () => false)),
		false,
	);
	assert.equal(fs.existsSync(file), false);
});

test('import: store and log begin at entry 1 of term 1, with the founding members', () => {
	const store = new Store();
	store.do({ kind: 'put', key: 1, lease: 0, size: 5 });
	imported(exported(store.engine), (engine) => {
		const { appliedIndex, appliedTerm } = engine.read(readStoreState);
		const { index, voters } = engine.read(membershipOf);
		assert.deepEqual([appliedIndex, appliedTerm, index, voters], [1, 1, 1, [1]]);
	});
});

test('import: a compaction that etcd has begun and not finished is carried on', () => {
	const store = new Store();
	for (let i = 0; i < 20; i++) {
		store.do({ kind: 'put', key: i % 3, lease: 0, size: 5 });
	}
	const file = exported(store.engine);
	const buckets = readBbolt(file).map(([name, pairs]) => (name === 'meta' ? ([name, withScheduled(pairs)] as const) : ([name, pairs] as const)));
	const bytes = writeBbolt(buckets);
	imported(bytes, (engine) => {
		const state = engine.read(readStoreState);
		assert.deepEqual([state.compactRevision, isSweepPending(state)], [12, true]);
		store.subject.write((_view, own) => beginCompaction(own, 12));
		assert.equal(hashAt(engine, 0), hashAt(store.engine, 0));
	});
});

function withScheduled(pairs: readonly Pair[]): readonly Pair[] {
	const scheduled: Pair = [encoder.encode('scheduledCompactRev'), encodeRevision({ main: 12, sub: 0, tombstone: false })];
	return [...pairs, scheduled].sort(([a], [b]) => Buffer.compare(a, b));
}

test('import: status is what etcdctl snapshot status counts', () => {
	const store = new Store();
	store.do({ kind: 'put', key: 1, lease: 0, size: 5 });
	store.do({ kind: 'grant', lease: 2 });
	const status = inspectSnapshot(openBbolt(exported(store.engine)), () => {});
	assert.deepEqual({ ...status, hash: 0 }, { hash: 0, revision: 2, totalKeys: 5, records: 1, leases: 1, auth: null });
});
