/**
 * Seeded random requests of the v3 API, as plain data: what is relative to a run (revisions) is said relative to the newest one, so that a
 * case stays a case when requests before it are left out. Sent by system.ts, cut down by shrink.ts.
 */
import type { SeededRandom } from '../../../src/base/random.ts';

/** A revision: so many behind the newest known one (negative: in the future), or as it stands. */
export type RevisionAt = { readonly behind: number } | { readonly exactly: number };

export interface RangeRequest {
	readonly kind: 'range';
	readonly key: string;
	readonly rangeEnd: string;
	readonly limit: number;
	readonly revision: RevisionAt;
	readonly sortOrder: number;
	readonly sortTarget: number;
	readonly serializable: boolean;
	readonly keysOnly: boolean;
	readonly countOnly: boolean;
	readonly minMod: RevisionAt;
	readonly maxMod: RevisionAt;
	readonly minCreate: RevisionAt;
	readonly maxCreate: RevisionAt;
}
export interface PutRequest {
	readonly kind: 'put';
	readonly key: string;
	readonly value: string;
	readonly lease: number;
	readonly prevKv: boolean;
	readonly ignoreValue: boolean;
	readonly ignoreLease: boolean;
}
export interface DeleteRequest {
	readonly kind: 'delete';
	readonly key: string;
	readonly rangeEnd: string;
	readonly prevKv: boolean;
}
export interface CompareRequest {
	readonly result: number;
	readonly target: number;
	readonly key: string;
	readonly rangeEnd: string;
	readonly number: number;
	readonly revision: RevisionAt;
	readonly value: string;
}
export interface TxnRequest {
	readonly kind: 'txn';
	readonly compares: readonly CompareRequest[];
	readonly success: readonly Operation[];
	readonly failure: readonly Operation[];
}
export type Operation = RangeRequest | PutRequest | DeleteRequest | TxnRequest;
export type Request =
	| Operation
	| { readonly kind: 'compact'; readonly revision: RevisionAt; readonly physical: boolean }
	| { readonly kind: 'lease_grant'; readonly id: number; readonly ttl: number }
	| { readonly kind: 'lease_revoke'; readonly id: number }
	| { readonly kind: 'lease_time_to_live'; readonly id: number; readonly keys: boolean }
	| { readonly kind: 'lease_list' }
	| { readonly kind: 'hash_kv'; readonly revision: RevisionAt };

const NEWEST: RevisionAt = { exactly: 0 };
/**
 * Keys that are near to each other, some of them each other's prefixes. Latin-1: a char is a byte. Eleven, since Go's sort of so few keeps the
 * order of equals, which it does not for more (known-differences.md, `sort-ties`).
 */
export const KEYS: readonly string[] = ['a', 'b', 'b/', 'b/1', 'b/2', 'd\0', 'd', 'e', '\0', '\xff\xff', 'f/long/'.repeat(30)];
const LEASES = 8;
const DEPTH_MAX = 2;

/** Draws one request after the other. */
export class RequestMaker {
	readonly #random: SeededRandom;
	#values = 0;

	constructor(random: SeededRandom) {
		this.#random = random;
	}

