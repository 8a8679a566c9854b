/** A recorded request as the protocol's bytes, and its answer as recorded. Keys and values are ASCII; long values are recorded as their beginning and a checksum. */
import { crc32 } from 'node:zlib';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import type { Method } from '../../support/grpc-client.ts';
import type { Answer, Kv, KvRequest, Outcome } from '../history.ts';

type Codec = { encode(message: never): { finish(): Uint8Array } };
type Answered = Extract<Outcome, { kind: 'ok' }>;

const SHOWN_CHARACTERS = 40;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Wide {
	toString(): string;
}

export interface KvMessage {
	readonly key?: Uint8Array | null;
	readonly value?: Uint8Array | null;
	readonly create_revision?: Wide | null;
	readonly mod_revision?: Wide | null;
	readonly version?: Wide | null;
}

/** What a call of this request is: the path, its bytes, and how its answer is read. */
export function methodOf(request: KvRequest): Method<KvRequest, Answered> {
	switch (request.kind) {
		case 'put':
			return method(
				'Put',
				pb.PutRequest,
				(bytes) => pb.PutResponse.decode(bytes),
				() => ({ kind: 'put' }),
			);
		case 'delete':
			return method('DeleteRange', pb.DeleteRangeRequest, (bytes: Uint8Array) => pb.DeleteRangeResponse.decode(bytes), toDeleted);
		case 'range':
			return method('Range', pb.RangeRequest, (bytes: Uint8Array) => pb.RangeResponse.decode(bytes), toRange);
		case 'txn':
			return method('Txn', pb.TxnRequest, (bytes: Uint8Array) => pb.TxnResponse.decode(bytes), toTxn);
		case 'compact':
			return method(
				'Compact',
				pb.CompactionRequest,
				(bytes) => pb.CompactionResponse.decode(bytes),
				() => ({ kind: 'compact' }),
			);
	}
}

/** As it is recorded; two different long values are recorded differently. */
export function shorten(value: string): string {
	return value.length <= 2 * SHOWN_CHARACTERS ? value : `${value.slice(0, SHOWN_CHARACTERS)}…${value.length}:${crc32(value).toString(16)}`;
}

export function toKv(message: KvMessage): Kv {
	return {
		key: text(message.key),
		value: shorten(text(message.value)),
		create: toNumber(message.create_revision),
		mod: toNumber(message.mod_revision),
		version: toNumber(message.version),
	};
}

export function toNumber(value: Wide | null | undefined): number {
	return value === null || value === undefined ? 0 : Number(value.toString());
}

export function text(bytes: Uint8Array | null | undefined): string {
	return bytes === null || bytes === undefined ? '' : decoder.decode(bytes);
}

type Header = { readonly header?: { readonly revision?: Wide | null } | null | undefined };

function method<Response extends Header>(
	name: string,
	codec: Codec,
	decode: (bytes: Uint8Array) => Response,
	toAnswer: (response: NoInfer<Response>) => Answer,
): Method<KvRequest, Answered> {
	return {
		path: `/etcdserverpb.KV/${name}`,
		encode: (request) => codec.encode(toMessage(request) as never).finish(),
		decode: (bytes) => {
			const response = decode(bytes);
			return { kind: 'ok', revision: toNumber(response.header?.revision), answer: toAnswer(response) };
		},
	};
}

function toMessage(request: KvRequest): object {
	switch (request.kind) {
		case 'put':
			return { key: encoder.encode(request.key), value: encoder.encode(request.value) };
		case 'delete':
			return { key: encoder.encode(request.key), range_end: encoder.encode(request.rangeEnd) };
		case 'range': {
			const { key, rangeEnd, revision, limit, serializable } = request;
			return { key: encoder.encode(key), range_end: encoder.encode(rangeEnd), revision, limit, serializable };
		}
		case 'txn':
			return {
				compare: request.compare.map(({ key, mod }) => ({
					key: encoder.encode(key),
					target: pb.Compare.CompareTarget.MOD,
					result: pb.Compare.CompareResult.EQUAL,
					mod_revision: mod,
				})),
				success: request.success.map(toOperation),
				failure: request.failure.map(toOperation),
			};
		case 'compact':
			return { revision: request.revision, physical: false };
	}
}

function toOperation(request: KvRequest): object {
	const name = { put: 'request_put', delete: 'request_delete_range', range: 'request_range', txn: 'request_txn', compact: '' }[request.kind];
	return { [name]: toMessage(request) };
}

function toDeleted(response: { readonly deleted?: Wide | null }): Answer {
	return { kind: 'delete', deleted: toNumber(response.deleted) };
}

function toRange(response: { readonly kvs?: readonly KvMessage[] | null; readonly count?: Wide | null; readonly more?: boolean | null }): Answer {
	return { kind: 'range', kvs: (response.kvs ?? []).map(toKv), count: toNumber(response.count), more: response.more ?? false };
}

function toTxn({ succeeded, responses }: ReturnType<typeof pb.TxnResponse.decode>): Answer {
	const answers = (responses ?? []).map(({ response_put, response_delete_range, response_range }): Answer => {
		if (response_range) {
			return toRange(response_range);
		}
		return response_delete_range && !response_put ? toDeleted(response_delete_range) : { kind: 'put' };
	});
	return { kind: 'txn', succeeded, answers };
}
