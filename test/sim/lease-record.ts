/** What simulated leaseholders were told, with the times at which they asked and heard: written by lease-client.ts, judged by the checkers of leases and locks. */
import type { Slot } from '../../src/base/brand.ts';

/** From the asking on the lease is to last so many seconds; 0: there is no such lease. */
export interface LeaseWord {
	readonly kind: 'granted' | 'renewed' | 'told';
	readonly member: Slot;
	readonly id: bigint;
	readonly seconds: number;
	readonly invoked: number;
	readonly returned: number;
}

/** A member said that this key holds the lock, at this revision. */
export interface LockWord {
	readonly member: Slot;
	readonly prefix: string;
	readonly key: string;
	readonly revision: number;
}

export interface LeaseRecord {
	readonly words: LeaseWord[];
	readonly locks: LockWord[];
	/** Which a client asked to revoke. */
	readonly revoking: Set<bigint>;
}
