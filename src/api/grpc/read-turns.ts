/**
 * Spreads the reads of one lane's clients over turns of its thread. Reads that were granted together would else be answered in one go, however
 * large the answers: no caller that leaves is noticed meanwhile, and one that takes nothing has all of its answers in our memory.
 * Does not cut a single answer in pieces. Used by kv-service.ts.
 */
import { CODES } from '../../base/codes.ts';
import { READ_TURN_BYTES_MAX, READS_DEFERRED_MAX } from '../../base/limits.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { failWithCode, type ServicePorts } from './service-context.ts';

/** Answers the call, and says how many bytes that took. */
export type Read = () => number;

interface Deferred {
	readonly call: RpcCall;
	readonly read: Read;
}

/** Answers smaller than this cost a turn nothing worth counting. */
const COUNTED_BYTES_MIN = 64 * 2 ** 10;
/** Until callers are looked at again that have not taken their earlier answers. */
const CLOGGED_MILLISECONDS = 10;

export class ReadTurns {
	readonly #later: ServicePorts['later'];
	/** Oldest first. */
	#deferred: Deferred[] = [];
	#spent = 0;
	#isScheduled = false;

	constructor(later: ServicePorts['later']) {
		this.#later = later;
	}

	/** Reads now, if this turn has room and the caller takes its answers; else in a later turn, unless the call is over by then. */
	run(call: RpcCall, read: Read): void {
		if (this.#hasRoomFor(call)) {
			this.#read(read);
		} else if (this.#deferred.length >= READS_DEFERRED_MAX) {
			failWithCode(call, CODES.too_many_requests.code);
		} else {
			this.#deferred.push({ call, read });
			this.#schedule(0);
		}
	}

	#hasRoomFor(call: RpcCall): boolean {
		return this.#spent < READ_TURN_BYTES_MAX && !call.isClogged;
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
		const deferred = this.#deferred;
		this.#deferred = [];
		for (const each of deferred) {
			if (each.call.isOver) {
				continue;
			}
			if (this.#hasRoomFor(each.call)) {
				this.#read(each.read);
			} else {
				this.#deferred.push(each);
			}
		}
		if (this.#deferred.length > 0) {
			this.#schedule(CLOGGED_MILLISECONDS);
		}
	}
}
