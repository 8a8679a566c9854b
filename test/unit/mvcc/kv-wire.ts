/** One request in both notations, JSON for etcd's gateway and protobuf for quorate, and both answers in one plain form. Used by the comparison with etcd. */
import { CODES } from '../../../src/base/codes.ts';
import { executeDeleteRange, executePut, executeTxn } from '../../../src/mvcc/execute.ts';
import type { Compare, Operation, RangeOperation, TxnOperation } from '../../../src/mvcc/operations.ts';
import { readRange } from '../../../src/mvcc/range.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { decodeDeleteRange, decodePut, decodeRange, decodeTxn } from '../../../src/rpc/kv-codec.ts';
import { encodeDeleteRangeResponse, encodePutResponse, encodeRangeResponse, encodeTxnResponse } from '../../../src/rpc/kv-responses.ts';
import { makeHeaderIds } from '../../../src/rpc/response-header.ts';
import { checkDelete, checkPut, checkRange, checkTxn } from '../../../src/rpc/validate-kv.ts';
import type { Subject } from './subject.ts';

type Wire = Record<string, unknown>;
const MAX_TXN_OPS = 128;

export const RPC = { put: 'put', delete_range: 'deleterange', range: 'range', txn: 'txn' } as const;

/** With protobuf's names; bytes stay bytes. */
export function toWire(operation: Operation): Wire {
	switch (operation.kind) {
		case 'put':
			return {
				key: operation.key,
				value: operation.value,
				lease: Number(operation.lease),
				prev_kv: operation.prevKv,
				ignore_value: operation.ignoreValue,
				ignore_lease: operation.ignoreLease,
			};
		case 'delete_range':
			return { key: operation.key, range_end: operation.rangeEnd, prev_kv: operation.prevKv };
		case 'range':
			return rangeToWire(operation);
		case 'txn':
			return { compare: operation.compares.map(compareToWire), success: operation.success.map(opToWire), failure: operation.failure.map(opToWire) };
		default:
			return {};
	}
}

function rangeToWire(operation: RangeOperation): Wire {
	return {
		key: operation.key,
		range_end: operation.rangeEnd,
		limit: operation.limit,
		revision: operation.revision,
		sort_order: operation.sortOrder,
		sort_target: operation.sortTarget,
		keys_only: operation.keysOnly,
		count_only: operation.countOnly,
		min_mod_revision: operation.minModRevision,
		max_mod_revision: operation.maxModRevision,
		min_create_revision: operation.minCreateRevision,
		max_create_revision: operation.maxCreateRevision,
	};
}

function compareToWire(compare: Compare): Wire {
	const union = [
		{ version: compare.number },
		{ create_revision: compare.number },
		{ mod_revision: compare.number },
		{ value: compare.value },
		{ lease: Number(compare.lease) },
	][compare.target] as Wire;
	return { result: compare.result, target: compare.target, key: compare.key, range_end: compare.rangeEnd, ...union };
}

function opToWire(operation: Operation): Wire {
	const names = { put: 'request_put', delete_range: 'request_delete_range', range: 'request_range', txn: 'request_txn', unset: 'unset' } as const;
	return operation.kind === 'unset' ? {} : { [names[operation.kind]]: toWire(operation) };
}

/** As etcd's JSON gateway takes it. */
export function toJson(wire: Wire): string {
	return JSON.stringify(wire, (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value));
}

