/** The requests of the simulated clients, drawn from the plan's weights. Every value that is put is another one, so that what is read tells who wrote it. */
import Long from 'long';
import { etcdserverpb } from '../../src/rpc/generated/messages.js';
import type { Dice } from './dice.ts';
import { bytesOf, type Method } from './history.ts';
import type { WorkloadPlan } from './plan.ts';

const { PutRequest, DeleteRangeRequest, TxnRequest, RangeRequest, CompactionRequest } = etcdserverpb;

export interface Request {
	readonly method: Method;
	readonly bytes: Uint8Array;
	readonly mayBeOld: boolean;
}

const COMPARE = { equal: 0, greater: 1, less: 2 } as const;
const TARGET = { version: 0, mod: 2, value: 3 } as const;

export class Requests {
	readonly #plan: WorkloadPlan;
	readonly #dice: Dice;
	#values = 0;
	/** The newest revision that any client has seen. */
	seen = 1;
	/** The newest value that was seen for a key, for compares that may hold. */
	readonly values = new Map<string, string>();

	constructor(plan: WorkloadPlan, dice: Dice) {
		this.#plan = plan;
		this.#dice = dice;
	}

	draw(): Request {
		const { put, remove, txn, get, range, serializable, past, compact } = this.#plan;
		let at = this.#dice.below(put + remove + txn + get + range + serializable + past + compact);
		for (const [weight, make] of [
			[put, () => this.put()],
			[remove, () => this.#remove()],
			[txn, () => this.#txn()],
			[get, () => this.#range({ key: this.#key(), range_end: null }, false, 0)],
			[range, () => this.#range(this.#keys(), false, 0)],
			[serializable, () => this.#range(this.#dice.oneIn(2) ? { key: this.#key(), range_end: null } : this.#keys(), true, 0)],
			[past, () => this.#range(this.#keys(), this.#dice.oneIn(2), Math.max(1, this.seen - this.#dice.below(20)))],
			[compact, () => this.#compact()],
		] as const) {
			if (at < weight) {
				return make();
			}
			at -= weight;
		}
		return this.put();
	}

	put(): Request {
		return { method: 'Put', bytes: PutRequest.encode(this.#putOf(this.#key())).finish(), mayBeOld: false };
	}

	/** Everything, linearizable. */
	readAll(): Request {
		return this.#range(this.#keys(), false, 0);
	}

	#putOf(key: Uint8Array) {
		return { key, value: bytesOf(this.#value()), prev_kv: this.#dice.oneIn(4) };
	}

	#remove(): Request {
		const request = this.#dice.oneIn(6) ? { ...this.#keys(), prev_kv: true } : { key: this.#key(), prev_kv: this.#dice.oneIn(3) };
		return { method: 'DeleteRange', bytes: DeleteRangeRequest.encode(request).finish(), mayBeOld: false };
	}

	#txn(): Request {
		const key = this.#key();
		const others = [0, 1].map(() => this.#key()).filter((other) => Buffer.compare(other, key) !== 0);
		const success = [{ request_put: this.#putOf(key) }, { request_range: { key } }];
		const other = others[0];
		if (other !== undefined && this.#dice.oneIn(2)) {
			success.push(this.#dice.oneIn(2) ? { request_put: this.#putOf(other) } : ({ request_delete_range: { key: other } } as never));
		}
		const failure = this.#dice.oneIn(3) ? [{ request_put: this.#putOf(key) }] : [{ request_range: { key } }];
		return { method: 'Txn', bytes: TxnRequest.encode({ compare: [this.#compare(key)], success, failure }).finish(), mayBeOld: false };
	}

	#compare(key: Uint8Array) {
		switch (this.#dice.below(4)) {
			case 0:
				return { key, target: TARGET.version, result: COMPARE.equal, version: Long.fromNumber(this.#dice.below(4)) };
			case 1:
				return { key, target: TARGET.version, result: COMPARE.greater, version: Long.fromNumber(this.#dice.below(3)) };
			case 2:
				return { key, target: TARGET.mod, result: COMPARE.less, mod_revision: Long.fromNumber(Math.max(1, this.seen - this.#dice.below(5))) };
			default:
				return { key, target: TARGET.value, result: COMPARE.equal, value: bytesOf(this.values.get(Buffer.from(key).toString('latin1')) ?? 'none') };
		}
	}

	#range(what: { readonly key: Uint8Array; readonly range_end: Uint8Array | null }, serializable: boolean, revision: number): Request {
		const request = { ...what, serializable, revision: Long.fromNumber(revision) };
		return { method: 'Range', bytes: RangeRequest.encode(request).finish(), mayBeOld: serializable };
	}

	#compact(): Request {
		const revision = Math.max(1, this.seen - this.#dice.below(10));
		const request = { revision: Long.fromNumber(revision), physical: this.#dice.oneIn(2) };
		return { method: 'Compact', bytes: CompactionRequest.encode(request).finish(), mayBeOld: false };
	}

	#key(): Uint8Array {
		return bytesOf(`k${this.#dice.below(this.#plan.keys)}`);
	}

	#keys(): { readonly key: Uint8Array; readonly range_end: Uint8Array } {
		return { key: bytesOf('k'), range_end: bytesOf('l') };
	}

	#value(): string {
		this.#values++;
		return `v${this.#values}`.padEnd(this.#plan.valueBytes, '.');
	}
}
