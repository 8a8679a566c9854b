/**
 * The keyspace as the Lock and Election services use it: through the lane, with the checks that any client's request goes through. What they
 * ask for is written as a client would write it. Used by line.ts and the two services.
 */
import { checkRange } from '../../auth/check.ts';
import { CODES } from '../../base/codes.ts';
import type { RangeOperation, RangeResult } from '../../mvcc/operations.ts';
import { readRange } from '../../mvcc/range.ts';
import { COMMAND_KIND, type CommandKind } from '../../protocol/command.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { decodeDeleteRange, decodeTxn } from '../../rpc/kv-codec.ts';
import { encodeLeaseGrant } from '../../rpc/lease-codec.ts';
import { checkDelete, checkTxn } from '../../rpc/validate-kv.ts';
import type { Caller } from '../access/served-method.ts';
import type { ServiceContext } from '../grpc/service-context.ts';
import { type Done, good, refusedWith } from './failure.ts';

const { DeleteRangeRequest, DeleteRangeResponse, LeaseGrantResponse, TxnRequest, TxnResponse } = etcdserverpb;

/** etcd's sessions last so long when the caller names no lease of its own. */
const SESSION_SECONDS = 60;

export class LaneKeys {
	readonly #context: ServiceContext;
	readonly #caller: Caller;

	/** caller: by whose rights. A call that waits is judged anew whenever it looks or writes. */
	constructor(context: ServiceContext, caller: Caller) {
		this.#context = context;
		this.#caller = caller;
	}

	txn(request: etcdserverpb.TxnRequest.$Properties, done: Done<ReturnType<typeof TxnResponse.decode>>): void {
		const bytes = TxnRequest.encode(request).finish();
		const operation = decodeTxn(bytes);
		const refusal = operation === null ? CODES.request_too_large.code : checkTxn(operation, this.#context.options.maxTxnOps);
		this.#propose(COMMAND_KIND.txn, bytes, refusal, (response) => TxnResponse.decode(response), done);
	}

	delete(key: Uint8Array, done: Done<ReturnType<typeof DeleteRangeResponse.decode>>): void {
		const bytes = DeleteRangeRequest.encode({ key }).finish();
		const operation = decodeDeleteRange(bytes);
		const refusal = operation === null ? CODES.request_too_large.code : checkDelete(operation);
		this.#propose(COMMAND_KIND.delete_range, bytes, refusal, (response) => DeleteRangeResponse.decode(response), done);
	}

	/** The lease that a caller names, or for 0 one that nobody keeps alive, as in etcd. */
	session(lease: bigint, done: Done<bigint>): void {
		if (lease !== 0n) {
			done(good(lease));
			return;
		}
		const id = this.#context.randomId();
		const body = encodeLeaseGrant({ id, ttl: SESSION_SECONDS });
		this.#propose(
			COMMAND_KIND.lease_grant,
			body,
			CODES.ok.code,
			(response) => {
				LeaseGrantResponse.decode(response);
				return id;
			},
			done,
		);
	}

	/** What this member holds now. It holds what it was answered itself, but may lack what others were. */
	local(operation: RangeOperation, done: Done<RangeResult>): void {
		const { lane, tables } = this.#context;
		const who = this.#caller.identify();
		if (typeof who === 'number') {
			done(refusedWith(who));
			return;
		}
		const result = lane.reader.read((view) => {
			const code = checkRange(tables.of(view), who, operation);
			return code === CODES.ok.code ? readRange(view, operation) : { kind: 'refusal' as const, code };
		});
		done(result.kind === 'refusal' ? refusedWith(result.code) : good(result));
	}

	linearizable(operation: RangeOperation, done: Done<RangeResult>): void {
		this.#context.lane.awaitLinearizable((code) => {
			if (code === CODES.ok.code) {
				this.local(operation, done);
			} else {
				done(refusedWith(code));
			}
		});
	}

	#propose<T>(kind: CommandKind, body: Uint8Array, refusal: number, decode: (response: Uint8Array) => T, done: Done<T>): void {
		const who = this.#caller.identify();
		if (refusal !== CODES.ok.code) {
			done(refusedWith(refusal));
		} else if (typeof who === 'number') {
			done(refusedWith(who));
		} else if (body.length > this.#context.options.maxRequestBytes) {
			done(refusedWith(CODES.request_too_large.code));
		} else {
			const answer = (code: number, response: Uint8Array): void => done(code === CODES.ok.code ? good(decode(response)) : refusedWith(code));
			this.#context.lane.propose(kind, body, answer, who);
		}
	}
}
