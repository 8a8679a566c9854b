/** A member of the cluster, as the store's `members` tree keeps it. */
import type { Slot } from '../base/brand.ts';

export interface MemberRecord {
	readonly slot: Slot;
	/** The 64-bit id as hex: computed as etcd does (reference/etcd-surface.md 7.1). */
	readonly id: string;
	/** Empty until the member has published. */
	readonly name: string;
	readonly peerUrls: readonly string[];
	readonly clientUrls: readonly string[];
	readonly learner: boolean;
}
