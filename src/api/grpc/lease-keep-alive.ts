/**
 * One stream of renewals. Many are asked for at once, so that a client with many leases does not wait for one after the other; they are
 * answered in the order in which they came, as etcd does. A lease that is not there is answered with a TTL of 0, and the stream goes on.
 */
import { checkLeaseWrite } from '../../auth/check-lease.ts';
import { CODES, codeRow, GRPC } from '../../base/codes.ts';
import { KEEP_ALIVES_ASKED_MAX, KEEP_ALIVES_MAX } from '../../base/limits.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import { decodeLeaseKeepAlive, encodeLeaseKeepAliveResponse } from '../../rpc/lease-codec.ts';
import type { Caller } from '../access/served-method.ts';
import { endWithCode, headerAt, type ServiceContext, UNREADABLE_MESSAGE } from './service-context.ts';

/** Its response is null until it is answered. */
interface Renewal {
	readonly id: bigint;
	response: Uint8Array | null;
}

export function openKeepAlive(context: ServiceContext, stream: RpcStream, caller: Caller): RpcStreamEvents {
	const keepAlive = new KeepAliveStream(context, stream, caller);
	return {
		message: (bytes) => keepAlive.renew(bytes),
		halfClosed: () => keepAlive.halfClosed(),
		drained: () => keepAlive.drained(),
		canceled: () => keepAlive.canceled(),
	};
}

class KeepAliveStream {
	readonly #context: ServiceContext;
	readonly #stream: RpcStream;
	readonly #caller: Caller;
	/** Asked for, oldest first: answered or not, none of the answers is sent. */
	#asked: Renewal[] = [];
	/** Behind them. */
	#waiting: bigint[] = [];
	#isClogged = false;
	#isHalfClosed = false;
	#isOver = false;

	constructor(context: ServiceContext, stream: RpcStream, caller: Caller) {
		this.#context = context;
		this.#stream = stream;
		this.#caller = caller;
	}

	renew(bytes: Uint8Array): void {
		if (this.#isOver) {
			return;
		}
		const asked = decodeLeaseKeepAlive(bytes);
		if (asked === null) {
			this.#isOver = true;
			this.#stream.end(GRPC.internal, UNREADABLE_MESSAGE);
		} else if (this.#waiting.length >= KEEP_ALIVES_MAX) {
			this.#fail(CODES.too_many_requests.code);
		} else if (this.#isAllowed(asked.id, bytes)) {
			this.#waiting.push(asked.id);
			this.#askSome();
		}
	}

	/** False: he may not renew it, and the stream is over. */
	#isAllowed(id: bigint, request: Uint8Array): boolean {
		const { lane, tables } = this.#context;
		const who = this.#caller.identify();
		const code = typeof who === 'number' ? who : lane.reader.read((view) => checkLeaseWrite(tables.of(view), who, view, id));
		if (code === CODES.ok.code) {
			this.#caller.note(request, '');
			return true;
		}
		this.#caller.note(request, codeRow(code)?.text ?? '');
		this.#fail(code);
		return false;
	}

	halfClosed(): void {
		this.#isHalfClosed = true;
		this.#send();
	}

	drained(): void {
		this.#isClogged = false;
		this.#send();
	}

	canceled(): void {
		this.#isOver = true;
		this.#asked = [];
		this.#waiting = [];
	}

	#askSome(): void {
		if (this.#asked.length >= KEEP_ALIVES_ASKED_MAX) {
			return;
		}
		const ids = this.#waiting.splice(0, KEEP_ALIVES_ASKED_MAX - this.#asked.length);
		for (const id of ids) {
			this.#ask({ id, response: null });
		}
	}

	#ask(renewal: Renewal): void {
		this.#asked.push(renewal);
		const { lane } = this.#context;
		// As in etcd the header is that of before the renewal.
		const header = headerAt(this.#context, lane.reader.read(currentRevision));
		lane.askLease(renewal.id, true, (code, remaining) => {
			if (code !== CODES.ok.code) {
				this.#fail(code);
				return;
			}
			renewal.response = encodeLeaseKeepAliveResponse(header, renewal.id, remaining);
			this.#send();
		});
	}

	#send(): void {
		while (!this.#isOver && !this.#isClogged) {
			const response = this.#asked[0]?.response ?? null;
			if (response === null) {
				break;
			}
			this.#asked.shift();
			this.#isClogged = !this.#stream.send(response);
		}
		if (this.#isOver) {
			return;
		}
		this.#askSome();
		if (this.#isHalfClosed && this.#asked.length === 0) {
			this.#isOver = true;
			this.#stream.end(GRPC.ok, '');
		}
	}

	#fail(code: number): void {
		if (!this.#isOver) {
			this.#isOver = true;
			endWithCode(this.#stream, code);
		}
	}
}
