/**
 * Finished protobuf responses of the KV service, out of the keyspace's results: stored key-values are framed as they are, never decoded.
 * Called by the store for what it executed, and by lanes for what they read.
 *
 *   PutResponse          header 1 · prev_kv 2
 *   RangeResponse        header 1 · kvs 2 · more 3 · count 4
 *   RangeStreamResponse  range_response 1
 *   DeleteRangeResponse  header 1 · deleted 2 · prev_kvs 3
 *   TxnResponse          header 1 · succeeded 2 · responses 3 (ResponseOp: range 1, put 2, delete_range 3, txn 4)
 *   CompactionResponse   header 1
 *   HashKVResponse       header 1 · hash 2 · compact_revision 3 · hash_revision 4
 */
import { assert, unreachable } from '../base/assert.ts';
import { varint64Size, varintSize, writeVarint64 } from '../base/varint.ts';
import type { HashKvResult } from '../mvcc/hash-kv.ts';
import type { DeleteRangeResult, KeyValueBytes, OperationResult, PutResult, RangeResult, TxnResult } from '../mvcc/operations.ts';
import { fieldSize, ProtoWriter } from './proto-writer.ts';
import { type ResponseHeader, revisionHeaderSize, writeHeader, writeRevisionHeader } from './response-header.ts';

const TAG_HEADER = 0x0a;
const TAG_MESSAGE_2 = 0x12;
const TAG_MESSAGE_3 = 0x1a;
const TAG_MESSAGE_4 = 0x22;
const TAG_NUMBER_2 = 0x10;
const TAG_NUMBER_3 = 0x18;
const TAG_NUMBER_4 = 0x20;

/** One a thread: nothing in here calls out while it is being filled. */
const writer = new ProtoWriter();

export function encodePutResponse(header: ResponseHeader, result: PutResult): Uint8Array {
	return finish(header, () => writePutBody(result));
}

export function encodeRangeResponse(header: ResponseHeader, result: RangeResult): Uint8Array {
	writer.reserve(rangeBodySize(result) + 64);
	return finish(header, () => writeRangeBody(result));
}

/** A RangeResponse in pieces: a head, parts, a tail that may be empty; one after the other they are the response. */
export function encodeRangeHead(header: ResponseHeader): Uint8Array {
	return finish(header, () => {});
}

export function encodeRangePart(kvs: readonly KeyValueBytes[]): Uint8Array {
	writer.reserve(sizeOfAll(kvs));
	writeAll(TAG_MESSAGE_2, kvs);
	return writer.take();
}

export function encodeRangeTail({ more, count }: Pick<RangeResult, 'more' | 'count'>): Uint8Array {
	writer.number(TAG_NUMBER_3, more ? 1 : 0);
	writer.number(TAG_NUMBER_4, count);
	return writer.take();
}

/** A RangeStreamResponse of key-values alone, or the last one, which has a header and what there is to be said in the end. */
export function encodeRangeStreamResponse(
	kvs: readonly KeyValueBytes[],
	last: { readonly header: ResponseHeader; readonly result: RangeResult } | null,
): Uint8Array {
	const inner = last === null ? encodeRangePart(kvs) : encodeRangeResponse(last.header, last.result);
	writer.reserve(fieldSize(inner.length));
	writer.message(TAG_HEADER, inner);
	return writer.take();
}

export function encodeDeleteRangeResponse(header: ResponseHeader, result: DeleteRangeResult): Uint8Array {
	return finish(header, () => writeDeleteRangeBody(result));
}

export function encodeTxnResponse(header: ResponseHeader, result: TxnResult): Uint8Array {
	return finish(header, () => writeTxnBody(result));
}

export function encodeCompactionResponse(header: ResponseHeader): Uint8Array {
	return finish(header, () => {});
}

export function encodeHashKvResponse(header: ResponseHeader, result: HashKvResult): Uint8Array {
	return finish(header, () => {
		writer.number(TAG_NUMBER_2, result.hash);
		writeSigned(TAG_NUMBER_3, result.compactRevision);
		writer.number(TAG_NUMBER_4, result.hashRevision);
	});
}

