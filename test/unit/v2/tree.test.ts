/** The v2 tree against the naive one, and the cases that the naive one cannot show: long names, deep paths, damaged records, any bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FatalError } from '../../../src/base/fatal.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { EVENTS_KEPT, readEvents } from '../../../src/v2/event-history.ts';
import { executeV2 } from '../../../src/v2/execute.ts';
import { encodeV2Sync, executeV2Sync } from '../../../src/v2/expiry.ts';
import { V2Listing } from '../../../src/v2/listing.ts';
import { openV2 } from '../../../src/v2/read.ts';
import { encodeV2Request, V2_OPERATION, type V2Request } from '../../../src/v2/request-codec.ts';
import { decodeV2Response, encodeFailure } from '../../../src/v2/response-codec.ts';
import { type NaiveRequest, NaiveTree } from './naive-tree.ts';

const CONTEXT = { index: 7, term: 2 };
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
const text = new TextEncoder();
const NOTHING = new Uint8Array(0);

function v2(operation: keyof typeof V2_OPERATION, path: string | Uint8Array, fields: Partial<V2Request> = {}): V2Request {
	const bytes = typeof path === 'string' ? text.encode(path) : path;
	const compares = { prevValue: NOTHING, prevIndex: 0n };
	const plain = { directory: false, recursive: false, value: NOTHING, ...compares, quiet: false, refresh: false, now: NOW, expiration: 0 };
	return { operation: V2_OPERATION[operation], path: bytes, ...plain, ...fields };
}

class Tree {
	readonly engine = new MemoryEngine(STORE_TREE_NAMES);

	run(request: V2Request): { status: number; json: string } {
		const body = encodeV2Request(request);
		return plain(this.engine.write((view) => executeV2(view, body, CONTEXT)));
	}

	get(path: string | Uint8Array, recursive = false): { status: number; json: string } {
		const bytes = typeof path === 'string' ? text.encode(path) : path;
		const found = this.engine.read((view) => openV2(view, { path: bytes, recursive, now: NOW }, Number.POSITIVE_INFINITY));
		assert(found !== 'larger');
		return found instanceof V2Listing ? { status: 200, json: printed(found) } : plain(encodeFailure(found, CONTEXT));
	}

	/** The paths of what is over at cutoff, by the events that it left: those after the index before. */
	expire(cutoff: number, before: number): string[] {
		assert.deepEqual([...(this.engine.write((view) => executeV2Sync(view, encodeV2Sync(cutoff))) ?? [])], [0]);
		return this.engine.read((view) => {
			const events = readEvents(view, before + 1, EVENTS_KEPT);
			assert.ok(events.every(({ action, prevNode }) => action === 'expire' && (prevNode?.expiration ?? 0) > 0));
			return events.map(({ node }) => new TextDecoder().decode(node.path));
		});
	}

	/** Of nodes, without the tree's own state. */
	records(): number {
		let count = 0;
		this.engine.read((view) => view.scan(TREE.v2, Uint8Array.of(0, 0, 0, 0, 0, 1), null, () => count++ >= 0));
		return count;
	}
}