	next(): Request {
		const draw = this.#random.below(1_000);
		if (draw < 320) {
			return this.#put();
		}
		if (draw < 560) {
			return this.#range();
		}
		if (draw < 660) {
			return this.#delete();
		}
		if (draw < 880) {
			return this.#txn(0);
		}
		if (draw < 890) {
			return { kind: 'compact', revision: this.#compaction(), physical: this.#oneIn(2) };
		}
		return draw < 905 ? { kind: 'hash_kv', revision: this.#oneIn(2) ? NEWEST : this.#revision() } : this.#lease(draw);
	}

	#lease(draw: number): Request {
		const id = this.#oneIn(30) ? this.#random.below(3) - 1 : 1 + this.#random.below(LEASES);
		if (draw < 945) {
			// Not id 0, for which the server picks one of its own; and no lease that ends during a run.
			const odd = [9_000_000_001, 9_000_000_000];
			return { kind: 'lease_grant', id: id === 0 ? 1 : id, ttl: this.#oneIn(12) ? this.#pick(odd) : 10_000 + this.#random.below(10_000) };
		}
		if (draw < 970) {
			return { kind: 'lease_revoke', id };
		}
		return draw < 992 ? { kind: 'lease_time_to_live', id, keys: this.#oneIn(2) } : { kind: 'lease_list' };
	}

	#put(mayIgnore = true): PutRequest {
		const ignoreValue = mayIgnore && this.#oneIn(12);
		const ignoreLease = mayIgnore && this.#oneIn(12);
		this.#values++;
		return {
			kind: 'put',
			key: this.#key(),
			value: ignoreValue && !this.#oneIn(8) ? '' : `v${this.#values}`.repeat(1 + this.#random.below(3)),
			lease: !this.#oneIn(4) || (ignoreLease && !this.#oneIn(8)) ? 0 : 1 + this.#random.below(LEASES),
			prevKv: this.#oneIn(3),
			ignoreValue,
			ignoreLease,
		};
	}

	/** Unknown sort options would end etcd 3.4 itself (known-differences.md, `sort-option`). */
	#range(): RangeRequest {
		const key = this.#key();
		return {
			kind: 'range',
			key,
			rangeEnd: this.#rangeEnd(key),
			limit: this.#oneIn(3) ? this.#random.below(6) - 1 : 0,
			revision: this.#oneIn(3) ? this.#revision() : NEWEST,
			sortOrder: this.#oneIn(2) ? 0 : this.#random.below(3),
			sortTarget: this.#oneIn(2) ? 0 : this.#random.below(5),
			serializable: this.#oneIn(3),
			keysOnly: this.#oneIn(5),
			countOnly: this.#oneIn(6),
			minMod: this.#filter(),
			maxMod: this.#filter(),
			minCreate: this.#filter(),
			maxCreate: this.#filter(),
		};
	}

	#delete(): DeleteRequest {
		const key = this.#key();
		return { kind: 'delete', key, rangeEnd: this.#oneIn(2) ? '' : this.#rangeEnd(key), prevKv: this.#oneIn(2) };
	}

	/** deletes: either it has deletes, or puts that keep a value or lease: a key that a txn deletes and then keeps ends etcd 3.4 itself. */
	#txn(depth: number, deletes = this.#oneIn(2)): TxnRequest {
		return {
			kind: 'txn',
			compares: this.#list(3, () => this.#compare()),
			success: this.#list(4, () => this.#operation(depth, deletes)),
			failure: this.#list(3, () => this.#operation(depth, deletes)),
		};
	}

	#operation(depth: number, deletes: boolean): Operation {
		const draw = this.#random.below(10);
		if (draw < 2 && depth < DEPTH_MAX) {
			return this.#txn(depth + 1, deletes);
		}
		return draw < 6 ? this.#put(!deletes) : draw < 8 || !deletes ? this.#range() : this.#delete();
	}

	#compare(): CompareRequest {
		const key = this.#key();
		return {
			result: this.#random.below(4),
			target: this.#random.below(5),
			key,
			rangeEnd: this.#oneIn(4) ? this.#rangeEnd(key) : '',
			number: this.#random.below(4),
			revision: this.#revision(),
			value: `v${this.#random.below(this.#values + 1)}`,
		};
	}

	#key(): string {
		return this.#oneIn(80) ? '' : this.#pick(KEYS);
	}

	/** None, all from the key on, a prefix, or any other key, so that it may be inverted. */
	#rangeEnd(key: string): string {
		switch (this.#random.below(6)) {
			case 0:
				return '\0';
			case 1:
			case 2:
				return this.#pick(KEYS);
			case 3:
				return prefixEnd(key);
			default:
				return '';
		}
	}

	#revision(): RevisionAt {
		return this.#oneIn(20) ? { exactly: this.#random.below(4) - 1 } : { behind: this.#random.below(40) - 2 };
	}

	#compaction(): RevisionAt {
		return this.#oneIn(10) ? { exactly: this.#random.below(4) - 1 } : { behind: this.#random.below(30) - 1 };
	}

	#filter(): RevisionAt {
		return this.#oneIn(10) ? this.#revision() : NEWEST;
	}

	#list<T>(max: number, make: () => T): T[] {
		return Array.from({ length: this.#random.below(max + 1) }, make);
	}

	#oneIn(n: number): boolean {
		return this.#random.below(n) === 0;
	}

	#pick<T>(values: readonly T[]): T {
		return values[this.#random.below(values.length)] as T;
	}
}

/** As clients do it: the last byte that can be raised is. */
function prefixEnd(key: string): string {
	for (let i = key.length - 1; i >= 0; i--) {
		const code = key.charCodeAt(i);
		if (code < 0xff) {
			return key.slice(0, i) + String.fromCharCode(code + 1);
		}
	}
	return '\0';
}
