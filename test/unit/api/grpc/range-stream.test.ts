import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY_KNOWN } from '../../../../src/api/access/served-method.ts';
import { LongReads } from '../../../../src/api/grpc/long-reads.ts';
import { rangeStreamMethod } from '../../../../src/api/grpc/range-stream.ts';
import { AuthTables } from '../../../../src/auth/auth-table.ts';
import { must } from '../../../../src/base/assert.ts';
import type { RpcStream } from '../../../../src/ports/rpc-engine.ts';
import type { CommandKind } from '../../../../src/protocol/command.ts';
import { COMMAND_KIND } from '../../../../src/protocol/command.ts';
import { etcdserverpb as pb } from '../../../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../../../src/rpc/long-id.ts';
import { makeHeaderIds } from '../../../../src/rpc/response-header.ts';
import { eventually } from '../../../support/eventually.ts';
import { MemoryLane } from './memory-lane.ts';

const ALL = { key: Buffer.from('k'), range_end: Buffer.from('l'), serializable: true };
const SORT = { target: pb.RangeRequest.SortTarget, order: pb.RangeRequest.SortOrder };

/** A stream whose caller takes what the test says, on a lane of which the test gives the turns. */
class Stage {
	readonly lane = new MemoryLane();
	readonly chunks: pb.RangeResponse[] = [];
	takes = true;
	ended: readonly [number, string] | null = null;
	readonly #works: (() => void)[] = [];
	readonly #method;

	constructor() {
		const options = { ids: makeHeaderIds(1n, 2n), maxRequestBytes: 2 ** 20, maxTxnOps: 128, minLeaseTtlSeconds: 2, quotaBytes: -1 };
		const later = (_milliseconds: number, work: () => void): void => void this.#works.push(work);
		const sizes = { fileBytes: 0, usedBytes: 0, roomBytes: null };
		const context = { lane: this.lane, options, later, randomId: () => 1n, storeSizes: () => sizes, tables: new AuthTables() };
		this.#method = rangeStreamMethod({ ...context, longReads: new LongReads(later, { all: 10, ofConnection: 10, ofAddress: 10 }) });
	}

	async fill(keys: number): Promise<void> {
		for (let i = 0; i < keys; i++) {
			await this.#propose(COMMAND_KIND.put, pb.PutRequest.encode({ key: Buffer.from(`k${i}`), value: Buffer.alloc(100) }).finish());
		}
	}

	ask(request: pb.RangeRequest.$Properties): ReturnType<typeof this.open> {
		const events = this.open();
		events.message(pb.RangeRequest.encode(request).finish());
		events.halfClosed();
		return events;
	}

	open() {
		const stream: RpcStream = {
			metadata: () => null,
			connection: {},
			remoteAddress: '',
			certificateName: null,
			send: (message) => {
				this.chunks.push(must(pb.RangeStreamResponse.decode(message).range_response, 'a chunk') as pb.RangeResponse);
				return this.takes;
			},
			end: (status, message) => {
				assert.equal(this.ended, null, 'a stream ends once');
				this.ended = [status, message];
			},
		};
		return this.#method.open(stream, NOBODY_KNOWN);
	}

	/** All turns until nothing is to be done; how many. */
	run(): number {
		for (let turns = 0; ; turns++) {
			const work = this.#works.shift();
			if (work === undefined) {
				return turns;
			}
			work();
		}
	}

	#propose(kind: CommandKind, body: Uint8Array): Promise<void> {
		return new Promise((resolve) => this.lane.propose(kind, body, () => resolve()));
	}
}

async function filled(keys: number): Promise<Stage> {
	const stage = new Stage();
	await stage.fill(keys);
	return stage;
}

test('grpc: range stream: chunks in order, of which only the last has a header, more and the count', async () => {
	const stage = await filled(2_500);
	stage.ask(ALL);
	assert.ok(stage.run() > 3);
	const keys = stage.chunks.flatMap(({ kvs }) => kvs.map(({ key }) => Buffer.from(key ?? []).toString()));
	assert.deepEqual(keys, Array.from({ length: 2_500 }, (_, i) => `k${i}`).sort());
	assert.ok(stage.chunks.length > 3);
	const last = must(stage.chunks.pop(), 'a last chunk');
	assert.deepEqual([last.count.toNumber(), last.more, last.header?.revision?.toNumber()], [2_500, false, 2_501]);
	assert.ok(stage.chunks.every(({ header, count, more }) => header === null && count.isZero() && !more));
	assert.deepEqual(stage.ended, [0, '']);
});

