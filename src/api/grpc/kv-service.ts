/**
 * etcdserverpb.KV. Requests are decoded here to be checked; what changes the store goes on as the client's own bytes
 * and comes back as a finished response. Reads are done here, on the lane's thread: range-call.ts, range-stream.ts, and txns of ranges in one view.
 */
import { putCost, txnCost } from '../../alarms/cost.ts';
import { checkTxn as checkRights } from '../../auth/check.ts';
import type { Identity } from '../../auth/identity.ts';
import { CODES } from '../../base/codes.ts';
import { LONG_READS_ADDRESS_MAX, LONG_READS_MAX, LONG_READS_WAITING_MAX, RANGE_STREAMS_MAX } from '../../base/limits.ts';
import { isReadOnly, readTxn } from '../../mvcc/execute.ts';
import type { TxnOperation } from '../../mvcc/operations.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import { decodeCompact, decodeDeleteRange, decodePut, decodeRange, decodeTxn } from '../../rpc/kv-codec.ts';
import { encodeTxnResponse } from '../../rpc/kv-responses.ts';
import { checkCompact, checkDelete, checkPut, checkRange, checkTxn } from '../../rpc/validate-kv.ts';
import type { ServedMethod } from '../access/served-method.ts';
import { LongReads } from './long-reads.ts';
import { QuotaGate } from './quota-gate.ts';
import { answerRange } from './range-call.ts';
import { rangeStreamMethod } from './range-stream.ts';
import { type Read, ReadTurns } from './read-turns.ts';
import { failMalformed, failWithCode, headerAt, type ServiceContext } from './service-context.ts';

/** etcd measures the request as it stands in its log: with a header (request id) and the tags around both. */
const ENTRY_OVERHEAD_BYTES = 18;

/** Each waits for its caller after every page. */
const RANGE_STREAMS_BOUNDS = { all: RANGE_STREAMS_MAX, ofConnection: RANGE_STREAMS_MAX, ofAddress: RANGE_STREAMS_MAX };

interface KvContext extends ServiceContext {
	readonly turns: ReadTurns;
	/** Of reads of one key, which do not stand in line behind a thousand large ones. */
	readonly keyTurns: ReadTurns;
	readonly longReads: LongReads;
	readonly quota: QuotaGate;
}

export function kvMethods(ports: ServiceContext): ReadonlyMap<string, ServedMethod> {
	const { later } = ports;
	const longReads = new LongReads(later, { all: LONG_READS_MAX, ofConnection: 1, ofAddress: LONG_READS_ADDRESS_MAX });
	const context: KvContext = {
		...ports,
		turns: new ReadTurns(later, ({ connection }) => longReads.waitingOf(connection) >= LONG_READS_WAITING_MAX),
		keyTurns: new ReadTurns(later),
		longReads,
		quota: new QuotaGate(ports),
	};
	return new Map<string, ServedMethod>([
		['Range', { shape: 'unary', handle: (request, call, who) => range(context, request, call, who) }],
		['RangeStream', rangeStreamMethod({ ...context, longReads: new LongReads(later, RANGE_STREAMS_BOUNDS) })],
		['Put', { shape: 'unary', handle: (request, call, who) => put(context, request, call, who) }],
		['DeleteRange', { shape: 'unary', handle: (request, call, who) => deleteRange(context, request, call, who) }],
		['Txn', { shape: 'unary', handle: (request, call, who) => txn(context, request, call, who) }],
		['Compact', { shape: 'unary', handle: (request, call, who) => compact(context, request, call, who) }],
	]);
}

function range(context: KvContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const operation = decodeRange(request);
	if (operation === null) {
		failMalformed(call);
	} else if (context.lane.isLearner && !operation.serializable) {
		failWithCode(call, CODES.not_for_learner.code);
	} else if (isAccepted(call, checkRange(operation))) {
		const turns = operation.rangeEnd.length === 0 ? context.keyTurns : context.turns;
		whenReadable({ lane: context.lane, turns }, operation.serializable, call, () => answerRange(context, operation, call, who));
	}
}

function put(context: KvContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const operation = decodePut(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkPut(operation))) {
		propose(context, { kind: COMMAND_KIND.put, cost: putCost(operation), who }, request, call);
	}
}

function deleteRange(context: KvContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const operation = decodeDeleteRange(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkDelete(operation))) {
		propose(context, { kind: COMMAND_KIND.delete_range, cost: 0, who }, request, call);
	}
}

/** A txn of ranges alone is a read; without any operation it is one that need not be linearizable (reference 2.6). */
function txn(context: KvContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const operation = decodeTxn(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkTxn(operation, context.options.maxTxnOps))) {
		if (isReadOnly(operation)) {
			whenReadable(context, isSerializable(operation), call, () => answerTxn(context, operation, call, who));
		} else {
			propose(context, { kind: COMMAND_KIND.txn, cost: txnCost(operation), who }, request, call);
		}
	}
}

/** A physical one is answered once this member's store has swept; the store holds its answer until then. */
function compact(context: KvContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const operation = decodeCompact(request);
	if (operation === null) {
		failMalformed(call);
	} else if (isAccepted(call, checkCompact(operation))) {
		propose(context, { kind: COMMAND_KIND.compact, cost: 0, who }, request, call);
	}
}

/** cost: what it adds to the store, by which the quota may refuse it. */
function propose(
	context: KvContext,
	{ kind, cost, who }: { readonly kind: CommandKind; readonly cost: number; readonly who: Identity },
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
	const answer = (code: number, response: Uint8Array): void => {
		if (code === CODES.ok.code) {
			call.succeed(response);
		} else {
			failWithCode(call, code);
		}
	};
	context.lane.proposePlain(kind, request, answer, who);
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
function answerTxn(context: KvContext, operation: TxnOperation, call: RpcCall, who: Identity): number {
	const result = context.lane.reader.read((view) => {
		const code = checkRights({ auth: context.tables.of(view), who, view }, operation);
		return code === CODES.ok.code ? readTxn(view, readStoreState(view), operation) : { kind: 'refusal' as const, code };
	});
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
