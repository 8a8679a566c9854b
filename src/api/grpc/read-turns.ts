/**
 * Spreads the reads of one lane's clients over turns of its thread. Reads that were granted together would else be answered in one go, however
 * large the answers: no caller that leaves is noticed meanwhile, and one that takes nothing has all of its answers in our memory. Connections take turns.
 * Does not cut a single answer in pieces. Used by kv-service.ts.
 */
import { CODES } from '../../base/codes.ts';
import { READ_TURN_BYTES_MAX, READS_DEFERRED_MAX } from '../../base/limits.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { ConnectionLines } from './connection-lines.ts';
import { failWithCode, type ServicePorts } from './service-context.ts';

/** Answers the call, and says how many bytes that took. */
export type Read = () => number;

interface Deferred {
	readonly connection: object;
	readonly call: RpcCall;
	readonly read: Read;
}

/** Answers smaller than this cost a turn nothing worth counting. */
const COUNTED_BYTES_MIN = 64 * 2 ** 10;
/** Until callers are looked at again that have not taken their earlier answers. */
const CLOGGED_MILLISECONDS = 10;

export class ReadTurns {
	readonly #later: ServicePorts['later'];
	readonly #mustWait: (call: RpcCall) => boolean;
	readonly #deferred = new ConnectionLines<Deferred>();
	#spent = 0;
	#isScheduled = false;

	/** mustWait: the caller's turn has not come, for a reason of its own. */
	constructor(later: ServicePorts['later'], mustWait: (call: RpcCall) => boolean = () => false) {
		this.#later = later;
		this.#mustWait = mustWait;
	}

	/** Reads now, if this turn has room and the caller takes its answers; else in a later turn, unless the call is over by then. */
	run(call: RpcCall, read: Read): void {
		if (this.#hasRoomFor(call)) {
			this.#read(read);
		} else if (this.#deferred.size >= READS_DEFERRED_MAX) {
			failWithCode(call, CODES.too_many_requests.code);
		} else {
			this.#deferred.add({ connection: call.connection, call, read });
			this.#schedule(0);
		}
	}

	#hasRoomFor(call: RpcCall): boolean {
		return this.#spent < READ_TURN_BYTES_MAX && !call.isClogged && !this.#mustWait(call);
	}

	#read(read: Read): void {
		const bytes = read();
		if (bytes >= COUNTED_BYTES_MIN) {
			this.#spent += bytes;
			this.#schedule(0);
		}
	}

	#schedule(milliseconds: number): void {
		if (!this.#isScheduled) {
			this.#isScheduled = true;
			this.#later(milliseconds, () => this.#turn());
		}
	}

	#turn(): void {
		this.#isScheduled = false;
		this.#spent = 0;
		this.#deferred.takeOver(({ call }) => call.isOver);
		for (let next = this.#next(); next !== null; next = this.#next()) {
			this.#read(next.read);
		}
		if (this.#deferred.size > 0) {
			this.#schedule(CLOGGED_MILLISECONDS);
		}
	}

	#next(): Deferred | null {
		return this.#spent < READ_TURN_BYTES_MAX ? this.#deferred.take(({ call }) => this.#hasRoomFor(call)) : null;
	}
}
