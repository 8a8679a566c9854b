/**
 * Bounds on wrong passwords (reference/reliability.md 6.5, T5): each name and each address (of IPv6 each network) may be wrong so often at once, and then so often
 * a second. A right password that was verified before is never held up (credentials.ts), so that guessing at a name does not lock its owner's programs out. Both
 * tables are bounded; where they are full the one that was wrong longest ago goes.
 */
import { assert } from '../../base/assert.ts';

export interface LimitRule {
	/** Failures at once. */
	readonly burst: number;
	readonly perSecond: number;
}

export const NAME_LIMIT: LimitRule = { burst: 10, perSecond: 1 };
export const ADDRESS_LIMIT: LimitRule = { burst: 20, perSecond: 2 };
const ENTRIES_MAX = 4_096;

interface Bucket {
	failures: number;
	at: number;
}

export class FailureLimits {
	readonly #rule: LimitRule;
	/** Oldest failure first. */
	readonly #buckets = new Map<string, Bucket>();

	constructor(rule: LimitRule) {
		assert(rule.burst >= 1 && rule.perSecond > 0, 'nobody could ever err');
		this.#rule = rule;
	}

	get size(): number {
		return this.#buckets.size;
	}

	/** now: seconds, never backwards. */
	admits(key: string, now: number): boolean {
		const bucket = this.#buckets.get(key);
		return bucket === undefined || this.#leftOf(bucket, now) + 1 <= this.#rule.burst;
	}

	/** Counted when an attempt begins, so that many at once do not all pass: forgive takes it back. */
	attempt(key: string, now: number): void {
		const bucket = this.#buckets.get(key);
		const failures = (bucket === undefined ? 0 : this.#leftOf(bucket, now)) + 1;
		this.#buckets.delete(key);
		this.#buckets.set(key, { failures, at: now });
		if (this.#buckets.size > ENTRIES_MAX) {
			const [oldest] = this.#buckets.keys();
			this.#buckets.delete(oldest ?? key);
		}
	}

	forgive(key: string): void {
		const bucket = this.#buckets.get(key);
		if (bucket !== undefined) {
			bucket.failures = Math.max(0, bucket.failures - 1);
			if (bucket.failures === 0) {
				this.#buckets.delete(key);
			}
		}
	}

	#leftOf({ failures, at }: Bucket, now: number): number {
		return Math.max(0, failures - (now - at) * this.#rule.perSecond);
	}
}
