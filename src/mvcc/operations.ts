/**
 * What can be asked of the keyspace, and what it answers: plain records, decoded from the client's protobuf by rpc/kv-codec.ts.
 * Fields follow reference/etcd-surface.md 2.2; numbers that a client chose freely may lie outside what is valid, which checks and
 * execution both bear. Byte fields may be views of a larger frame.
 */

export interface PutOperation {
	readonly kind: 'put';
	readonly key: Uint8Array;
	readonly value: Uint8Array;
	/** 0: none. */
	readonly lease: bigint;
	readonly prevKv: boolean;
	readonly ignoreValue: boolean;
	readonly ignoreLease: boolean;
}

export interface DeleteRangeOperation {
	readonly kind: 'delete_range';
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
	readonly prevKv: boolean;
}

export const SORT_ORDER = { none: 0, ascend: 1, descend: 2 } as const;
export const SORT_TARGET = { key: 0, version: 1, create: 2, mod: 3, value: 4 } as const;

export interface RangeOperation {
	readonly kind: 'range';
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
	/** 0 or less: none. */
	readonly limit: number;
	/** 0 or less: now. */
	readonly revision: number;
	/** SORT_ORDER and SORT_TARGET, or an unknown number, which is refused. */
	readonly sortOrder: number;
	readonly sortTarget: number;
	/** For the lane: a read of this member's state without a round of heartbeats. */
	readonly serializable: boolean;
	readonly keysOnly: boolean;
	readonly countOnly: boolean;
	/** Inclusive bounds; 0: none. */
	readonly minModRevision: number;
	readonly maxModRevision: number;
	readonly minCreateRevision: number;
	readonly maxCreateRevision: number;
}

export const COMPARE_RESULT = { equal: 0, greater: 1, less: 2, notEqual: 3 } as const;
export const COMPARE_TARGET = { version: 0, create: 1, mod: 2, value: 3, lease: 4 } as const;

export interface Compare {
	/** COMPARE_RESULT; an unknown one holds, as in etcd. */
	readonly result: number;
	/** COMPARE_TARGET; an unknown one compares as equal, as in etcd. */
	readonly target: number;
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
	/** For version, create and mod; 0 if the request did not give the one of its target. */
	readonly number: number;
	/** For value. */
	readonly value: Uint8Array;
	/** For lease. */
	readonly lease: bigint;
}

/** A RequestOp in which no request is set: refused. */
export interface UnsetOperation {
	readonly kind: 'unset';
}

export interface TxnOperation {
	readonly kind: 'txn';
	readonly compares: readonly Compare[];
	readonly success: readonly Operation[];
	readonly failure: readonly Operation[];
}

export interface CompactOperation {
	readonly kind: 'compact';
	readonly revision: number;
	/** Answer only once the old versions are gone from this member's store. */
	readonly physical: boolean;
}

/** What a txn may hold. */
export type Operation = PutOperation | DeleteRangeOperation | RangeOperation | TxnOperation | UnsetOperation;

/** Marshalled mvccpb.KeyValue, as stored. */
export type KeyValueBytes = Uint8Array;

export interface PutResult {
	readonly kind: 'put';
	readonly revision: number;
	readonly prevKv: KeyValueBytes | null;
}

export interface DeleteRangeResult {
	readonly kind: 'delete_range';
	readonly revision: number;
	readonly deleted: number;
	readonly prevKvs: readonly KeyValueBytes[];
}

export interface RangeResult {
	readonly kind: 'range';
	/** Of the store when it was read, not the one asked for. */
	readonly revision: number;
	readonly kvs: readonly KeyValueBytes[];
	readonly more: boolean;
	/** Of live keys in the range, whatever the limit and the filters. */
	readonly count: number;
}

export interface TxnResult {
	readonly kind: 'txn';
	readonly revision: number;
	readonly succeeded: boolean;
	readonly results: readonly OperationResult[];
}

export type OperationResult = PutResult | DeleteRangeResult | RangeResult | TxnResult;

/** An expected refusal: code of base/codes.ts. Nothing was changed. */
export interface Refusal {
	readonly kind: 'refusal';
	readonly code: number;
}

export function refuse(code: number): Refusal {
	return { kind: 'refusal', code };
}
