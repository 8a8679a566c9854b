import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import type { Operation } from '../../../src/mvcc/operations.ts';
import { COMMAND_KIND, type CommandKind } from '../../../src/protocol/command.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { digestTrees } from '../../support/tree-digest.ts';
import { deleteRange, put, range, txn } from '../mvcc/arbitraries.ts';
import { toWire } from '../mvcc/kv-wire.ts';
import { command, requestId, StoreHarness } from './store-harness.ts';

const kinds = fc.constantFrom<CommandKind>(...Object.values(COMMAND_KIND));

/** Operations as no lane would let them pass: without keys, with nothing set, with numbers that mean nothing. */
function spoiled(operation: Operation, nth: number): Operation {
	switch (operation.kind) {
		case 'put':
		case 'delete_range':
			return nth % 3 === 0 ? { ...operation, key: new Uint8Array(0) } : operation;
		case 'range':
			return { ...operation, sortOrder: nth % 5, sortTarget: (nth % 7) - 1, revision: nth % 11 === 0 ? Number.MAX_SAFE_INTEGER : operation.revision };
		case 'txn': {
			const branch = (list: readonly Operation[]): Operation[] => [
				...list.map((each, i) => spoiled(each, nth + i)),
				...(nth % 4 === 0 ? [{ kind: 'unset' as const }] : []),
			];
			return { ...operation, success: branch(operation.success), failure: branch(operation.failure) };
		}
		default:
			return operation;
	}
}

function bodyOf(operation: Operation): Uint8Array {
	const wire = toWire(operation) as never;
	switch (operation.kind) {
		case 'put':
			return pb.PutRequest.encode(wire).finish();
		case 'delete_range':
			return pb.DeleteRangeRequest.encode(wire).finish();
		case 'txn':
			return pb.TxnRequest.encode(wire).finish();
		default:
			return pb.RangeRequest.encode(wire).finish();
	}
}

const KIND_OF = {
	put: COMMAND_KIND.put,
	delete_range: COMMAND_KIND.delete_range,
	txn: COMMAND_KIND.txn,
	range: COMMAND_KIND.txn,
	unset: COMMAND_KIND.txn,
} as const;
const operation: fc.Arbitrary<Operation> = fc.oneof(put, deleteRange, range, { weight: 3, arbitrary: txn });

/** A command's body with some of its bytes replaced. */
const corrupted = fc.tuple(operation, fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 })).map(([each, nth, changes]) => {
	const spoilt = spoiled(each, nth);
	const body = Uint8Array.from(bodyOf(spoilt));
	for (const [at, byte] of changes) {
		if (body.length > 0) {
			body[at % body.length] = byte;
		}
	}
	return command({ kind: KIND_OF[spoilt.kind], body });
});

const garbage = fc.tuple(kinds, fc.uint8Array({ maxLength: 40 })).map(([kind, body]) => command({ kind, body }));
const payloads = fc.array(fc.oneof({ weight: 4, arbitrary: corrupted }, garbage, fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 20 });

test('store: totality: no entry whatever stops the store', () => {
	fc.assert(
		fc.property(payloads, (entries) => {
			const harness = StoreHarness.founded(1);
			harness.apply(entries);
			harness.actor.flush();
			assert.equal(harness.lastApplied()?.upTo, 1 + entries.length);
		}),
		{ numRuns: 500 },
	);
});

const commands = fc
	.array(operation, { minLength: 1, maxLength: 30, size: 'max' })
	.map((operations) =>
		operations.map((each, i) =>
			command({ kind: KIND_OF[each.kind], body: bodyOf(each), origin: { slot: 2 as never, boot: i % 2, requestId: requestId(0, i) } }),
		),
	);

test('store: determinism: the same entries give the same bytes, however they come in batches and whoever answers', () => {
	fc.assert(
		fc.property(commands, fc.integer({ min: 1, max: 7 }), (entries, perTurn) => {
			const [together, apart] = [StoreHarness.founded(1), StoreHarness.founded(3)];
			together.apply(entries);
			together.actor.flush();
			for (let i = 0; i < entries.length; i += perTurn) {
				apart.apply(entries.slice(i, i + perTurn), ENTRY_KIND.command);
				apart.actor.flush();
			}
			const digest = (harness: StoreHarness): string => harness.engine.read((view) => digestTrees(view, STORE_TREE_NAMES.length));
			assert.equal(digest(apart), digest(together));
		}),
		{ numRuns: 100 },
	);
});