/** Through quorate's codec, checks, keyspace and responses; the error's text if it is refused. */
export function answerOf(subject: Subject, operation: Operation): Wire | string {
	const { latest } = subject;
	const header = (revision: number) => ({ ids: makeHeaderIds(1n, 2n), revision, term: 1 });
	const wire = toWire(operation) as never;
	if (operation.kind === 'put') {
		const put = decodePut(pb.PutRequest.encode(wire).finish());
		const code = put === null ? 0 : checkPut(put);
		const result = put === null || code !== 0 ? refusal(code) : subject.write((view, state) => executePut({ view, state, latest }, put));
		return result.kind === 'refusal'
			? textOfCode(result.code)
			: plain('put', pb.PutResponse.decode(encodePutResponse(header(result.revision), result)));
	}
	if (operation.kind === 'delete_range') {
		const del = decodeDeleteRange(pb.DeleteRangeRequest.encode(wire).finish());
		const code = del === null ? 0 : checkDelete(del);
		const result = del === null || code !== 0 ? refusal(code) : subject.write((view, state) => executeDeleteRange({ view, state, latest }, del));
		if (result.kind === 'refusal') {
			return textOfCode(result.code);
		}
		return plain('delete_range', pb.DeleteRangeResponse.decode(encodeDeleteRangeResponse(header(result.revision), result)));
	}
	if (operation.kind === 'range') {
		const range = decodeRange(pb.RangeRequest.encode(wire).finish());
		const code = range === null ? 0 : checkRange(range);
		const result = range === null || code !== 0 ? refusal(code) : subject.engine.read((view) => readRange(view, range, latest));
		return result.kind === 'refusal'
			? textOfCode(result.code)
			: plain('range', pb.RangeResponse.decode(encodeRangeResponse(header(result.revision), result)));
	}
	return txnAnswer(subject, pb.TxnRequest.encode(wire).finish());
}

function txnAnswer(subject: Subject, bytes: Uint8Array): Wire | string {
	const { latest } = subject;
	const txn: TxnOperation | null = decodeTxn(bytes);
	const code = txn === null ? 0 : checkTxn(txn, MAX_TXN_OPS);
	const result = txn === null || code !== 0 ? refusal(code) : subject.write((view, state) => executeTxn({ view, state, latest }, txn));
	if (result.kind === 'refusal') {
		return textOfCode(result.code);
	}
	const header = { ids: makeHeaderIds(1n, 2n), revision: result.revision, term: 1 };
	return plain('txn', pb.TxnResponse.decode(encodeTxnResponse(header, result)));
}

function refusal(code: number): { readonly kind: 'refusal'; readonly code: number } {
	return { kind: 'refusal', code };
}

export function textOfCode(code: number): string {
	return Object.values(CODES).find((row) => row.code === code)?.text ?? `code ${code}`;
}

export type ResponseKind = keyof typeof RPC;

/** A response of either side (protobuf message or gateway JSON) without the ids, with all defaults spelled out. */
export function plain(kind: ResponseKind, response: unknown): Wire {
	const from = response as Wire;
	const revision = number((from['header'] as Wire | undefined)?.['revision']);
	switch (kind) {
		case 'put':
			return { revision, prevKv: from['prev_kv'] ? plainKv(from['prev_kv']) : null };
		case 'delete_range':
			return { revision, deleted: number(from['deleted']), prevKvs: list(from['prev_kvs']).map(plainKv) };
		case 'range':
			return { revision, kvs: list(from['kvs']).map(plainKv), more: from['more'] ?? false, count: number(from['count']) };
		default:
			return { revision, succeeded: from['succeeded'] ?? false, responses: list(from['responses']).map(plainOp) };
	}
}

function plainOp(op: unknown): Wire {
	for (const kind of ['range', 'put', 'delete_range', 'txn'] as const) {
		const inner = (op as Wire)[`response_${kind}`];
		if (inner !== undefined && inner !== null) {
			return { [kind]: plain(kind, inner) };
		}
	}
	return { nothing: true };
}

function plainKv(kv: unknown): Wire {
	const { key, create_revision, mod_revision, version, value, lease } = kv as Wire;
	return {
		key: hex(key),
		create: number(create_revision),
		mod: number(mod_revision),
		version: number(version),
		value: hex(value),
		lease: number(lease),
	};
}

function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

/** Of a number, a Long, a gateway's decimal string, or nothing. */
function number(value: unknown): number {
	return value === undefined || value === null ? 0 : Number(String(value));
}

function hex(value: unknown): string {
	return typeof value === 'string'
		? Buffer.from(value, 'base64').toString('hex')
		: Buffer.from((value as Uint8Array | undefined) ?? []).toString('hex');
}