test('grpc: range stream: a limit cuts what is sent, not what is counted', async () => {
	const stage = await filled(2_500);
	stage.ask({ ...ALL, limit: longFromNumber(1_200) });
	stage.run();
	const last = must(stage.chunks.at(-1), 'a last chunk');
	assert.deepEqual([stage.chunks.reduce((sum, { kvs }) => sum + kvs.length, 0), last.more, last.count.toNumber()], [1_200, true, 2_500]);
});

test('grpc: range stream: what has nothing to send is one message', async () => {
	const stage = await filled(2_500);
	stage.ask({ ...ALL, count_only: true });
	stage.run();
	assert.deepEqual([stage.chunks.length, stage.chunks[0]?.count.toNumber(), stage.chunks[0]?.kvs.length], [1, 2_500, 0]);
	const empty = await filled(0);
	empty.ask(ALL);
	empty.run();
	assert.deepEqual([empty.chunks.length, empty.chunks[0]?.count.toNumber(), empty.ended], [1, 0, [0, '']]);
});

test('grpc: range stream: nothing is read for a caller that does not take what it was sent', async () => {
	const stage = await filled(2_500);
	stage.takes = false;
	const events = stage.ask(ALL);
	for (let chunks = 1; chunks <= 3; chunks++) {
		stage.run();
		assert.deepEqual([stage.chunks.length, stage.ended], [chunks, null]);
		events.drained();
	}
	events.canceled();
	stage.run();
	assert.equal(stage.chunks.length, 3);
});

test('grpc: range stream: it holds to the revision of its first chunk', async () => {
	const stage = await filled(2_500);
	stage.takes = false;
	const events = stage.ask(ALL);
	stage.run();
	await stage.fill(3_000);
	stage.takes = true;
	events.drained();
	stage.run();
	assert.equal(stage.chunks.at(-1)?.header?.revision?.toNumber(), 2_501);
	assert.equal(
		stage.chunks.reduce((sum, { kvs }) => sum + kvs.length, 0),
		2_500,
	);
	assert.ok(stage.chunks.every(({ kvs }) => kvs.every(({ mod_revision }) => (mod_revision?.toNumber() ?? 0) <= 2_501)));
});

test("grpc: range stream: orders and filters that cannot be streamed are refused in etcd's words, after what is wrong with any range", () => {
	const refusalOf = (request: pb.RangeRequest.$Properties): readonly [number, string] | null => {
		const stage = new Stage();
		stage.ask(request);
		stage.run();
		return stage.ended;
	};
	const custom = [12, 'RangeStream does not support custom sort orders'] as const;
	const filters = [12, 'RangeStream does not support revision filters'] as const;
	assert.deepEqual(refusalOf({ ...ALL, sort_order: SORT.order.DESCEND }), custom);
	assert.deepEqual(refusalOf({ ...ALL, sort_order: SORT.order.ASCEND, sort_target: SORT.target.MOD }), custom);
	assert.deepEqual(refusalOf({ ...ALL, max_mod_revision: longFromNumber(1) }), filters);
	assert.deepEqual(refusalOf({ ...ALL, min_create_revision: longFromNumber(1), sort_order: SORT.order.DESCEND }), custom);
	assert.deepEqual(refusalOf({ ...ALL, key: Buffer.alloc(0), sort_order: SORT.order.DESCEND }), [3, 'etcdserver: key is not provided']);
	assert.deepEqual(refusalOf({ ...ALL, revision: longFromNumber(9) }), [11, 'etcdserver: mvcc: required revision is a future revision']);
	assert.deepEqual(refusalOf({ ...ALL, sort_order: SORT.order.ASCEND }), [0, '']);
	assert.deepEqual(refusalOf({ ...ALL, sort_target: SORT.target.VALUE }), [0, '']);
});

test('grpc: range stream: it is linearizable unless it is serializable, and refused as a range is', async () => {
	const stage = await filled(1);
	stage.ask({ ...ALL, serializable: false });
	await eventually(() => stage.run() > 0, { what: 'a read that was granted' });
	assert.deepEqual([stage.lane.linearizableReads, stage.chunks.length, stage.ended], [1, 1, [0, '']]);
	const refused = await filled(1);
	refused.lane.refusal = 1;
	refused.ask({ ...ALL, serializable: false });
	await eventually(() => refused.ended !== null, { what: 'a refusal' });
	assert.equal(refused.chunks.length, 0);
});
