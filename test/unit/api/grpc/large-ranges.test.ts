import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WriteView } from '../../../../src/base/engine.ts';
import { compactSlice } from '../../../../src/mvcc/compaction.ts';
import { executeCompact, executePut } from '../../../../src/mvcc/execute.ts';
import { LATEST } from '../../../../src/mvcc/latest-tree.ts';
import { readStoreState, type StoreState, writeStoreState } from '../../../../src/mvcc/store-state.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../../src/rpc/long-id.ts';
import { eventually } from '../../../support/eventually.ts';
import { FrontEndHarness } from './front-end-harness.ts';

const KEYS = 6_000;
const VALUE_BYTES = 200;
const ALL = { key: Buffer.from('k'), range_end: Buffer.from('l') };

let harness: FrontEndHarness;

before(async () => {
	harness = await FrontEndHarness.open();
	for (let i = 0; i < KEYS; i++) {
		put(i, `${i}`);
	}
});
after(() => harness.close());

function write<T>(work: (view: WriteView, state: StoreState) => T): T {
	return harness.lane.reader.write((view) => {
		const state = readStoreState(view);
		const result = work(view, state);
		writeStoreState(view, state);
		return result;
	});
}

function keyOf(i: number): string {
	return `k${String(i).padStart(6, '0')}`;
}

function put(i: number, value: string): void {
	const operation = { key: Buffer.from(keyOf(i)), value: Buffer.from(value.padEnd(VALUE_BYTES, '.')), lease: 0n };
	write((view, state) =>
		executePut({ view, state, latest: LATEST }, { kind: 'put', ...operation, prevKv: false, ignoreValue: false, ignoreLease: false }),
	);
}

/** Compacts at the newest revision and sweeps at once, whatever is being read. */
function compactAll(): void {
	write((view, state) => {
		executeCompact(state, { kind: 'compact', revision: state.revision, physical: false });
		compactSlice(view, state, { isSpent: () => false });
	});
}

async function range(request: pb.RangeRequest.$Properties): Promise<pb.RangeResponse> {
	const { status, message, response } = await harness.kv('Range', pb.RangeRequest, request);
	assert.deepEqual([status, message], [0, '']);
	return pb.RangeResponse.decode(response);
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

test('grpc: large ranges: one of many pages is whole, and lets go of its revision', async () => {
	const response = await range(ALL);
	assert.deepEqual(
		response.kvs.map(({ key }) => text(key)),
		Array.from({ length: KEYS }, (_, i) => keyOf(i)),
	);
	assert.deepEqual([response.more, response.count.toNumber(), harness.lane.held], [false, KEYS, []]);
	assert.equal(response.header?.revision?.toNumber(), harness.lane.reader.read(readStoreState).revision);
});

test('grpc: large ranges: the count is of all keys where few are wanted, or none', async () => {
	const few = await range({ ...ALL, limit: longFromNumber(3) });
	assert.deepEqual([few.kvs.length, few.more, few.count.toNumber()], [3, true, KEYS]);
	const none = await range({ ...ALL, count_only: true });
	assert.deepEqual([none.kvs.length, none.more, none.count.toNumber()], [0, false, KEYS]);
});

test('grpc: large ranges: one of many pages in which there was nothing yet is empty', async () => {
	const response = await range({ ...ALL, revision: longFromNumber(1) });
	assert.deepEqual([response.kvs.length, response.more, response.count.toNumber(), harness.lane.held], [0, false, 0, []]);
});

test('grpc: large ranges: one that sorts gives the first of all', async () => {
	const sort = { sort_target: pb.RangeRequest.SortTarget.KEY, sort_order: pb.RangeRequest.SortOrder.DESCEND };
	const response = await range({ ...ALL, ...sort, limit: longFromNumber(2) });
	assert.deepEqual(
		response.kvs.map(({ key }) => text(key)),
		[keyOf(KEYS - 1), keyOf(KEYS - 2)],
	);
});

test('grpc: large ranges: small reads of others are answered before it', async () => {
	const order: string[] = [];
	const other = harness.connect();
	const small = { key: Buffer.from(keyOf(1)), serializable: true };
	await Promise.all([
		range(ALL).then(() => order.push('large')),
		harness.call('/etcdserverpb.KV/Range', pb.RangeRequest.encode(small).finish(), {}, other).then(() => order.push('small')),
	]);
	other.close();
	assert.deepEqual(order, ['small', 'large']);
});

/** Something happens between the first page of the range and its second. */
function duringRange(request: pb.RangeRequest.$Properties, work: () => void): ReturnType<FrontEndHarness['kv']> {
	harness.lane.whenHeld = work;
	return harness.kv('Range', pb.RangeRequest, request);
}

test('grpc: large ranges: what is written meanwhile is not in it', async () => {
	const { revision } = harness.lane.reader.read(readStoreState);
	const { response } = await duringRange(ALL, () => put(KEYS - 1, 'new'));
	const { kvs, header } = pb.RangeResponse.decode(response);
	assert.deepEqual([header?.revision?.toNumber(), text(kvs.at(-1)?.value).slice(0, 4)], [revision, `${KEYS - 1}`]);
});

test('grpc: large ranges: overtaken by a compaction, one of now is begun anew, and one of a revision is compacted', async () => {
	const overtake = (): void => {
		put(KEYS - 1, 'newest');
		compactAll();
	};
	const { response } = await duringRange(ALL, overtake);
	const { kvs, header } = pb.RangeResponse.decode(response);
	const { revision } = harness.lane.reader.read(readStoreState);
	assert.deepEqual([kvs.length, header?.revision?.toNumber(), text(kvs.at(-1)?.value).slice(0, 6)], [KEYS, revision, 'newest']);
	const outcome = await duringRange({ ...ALL, revision: longFromNumber(revision) }, overtake);
	assert.deepEqual([outcome.status, outcome.message], [11, 'etcdserver: mvcc: required revision has been compacted']);
	assert.deepEqual(harness.lane.held, []);
});

test('grpc: large ranges: a caller that leaves ends it', async () => {
	const client = harness.connect();
	harness.lane.whenHeld = () => client.close();
	const call = harness.call('/etcdserverpb.KV/Range', pb.RangeRequest.encode(ALL).finish(), {}, client);
	await eventually(() => harness.lane.held.length === 0, { what: 'its end' });
	await call;
});
