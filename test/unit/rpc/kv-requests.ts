/** Requests as the tests write them: operations with defaults, and a txn of any depth in bytes. */
import type { Compare, DeleteRangeOperation, Operation, PutOperation, RangeOperation, TxnOperation } from '../../../src/mvcc/operations.ts';

export function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

export function put(key: string, changes: Partial<PutOperation> = {}): PutOperation {
	return { kind: 'put', key: bytes(key), value: bytes('v'), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false, ...changes };
}

export function del(key: string, rangeEnd = ''): DeleteRangeOperation {
	return { kind: 'delete_range', key: bytes(key), rangeEnd: bytes(rangeEnd), prevKv: false };
}

export function range(key: string, changes: Partial<RangeOperation> = {}): RangeOperation {
	const bounds = { minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
	const flags = { serializable: false, keysOnly: false, countOnly: false };
	return { kind: 'range', key: bytes(key), rangeEnd: bytes(''), limit: 0, revision: 0, sortOrder: 0, sortTarget: 0, ...flags, ...bounds, ...changes };
}

export function compare(key: string): Compare {
	return { result: 0, target: 0, key: bytes(key), rangeEnd: bytes(''), number: 0, value: bytes(''), lease: 0n };
}

export function txn(success: readonly Operation[], failure: readonly Operation[] = [], compares: readonly Compare[] = []): TxnOperation {
	return { kind: 'txn', compares, success, failure };
}

/** A txn in a txn in a txn, with so many inside the outermost, a put in the innermost. */
export function nestedTxn(depth: number): Uint8Array {
	let body: Buffer = field(2, field(2, field(1, Buffer.from('k'))));
	for (let i = 0; i < depth; i++) {
		body = field(2, field(4, body));
	}
	return body;
}

function field(number: number, body: Buffer): Buffer {
	const size: number[] = [];
	let rest = body.length;
	for (; rest > 127; rest >>>= 7) {
		size.push((rest & 127) | 128);
	}
	return Buffer.concat([Buffer.from([(number << 3) | 2, ...size, rest]), body]);
}
