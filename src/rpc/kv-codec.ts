/**
 * The client's KV requests, decoded into the keyspace's own records (mvcc/operations.ts). Called by lanes to validate and read, and by
 * the store to execute: both see the same. null: the bytes are not such a request, or nest deeper than TXN_DEPTH_MAX.
 * Byte fields are views of the request: copy what outlives it.
 */
import type Long from 'long';
import protobuf from 'protobufjs/minimal.js';
import { EMPTY_BYTES } from '../base/bytes.ts';
import type { CompactOperation, Compare, DeleteRangeOperation, Operation, PutOperation, RangeOperation, TxnOperation } from '../mvcc/operations.ts';
import { etcdserverpb } from './generated/messages.js';
import { bigintFromLong, longFromNumber } from './long-id.ts';

const { PutRequest, DeleteRangeRequest, RangeRequest, TxnRequest, CompactionRequest } = etcdserverpb;

/** Txns within a txn. */
export const TXN_DEPTH_MAX = 100;
// Each level is two messages, TxnRequest and RequestOp, and the innermost operation is one more. The decoder throws beyond, before its stack ends.
protobuf.Reader.recursionLimit = 2 * TXN_DEPTH_MAX + 2;

const UNSET = { kind: 'unset' } as const;

export function decodePut(bytes: Uint8Array): PutOperation | null {
	return decoded(() => toPut(PutRequest.decode(bytes)));
}

export function decodeDeleteRange(bytes: Uint8Array): DeleteRangeOperation | null {
	return decoded(() => toDeleteRange(DeleteRangeRequest.decode(bytes)));
}

export function decodeRange(bytes: Uint8Array): RangeOperation | null {
	return decoded(() => toRange(RangeRequest.decode(bytes)));
}

export function decodeTxn(bytes: Uint8Array): TxnOperation | null {
	return decoded(() => toTxn(TxnRequest.decode(bytes)));
}

export function decodeCompact(bytes: Uint8Array): CompactOperation | null {
	return decoded(() => {
		const request = CompactionRequest.decode(bytes);
		return { kind: 'compact', revision: toNumber(request.revision), physical: request.physical };
	});
}

/** A compaction of this member's own. */
export function encodeCompact(revision: number): Uint8Array {
	return CompactionRequest.encode({ revision: longFromNumber(revision) }).finish();
}

/** protobufjs throws for malformed bytes; nothing else in here does. */
function decoded<T>(decode: () => T): T | null {
	try {
		return decode();
	} catch {
		return null;
	}
}

function toPut(request: etcdserverpb.PutRequest.$Properties): PutOperation {
	return {
		kind: 'put',
		key: request.key ?? EMPTY_BYTES,
		value: request.value ?? EMPTY_BYTES,
		lease: toBigint(request.lease),
		prevKv: request.prev_kv ?? false,
		ignoreValue: request.ignore_value ?? false,
		ignoreLease: request.ignore_lease ?? false,
	};
}

function toDeleteRange(request: etcdserverpb.DeleteRangeRequest.$Properties): DeleteRangeOperation {
	return {
		kind: 'delete_range',
		key: request.key ?? EMPTY_BYTES,
		rangeEnd: request.range_end ?? EMPTY_BYTES,
		prevKv: request.prev_kv ?? false,
	};
}

function toRange(request: etcdserverpb.RangeRequest.$Properties): RangeOperation {
	return {
		kind: 'range',
		key: request.key ?? EMPTY_BYTES,
		rangeEnd: request.range_end ?? EMPTY_BYTES,
		limit: toNumber(request.limit),
		revision: toNumber(request.revision),
		sortOrder: request.sort_order ?? 0,
		sortTarget: request.sort_target ?? 0,
		serializable: request.serializable ?? false,
		keysOnly: request.keys_only ?? false,
		countOnly: request.count_only ?? false,
		minModRevision: toNumber(request.min_mod_revision),
		maxModRevision: toNumber(request.max_mod_revision),
		minCreateRevision: toNumber(request.min_create_revision),
		maxCreateRevision: toNumber(request.max_create_revision),
	};
}

function toTxn(request: etcdserverpb.TxnRequest.$Properties): TxnOperation {
	return {
		kind: 'txn',
		compares: (request.compare ?? []).map(toCompare),
		success: (request.success ?? []).map(toOperation),
		failure: (request.failure ?? []).map(toOperation),
	};
}

function toOperation(op: etcdserverpb.RequestOp.$Properties): Operation {
	if (op.request_put) {
		return toPut(op.request_put);
	}
	if (op.request_range) {
		return toRange(op.request_range);
	}
	if (op.request_delete_range) {
		return toDeleteRange(op.request_delete_range);
	}
	return op.request_txn ? toTxn(op.request_txn) : UNSET;
}

function toCompare(compare: etcdserverpb.Compare.$Properties): Compare {
	return {
		result: compare.result ?? 0,
		target: compare.target ?? 0,
		key: compare.key ?? EMPTY_BYTES,
		rangeEnd: compare.range_end ?? EMPTY_BYTES,
		number: comparedNumber(compare),
		value: compare.value ?? EMPTY_BYTES,
		lease: toBigint(compare.lease),
	};
}

/** Of the field that the target names: a request that sets another one is compared with 0, as in etcd. */
function comparedNumber(compare: etcdserverpb.Compare.$Properties): number {
	switch (compare.target ?? 0) {
		case 0:
			return toNumber(compare.version);
		case 1:
			return toNumber(compare.create_revision);
		case 2:
			return toNumber(compare.mod_revision);
		default:
			return 0;
	}
}

/** Beyond 2^53 it is rounded, and stays beyond every revision, limit and version that there is. */
function toNumber(value: Long | null | undefined): number {
	return value === null || value === undefined ? 0 : value.toNumber();
}

function toBigint(value: Long | null | undefined): bigint {
	return value === null || value === undefined || value.isZero() ? 0n : bigintFromLong(value);
}
