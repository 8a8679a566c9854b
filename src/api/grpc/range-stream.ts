/**
 * KV.RangeStream (etcd 3.7, reference/etcd-surface.md 2.4): a range in the order of keys, a chunk a page, no faster than its caller takes it. Only the
 * last chunk has a header, whether there is more, and the count. As in etcd, a compaction may overtake it: then it ends as compacted.
 */
import { EMPTY_BYTES } from '../../base/bytes.ts';
import { CODES, codeRow, GRPC } from '../../base/codes.ts';
import { type KeyValueBytes, type RangeOperation, SORT_ORDER, SORT_TARGET } from '../../mvcc/operations.ts';
import { hasFilter } from '../../mvcc/range-reading.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import { decodeRange } from '../../rpc/kv-codec.ts';
import { encodeRangeStreamResponse } from '../../rpc/kv-responses.ts';
import { checkRange } from '../../rpc/validate-kv.ts';
import type { Caller, ServedStream } from '../access/served-method.ts';
import type { LongRead } from './long-reads.ts';
import { PagedRange } from './paged-range.ts';
import type { RangeContext } from './range-call.ts';
import { endWithCode, headerAt, UNREADABLE_MESSAGE } from './service-context.ts';

export function rangeStreamMethod(context: RangeContext): ServedStream {
	return { shape: 'stream', open: (stream, caller) => new RangeStreamCall(context, stream, caller) };
}

class RangeStreamCall implements RpcStreamEvents, LongRead {
	readonly mustWait = false;
	readonly connection: object;
	readonly remoteAddress: string;
	readonly #context: RangeContext;
	readonly #stream: RpcStream;
	readonly #caller: Caller;
	/** null: not asked yet. */
	#range: PagedRange | null = null;
	#hasAsked = false;
	#asked: Uint8Array = EMPTY_BYTES;
	/** The caller has taken what it was sent. */
	#flows = true;
	#isOver = false;

	constructor(context: RangeContext, stream: RpcStream, caller: Caller) {
		this.#context = context;
		this.#stream = stream;
		this.connection = stream.connection;
		this.remoteAddress = stream.remoteAddress;
		this.#caller = caller;
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	message(bytes: Uint8Array): void {
		if (this.#hasAsked || this.#isOver) {
			return;
		}
		this.#hasAsked = true;
		const operation = decodeRange(bytes);
		if (operation === null) {
			this.#end(GRPC.internal, UNREADABLE_MESSAGE);
			return;
		}
		this.#asked = bytes;
		const code = checkRange(operation);
		const unsupported = findUnsupported(operation);
		if (code !== CODES.ok.code) {
			this.#fail(code);
		} else if (unsupported !== null) {
			this.#end(GRPC.unimplemented, unsupported);
		} else if (operation.serializable) {
			this.#begin(operation);
		} else {
			this.#context.lane.awaitLinearizable((refusal) => {
				if (refusal === CODES.ok.code) {
					this.#begin(operation);
				} else {
					this.#fail(refusal);
				}
			});
		}
	}

	halfClosed(): void {
		if (!this.#hasAsked) {
			this.#end(GRPC.internal, 'cardinality violation: received no request message from non-client-streaming RPC');
		}
	}

	drained(): void {
		if (!this.#flows) {
			this.#flows = true;
			this.#goOn();
		}
	}

	canceled(): void {
		this.#isOver = true;
	}

	page(): boolean {
		const range = this.#range;
		if (this.#isOver || range === null) {
			return false;
		}
		const kvs: KeyValueBytes[] = [];
		const outcome = range.page((kv) => kvs.push(kv));
		if (typeof outcome === 'number') {
			this.#fail(outcome);
		} else if (outcome === 'over') {
			const { revision, count, more } = range;
			const result = { kind: 'range', revision, kvs, more, count } as const;
			this.#stream.send(encodeRangeStreamResponse(kvs, { header: headerAt(this.#context, revision), result }));
			this.#end(CODES.ok.grpc, '');
		} else if (kvs.length > 0) {
			this.#flows = this.#stream.send(encodeRangeStreamResponse(kvs, null));
		}
		return !this.#isOver && this.#flows;
	}

	#begin(operation: RangeOperation): void {
		const who = this.#caller.identify();
		if (typeof who === 'number') {
			this.#fail(who);
		} else if (!this.#isOver) {
			// As in etcd the order is that of keys, whatever a target without an order would sort by.
			this.#range = new PagedRange(this.#context.lane, { ...operation, sortTarget: SORT_TARGET.key }, { who, tables: this.#context.tables });
			this.#goOn();
		}
	}

	#goOn(): void {
		if (!this.#isOver && !this.#context.longReads.add(this)) {
			this.#fail(CODES.too_many_requests.code);
		}
	}

	#fail(code: number): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#caller.note(this.#asked, codeRow(code)?.text ?? '');
			endWithCode(this.#stream, code);
		}
	}

	#end(status: number, message: string): void {
		if (!this.#isOver) {
			this.#isOver = true;
			this.#caller.note(this.#asked, message);
			this.#stream.end(status, message);
		}
	}
}

/** In etcd's words, which have no prefix here. */
function findUnsupported(operation: RangeOperation): string | null {
	const { sortOrder, sortTarget } = operation;
	if (sortOrder !== SORT_ORDER.none && !(sortOrder === SORT_ORDER.ascend && sortTarget === SORT_TARGET.key)) {
		return 'RangeStream does not support custom sort orders';
	}
	return hasFilter(operation) ? 'RangeStream does not support revision filters' : null;
}