/** In pieces so small that listings of the tests have several. */
function printed(listing: V2Listing): string {
	const pieces: Uint8Array[] = [];
	for (let piece = listing.print(100); piece !== null; piece = listing.print(100)) {
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString();
}

function plain(bytes: Uint8Array): { status: number; json: string } {
	const response = decodeV2Response(bytes);
	return { status: response.status, json: new TextDecoder().decode(response.body) };
}

function keysOf(json: string): string[] {
	const { node } = JSON.parse(json) as { node: { nodes?: { key: string }[] } };
	return (node.nodes ?? []).map((child) => child.key);
}

const OPERATION = {
	set: 'set',
	create: 'create',
	post: 'create_in_order',
	update: 'update',
	cas: 'compare_and_swap',
	delete: 'delete',
	cad: 'compare_and_delete',
} as const;

const someName = fc.constantFrom('a', 'b', '_h', 'ab');
const somePath = fc.array(someName, { maxLength: 4 }).map((names) => names.map((name) => `/${name}`).join(''));
const someRequest: fc.Arbitrary<NaiveRequest> = fc.record({
	verb: fc.constantFrom('set', 'set', 'create', 'post', 'update', 'cas', 'delete', 'cad'),
	path: somePath,
	dir: fc.boolean(),
	recursive: fc.boolean(),
	value: fc.constantFrom('', 'x', 'y'),
	prevValue: fc.constantFrom('', 'x'),
	prevIndex: fc.integer({ min: 0, max: 12 }),
	expiration: fc.constantFrom(0, 0, NOW - 2_500, NOW, NOW + 1, NOW + 1_000, NOW + 1_001),
	refresh: fc.constantFrom(false, false, true),
});
const someCutoff = fc.constantFrom(NOW - 3_000, NOW - 1, NOW, NOW + 1_000, NOW + 2_000);

test('v2: tree: any sequence of mutations and expiries answers and lists as the naive tree does', () => {
	fc.assert(
		fc.property(fc.array(fc.oneof({ weight: 6, arbitrary: someRequest }, someCutoff), { maxLength: 40 }), (requests) => {
			const tree = new Tree();
			const naive = new NaiveTree(NOW);
			for (const request of requests) {
				if (typeof request === 'number') {
					const before = naive.index;
					const expired = naive.sync(request);
					assert.deepEqual(tree.expire(request, before), expired);
					continue;
				}
				const fields = {
					directory: request.dir,
					recursive: request.recursive,
					value: text.encode(request.value),
					prevValue: text.encode(request.prevValue),
					prevIndex: BigInt(request.prevIndex),
					expiration: request.expiration,
					refresh: request.refresh,
				};
				const got = tree.run(v2(OPERATION[request.verb], request.path, fields));
				const wanted = naive.run(request);
				assert.deepEqual({ status: got.status, body: JSON.parse(got.json) }, wanted, JSON.stringify(request));
				const listed = tree.get('', true);
				assert.deepEqual({ status: listed.status, body: JSON.parse(listed.json) }, naive.get('', true));
				const one = tree.get(request.path);
				assert.deepEqual({ status: one.status, body: JSON.parse(one.json) }, naive.get(request.path, false));
			}
		}),
		{ numRuns: 300 },
	);
});

test('v2: tree: a name beyond the length of an engine key is stored, listed in its place and removed without a trace', () => {
	const tree = new Tree();
	const long = 'n'.repeat(1_024);
	const names = [`${long}`, `${long}${long}tail`, `${long}a`, `${long}b`, 'm', `${long.slice(0, 1_023)}o`, 'o'];
	for (const name of names) {
		assert.equal(tree.run(v2('set', `/d/${name}`)).status, 201);
	}
	const sorted = [...names].sort().map((name) => `/d/${name}`);
	assert.deepEqual(keysOf(tree.get('/d').json), sorted);
	for (const name of names) {
		assert.equal(tree.get(`/d/${name}`).status, 200);
		assert.equal(tree.run(v2('delete', `/d/${name}`)).status, 200);
	}
	assert.equal(tree.run(v2('delete', '/d', { directory: true })).status, 200, 'the directory is empty');
	assert.equal(tree.records(), 0, 'nothing is left');
});

test('v2: tree: removing a directory removes everything below it, hidden and long names included, and takes one index', () => {
	const tree = new Tree();
	for (let i = 0; i < 2_500; i++) {
		tree.run(v2('set', `/d/${i % 7}/_${i}`));
	}
	tree.run(v2('set', `/d/${'x'.repeat(5_000)}/y`));
	const before = JSON.parse(tree.run(v2('set', '/other')).json) as { node: { modifiedIndex: number } };
	const after = JSON.parse(tree.run(v2('delete', '/d', { recursive: true })).json) as { node: { modifiedIndex: number } };
	assert.equal(after.node.modifiedIndex, before.node.modifiedIndex + 1);
	assert.equal(tree.records(), 1, 'only /other');
});

test('v2: tree: a directory of several pages lists every child once and in order', () => {
	const tree = new Tree();
	const names = Array.from({ length: 2_300 }, (_, i) => `/d/${String(i).padStart(5, '0')}`);
	for (const name of names.toReversed()) {
		tree.run(v2('set', name));
	}
	assert.deepEqual(keysOf(tree.get('/d').json), names);
});

test('v2: tree: a path of thousands of levels is written, listed and removed without exhausting the stack', () => {
	const tree = new Tree();
	const path = '/p'.repeat(4_000);
	assert.equal(tree.run(v2('set', path, { value: text.encode('deep') })).status, 201);
	assert.match(tree.get('', true).json, /"value":"deep"/);
	assert.equal(tree.run(v2('delete', '/p', { recursive: true })).status, 200);
	assert.equal(tree.records(), 0);
});

test('v2: tree: names and values of any bytes are kept apart and printed as Go prints them', () => {
	const tree = new Tree();
	const bad = Uint8Array.of(0x2f, 0xff, 0x00, 0x41);
	assert.equal(tree.run(v2('set', bad, { value: Uint8Array.of(0xe2, 0x80, 0x41) })).status, 201);
	assert.equal(tree.run(v2('create', Uint8Array.of(0x2f, 0xfe, 0x00, 0x41))).status, 201, 'another byte is another key');
	assert.match(tree.get(bad).json, /"key":"\/\\ufffd\\u0000A","value":"\\ufffd\\ufffdA"/);
});

test('v2: tree: noValueOnSuccess leaves only the action, and changes no refusal', () => {
	const tree = new Tree();
	assert.equal(tree.run(v2('set', '/a', { quiet: true })).json, '{"action":"set"}\n');
	assert.match(tree.run(v2('create', '/a', { quiet: true })).json, /"errorCode":105/);
});

test('v2: tree: a record that was damaged is a fault of the store, not an answer', () => {
	const tree = new Tree();
	tree.run(v2('set', '/a', { value: text.encode('value') }));
	tree.engine.write((view) => {
		const found: [Uint8Array, Uint8Array][] = [];
		view.scan(TREE.v2, NOTHING, null, (key, value) => {
			found.push([key.slice(), value.slice()]);
			return true;
		});
		for (const [key, value] of found.slice(1)) {
			value[value.length - 1] = (value[value.length - 1] as number) ^ 1;
			view.put(TREE.v2, key, value);
		}
	});
	assert.throws(() => tree.get('/a'), FatalError);
});

test('v2: execute: any bytes as a body get an answer, and none that is refused changes the tree', () => {
	const tree = new Tree();
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(0, 1), fc.integer({ min: 0, max: 9 }), (bytes, version, operation) => {
			const body = Uint8Array.of(version, operation, ...bytes);
			const records = tree.records();
			const response = decodeV2Response(tree.engine.write((view) => executeV2(view, body, CONTEXT)));
			JSON.parse(new TextDecoder().decode(response.body));
			assert.ok(response.status < 400 || tree.records() === records);
		}),
	);
});

test('v2: tree: a listing larger than asked for is not read to its end', () => {
	const tree = new Tree();
	for (let i = 0; i < 4; i++) {
		tree.run(v2('set', `/large/${i}`, { value: new Uint8Array(1_000).fill(0x78) }));
	}
	const open = (bytesMax: number) => tree.engine.read((view) => openV2(view, { path: text.encode('/large'), recursive: true, now: NOW }, bytesMax));
	assert.equal(open(3_000), 'larger');
	assert(open(10_000) instanceof V2Listing);
});
