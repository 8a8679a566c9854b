import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes } from '../../../src/base/bytes.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { type LeaseRecord, LeaseTree } from '../../../src/mvcc/lease-tree.ts';
import { key, TEST_KEY_LIMIT } from './arbitraries.ts';

const IDS = [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 255n];
const id = fc.constantFrom(...IDS);
const step = fc.oneof(
	fc.record({ kind: fc.constantFrom('attach' as const, 'detach' as const), id, key }),
	fc.record({ kind: fc.constant('put' as const), id, ttl: fc.integer({ min: 1, max: 9_000_000_000 }), remaining: fc.constant(0) }),
	fc.record({ kind: fc.constant('remove' as const), id }),
);

function leasesOf(tree: LeaseTree, engine: MemoryEngine): LeaseRecord[] {
	const found: LeaseRecord[] = [];
	engine.read((view) =>
		tree.scan(view, null, (record) => {
			found.push(record);
			return true;
		}),
	);
	return found;
}

test('mvcc: lease tree: leases and their keys are what was put and attached, keys in byte order, however long', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(TEST_KEY_LIMIT, 1_890), (steps, limit) => {
			const engine = new MemoryEngine(STORE_TREE_NAMES);
			const tree = new LeaseTree(limit);
			const leases = new Map<bigint, LeaseRecord>();
			const keys = new Map<bigint, Map<string, Uint8Array>>(IDS.map((each) => [each, new Map()]));
			for (const each of steps) {
				engine.write((view) => {
					if (each.kind === 'put') {
						const { kind: _, ...record } = each;
						tree.put(view, record);
						leases.set(each.id, record);
					} else if (each.kind === 'remove') {
						tree.remove(view, each.id);
						leases.delete(each.id);
					} else {
						tree[each.kind](view, each.id, each.key);
						const name = Buffer.from(each.key).toString('hex');
						each.kind === 'attach' ? keys.get(each.id)?.set(name, each.key) : keys.get(each.id)?.delete(name);
					}
				});
			}
			for (const each of IDS) {
				const expected = [...(keys.get(each)?.values() ?? [])].sort(compareBytes).map((bytes) => [...bytes]);
				assert.deepEqual(
					engine.read((view) => tree.keysOf(view, each)).map((bytes) => [...bytes]),
					expected,
				);
				assert.deepEqual(
					engine.read((view) => tree.get(view, each)),
					leases.get(each) ?? null,
				);
			}
			assert.equal(leasesOf(tree, engine).length, leases.size);
		}),
		{ numRuns: 200 },
	);
});

test('mvcc: lease tree: a scan goes on behind the lease that it is told', () => {
	const engine = new MemoryEngine(STORE_TREE_NAMES);
	const tree = new LeaseTree();
	engine.write((view) => {
		for (const each of IDS) {
			tree.put(view, { id: each, ttl: 9, remaining: 3 });
			tree.attach(view, each, Buffer.from('k'));
		}
	});
	const all = leasesOf(tree, engine).map((record) => record.id);
	const second: bigint[] = [];
	engine.read((view) =>
		tree.scan(view, all[1] as bigint, (record) => {
			second.push(record.id);
			return second.length < 2;
		}),
	);
	assert.deepEqual(second, all.slice(2, 4));
});

test('mvcc: lease tree: a damaged lease and a damaged row of a key end the process', () => {
	for (const at of [0, 1]) {
		const engine = new MemoryEngine(STORE_TREE_NAMES);
		const tree = new LeaseTree();
		engine.write((view) => {
			tree.put(view, { id: 7n, ttl: 9, remaining: 0 });
			tree.attach(view, 7n, Buffer.from('k'));
			const rows: Uint8Array[][] = [];
			view.scan(TREE.leases, new Uint8Array([0]), null, (row, bytes) => rows.push([Uint8Array.from(row), Uint8Array.from(bytes)]) > 0);
			const [row, bytes] = rows[at] as [Uint8Array, Uint8Array];
			bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
			view.put(TREE.leases, row, bytes);
		});
		assert.throws(
			() =>
				engine.read((view) => {
					tree.get(view, 7n);
					tree.keysOf(view, 7n);
				}),
			(error) => error instanceof FatalError && /tree leases/.test(error.message),
		);
	}
});
