/**
 * KV.Range. What one page can hold is answered at once, which is nearly every range; a larger one is read in pages, and its answer is encoded as they
 * come and sent in pieces, so that it exists once. One on whose heels a compaction was is begun anew, if it asked for no revision of its own.
 */
import type { Identity } from '../../auth/identity.ts';
import { CODES, GRPC } from '../../base/codes.ts';
import { ANSWER_BYTES_MAX, RANGE_RESTARTS_MAX } from '../../base/limits.ts';
import type { KeyValueBytes, RangeOperation } from '../../mvcc/operations.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { encodeRangeHead, encodeRangePart, encodeRangeResponse, encodeRangeTail } from '../../rpc/kv-responses.ts';
import type { LongRead, LongReads } from './long-reads.ts';
import { PagedRange } from './paged-range.ts';
import { failWithCode, headerAt, type ServiceContext } from './service-context.ts';

export interface RangeContext extends ServiceContext {
	readonly longReads: LongReads;
}

/** Reading costs about as much as so many bytes of an answer. */
const COST_BYTES = 1_024;

/** What it took of the lane's turn, in bytes of an answer. */
export function answerRange(context: RangeContext, operation: RangeOperation, call: RpcCall, who: Identity): number {
	const range = new PagedRange(context.lane, operation, { who, tables: context.tables });
	const kvs: KeyValueBytes[] = [];
	const outcome = range.page((kv) => kvs.push(kv));
	const spent = range.cost * COST_BYTES;
	if (typeof outcome === 'number') {
		failWithCode(call, outcome);
		return spent;
	}
	if (outcome === 'more') {
		const large = new LargeRange(context, { operation, call, who });
		if (context.longReads.isFreeFor(large)) {
			large.begin(range, kvs);
		}
		if (!context.longReads.add(large)) {
			large.release();
			failWithCode(call, CODES.too_many_requests.code);
		}
		return spent;
	}
	const { revision, count, more } = range;
	const response = encodeRangeResponse(headerAt(context, revision), { kind: 'range', revision, kvs, more, count });
	call.succeed(response);
	return Math.max(spent, response.length);
}

class LargeRange implements LongRead {
	readonly #context: RangeContext;
	readonly #operation: RangeOperation;
	readonly #call: RpcCall;
	readonly #who: Identity;
	#range: PagedRange;
	#pieces: Uint8Array[] = [];
	#bytes = 0;
	#restarts = 0;

	/** Nothing is read yet: of those that wait, nothing is in memory. */
	constructor(
		context: RangeContext,
		{ operation, call, who }: { readonly operation: RangeOperation; readonly call: RpcCall; readonly who: Identity },
	) {
		this.#context = context;
		this.#operation = operation;
		this.#call = call;
		this.#who = who;
		this.#range = new PagedRange(context.lane, operation, { who, tables: context.tables });
	}

	get connection(): object {
		return this.#call.connection;
	}

	get remoteAddress(): string {
		return this.#call.remoteAddress;
	}

	get isOver(): boolean {
		return this.#call.isOver;
	}

	/** Its connection still sends another one: only one such answer waits there. Or its address has been made enough. */
	get mustWait(): boolean {
		return this.#call.isLoaded;
	}

	/** With its first page, which was just read: it goes on at once. */
	begin(range: PagedRange, kvs: readonly KeyValueBytes[]): void {
		range.hold();
		this.#range = range;
		this.#take(kvs);
	}

	release(): void {
		this.#range.release();
	}

	page(): boolean {
		const goesOn = !this.#call.isOver && this.#read();
		if (!goesOn) {
			this.release();
		}
		return goesOn;
	}

	#read(): boolean {
		const kvs: KeyValueBytes[] = [];
		const outcome = this.#range.page((kv) => kvs.push(kv));
		if (typeof outcome === 'number') {
			return this.#maybeRestart(outcome);
		}
		this.#take(kvs);
		if (this.#bytes > ANSWER_BYTES_MAX) {
			this.#call.fail(GRPC.resourceExhausted, `grpc: trying to send message larger than max (${this.#bytes} vs. ${ANSWER_BYTES_MAX})`);
			return false;
		}
		if (outcome === 'more') {
			this.#range.hold();
			return true;
		}
		const tail = encodeRangeTail(this.#range);
		// Of nothing, count and more are both left out: protobuf writes no zeros.
		if (tail.length > 0) {
			this.#push(tail);
		}
		this.#call.succeedInPieces(this.#pieces);
		return false;
	}

	/** A range that named its revision could as well have come after the compaction. */
	#maybeRestart(code: number): boolean {
		if (code !== CODES.compacted.code || this.#operation.revision > 0 || this.#restarts === RANGE_RESTARTS_MAX) {
			failWithCode(this.#call, code);
			return false;
		}
		this.#restarts++;
		this.#range.release();
		this.#range = new PagedRange(this.#context.lane, this.#operation, { who: this.#who, tables: this.#context.tables });
		this.#pieces = [];
		this.#bytes = 0;
		return true;
	}

	#take(kvs: readonly KeyValueBytes[]): void {
		if (this.#pieces.length === 0) {
			this.#push(encodeRangeHead(headerAt(this.#context, this.#range.revision)));
		}
		if (kvs.length > 0) {
			this.#push(encodeRangePart(kvs));
		}
	}

	#push(piece: Uint8Array): void {
		this.#pieces.push(piece);
		this.#bytes += piece.length;
	}
}