function finish(header: ResponseHeader, body: () => void): Uint8Array {
	assert(writer.length === 0, 'two responses in one writer');
	writeHeader(writer, TAG_HEADER, header);
	body();
	return writer.take();
}

/** A compact revision is -1 before any compaction, and protobuf takes ten bytes for that. */
function writeSigned(tag: number, value: number): void {
	if (value >= 0) {
		writer.number(tag, value);
		return;
	}
	const bytes = new Uint8Array(1 + varint64Size(BigInt(value)));
	bytes[0] = tag;
	writeVarint64(bytes, 1, BigInt(value));
	writer.raw(bytes);
}

function writePutBody(result: PutResult): void {
	if (result.prevKv !== null) {
		writer.message(TAG_MESSAGE_2, result.prevKv);
	}
}

function putBodySize(result: PutResult): number {
	return result.prevKv === null ? 0 : fieldSize(result.prevKv.length);
}

function writeRangeBody(result: RangeResult): void {
	writeAll(TAG_MESSAGE_2, result.kvs);
	writer.number(TAG_NUMBER_3, result.more ? 1 : 0);
	writer.number(TAG_NUMBER_4, result.count);
}

function rangeBodySize(result: RangeResult): number {
	return sizeOfAll(result.kvs) + (result.more ? 2 : 0) + numberFieldSize(result.count);
}

function writeDeleteRangeBody(result: DeleteRangeResult): void {
	writer.number(TAG_NUMBER_2, result.deleted);
	writeAll(TAG_MESSAGE_3, result.prevKvs);
}

function deleteRangeBodySize(result: DeleteRangeResult): number {
	return numberFieldSize(result.deleted) + sizeOfAll(result.prevKvs);
}

function writeTxnBody(result: TxnResult): void {
	writer.number(TAG_NUMBER_2, result.succeeded ? 1 : 0);
	for (const each of result.results) {
		writer.head(TAG_MESSAGE_3, fieldSize(innerSize(each)));
		writeInner(each);
	}
}

function txnBodySize(result: TxnResult): number {
	let size = result.succeeded ? 2 : 0;
	for (const each of result.results) {
		size += fieldSize(fieldSize(innerSize(each)));
	}
	return size;
}

/** A response within a txn: one field of a ResponseOp. A nested txn's header is empty, as etcd leaves it. */
function writeInner(result: OperationResult): void {
	const revision = result.kind === 'txn' ? 0 : result.revision;
	writer.head(INNER_TAGS[result.kind], innerSize(result));
	writeRevisionHeader(writer, TAG_HEADER, revision);
	switch (result.kind) {
		case 'range':
			writeRangeBody(result);
			break;
		case 'put':
			writePutBody(result);
			break;
		case 'delete_range':
			writeDeleteRangeBody(result);
			break;
		case 'txn':
			writeTxnBody(result);
			break;
		default:
			unreachable(result);
	}
}

const INNER_TAGS = { range: TAG_HEADER, put: TAG_MESSAGE_2, delete_range: TAG_MESSAGE_3, txn: TAG_MESSAGE_4 } as const;

function innerSize(result: OperationResult): number {
	switch (result.kind) {
		case 'range':
			return fieldSize(revisionHeaderSize(result.revision)) + rangeBodySize(result);
		case 'put':
			return fieldSize(revisionHeaderSize(result.revision)) + putBodySize(result);
		case 'delete_range':
			return fieldSize(revisionHeaderSize(result.revision)) + deleteRangeBodySize(result);
		case 'txn':
			return fieldSize(0) + txnBodySize(result);
		default:
			return unreachable(result);
	}
}

function writeAll(tag: number, kvs: readonly KeyValueBytes[]): void {
	for (const kv of kvs) {
		writer.message(tag, kv);
	}
}

function sizeOfAll(kvs: readonly KeyValueBytes[]): number {
	let size = 0;
	for (const kv of kvs) {
		size += fieldSize(kv.length);
	}
	return size;
}

function numberFieldSize(value: number): number {
	return value === 0 ? 0 : 1 + varintSize(value);
}
