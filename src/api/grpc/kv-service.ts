/**
 * etcdserverpb.KV. Requests are decoded here to be checked; what changes the store goes on as the client's own bytes
 * and comes back as a finished response. Reads are done here, on the lane's thread: range-call.ts, range-stream.ts, and txns of ranges in one view.
 */
import { putCost, txnCost } from '../../alarms/cost.ts';
import { CODES } from '../../base/codes.ts';
import { LONG_READS_MAX, RANGE_STREAMS_MAX } from '../../base/limits.ts';
import { isReadOnly, readTxn } from '../../mvcc/execute.ts';
import type { TxnOperation } from '../../mvcc/operations.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import type { RpcCall, RpcMethod } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import { decodeCompact, decodeDeleteRange, decodePut, decodeRange, decodeTxn } from '../../rpc/kv-codec.ts';
import { encodeTxnResponse } from '../../rpc/kv-responses.ts';
import { checkCompact, checkDelete, checkPut, checkRange, checkTxn } from '../../rpc/validate-kv.ts';
import { LongReads } from './long-reads.ts';
import { QuotaGate } from './quota-gate.ts';
import { answerRange } from './range-call.ts';
import { rangeStreamMethod } from './range-stream.ts';
import { type Read, ReadTurns } from './read-turns.ts';
import { failMalformed, failWithCode, headerAt, type ServiceContext } from './service-context.ts';

/** etcd measures the request as it stands in its log: with a header (request id) and the tags around both. */
const ENTRY_OVERHEAD_BYTES = 18;

interface KvContext extends ServiceContext {
	readonly turns: ReadTurns;
	/** Of reads of one key, which do not stand in line behind a thousand large ones. */
	readonly keyTurns: ReadTurns;
	readonly longReads: LongReads;
	readonly quota: QuotaGate;
}

export function kvMethods(ports: ServiceContext): ReadonlyMap<string, RpcMethod> {
	const { later } = ports;
	const context: KvContext = {
		...ports,
		turns: new ReadTurns(later),
		keyTurns: new ReadTurns(later),
		longReads: new LongReads(later, LONG_READS_MAX),
		quota: new QuotaGate(ports),
	};
	return new Map<string, RpcMethod>([
		['Range', { shape: 'unary', handle: (request, call) => range(context, request, call) }],
		['RangeStream', rangeStreamMethod({ ...context, longReads: new LongReads(later, RANGE_STREAMS_MAX) })],
		['Put', { shape: 'unary', handle: (request, call) => put(context, request, call) }],
		['DeleteRange', { shape: 'unary', handle: (request, call) => deleteRange(context, request, call) }],
		['Txn', { shape: 'unary', handle: (request, call) => txn(context, request, call) }],
		['Compact', { shape: 'unary', handle: (request, call) => compact(context, request, call) }],
	]);
}

function range(context: KvContext, request: Uint8Array, call: RpcCall): void {
	const operation = decodeRange(request);
	if (operation === null) {
		failMalformed(call);
	} else if (context.lane.isLearner && !operation.serializable) {
		failWithCode(call, CODES.not_for_learner.code);
	} else if (isAccepted(call, checkRange(operation))) {
		const turns = operation.rangeEnd.length === 0 ? context.keyTurns : context.turns;
		whenReadable({ lane: context.lane, turns }, operation.serializable, call, () => answerRange(context, operation, call));
	}
}

function put(context: KvContext, request: Uint8Array, call: RpcCall): void {
	const operation = decodePut(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkPut(operation))) {
		propose(context, { kind: COMMAND_KIND.put, cost: putCost(operation) }, request, call);
	}
}

function deleteRange(context: KvContext, request: Uint8Array, call: RpcCall): void {
	const operation = decodeDeleteRange(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkDelete(operation))) {
		propose(context, { kind: COMMAND_KIND.delete_range, cost: 0 }, request, call);
	}
}

/** A txn of ranges alone is a read; without any operation it is one that need not be linearizable (reference 2.6). */
function txn(context: KvContext, request: Uint8Array, call: RpcCall): void {
	const operation = decodeTxn(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkTxn(operation, context.options.maxTxnOps))) {
		if (isReadOnly(operation)) {
			whenReadable(context, isSerializable(operation), call, () => answerTxn(context, operation, call));
		} else {
			propose(context, { kind: COMMAND_KIND.txn, cost: txnCost(operation) }, request, call);
		}
	}
}

/** A physical one is answered once this member's store has swept; the store holds its answer until then. */
function compact(context: KvContext, request: Uint8Array, call: RpcCall): void {
	const operation = decodeCompact(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkCompact(operation))) {
		propose(context, { kind: COMMAND_KIND.compact, cost: 0 }, request, call);
	}
}

/** cost: what it adds to the store, by which the quota may refuse it. */
function propose(
	context: KvContext,
	{ kind, cost }: { readonly kind: CommandKind; readonly cost: number },
	request: Uint8Array,
	call: RpcCall,
): void {
	if (request.length + ENTRY_OVERHEAD_BYTES > context.options.maxRequestBytes) {
		failWithCode(call, CODES.request_too_large.code);
		return;
	}
	if (!context.quota.admits(cost)) {
		context.quota.refuse((code) => failWithCode(call, code));
		return;
	}
	context.lane.proposePlain(kind, request, (code, response) => {
		if (code === CODES.ok.code) {
			call.succeed(response);
		} else {
			failWithCode(call, code);
		}
	});
}

function whenReadable(context: Pick<KvContext, 'lane' | 'turns'>, serializable: boolean, call: RpcCall, read: Read): void {
	if (serializable) {
		context.turns.run(call, read);
		return;
	}
	context.lane.awaitLinearizable((code) => {
		if (call.isOver) {
			return;
		}
		if (isAccepted(call, code)) {
			context.turns.run(call, read);
		}
	});
}

/** Gives the bytes of the answer, as answerRange does. */
function answerTxn(context: KvContext, operation: TxnOperation, call: RpcCall): number {
	const result = context.lane.reader.read((view) => readTxn(view, readStoreState(view), operation));
	if (result.kind === 'refusal') {
		failWithCode(call, result.code);
		return 0;
	}
	const response = encodeTxnResponse(headerAt(context, result.revision), result);
	call.succeed(response);
	return response.length;
}

function isSerializable(operation: TxnOperation): boolean {
	return [...operation.success, ...operation.failure].every((each) => each.kind === 'range' && each.serializable);
}

function isAccepted(call: RpcCall, code: number): boolean {
	if (code !== CODES.ok.code) {
		failWithCode(call, code);
		return false;
	}
	return true;
}
