/** Local messages about leases: between those who ask for clients, and the lessor in the store. Part of messages.ts, whose rules hold. */
import type { RequestId } from '../base/brand.ts';

// ---- api, peer -> store

/** Asks the lessor, for which this member must lead: to give these leases their whole time again, or how long they have left. Answered by `leases_told`. */
export interface AskLeases {
	readonly kind: 'ask_leases';
	readonly requestId: RequestId;
	readonly by: 'api' | 'peer';
	/** int64. */
	readonly ids: readonly bigint[];
	readonly renew: boolean;
}

// ---- store -> api, peer

/** Columns of one row a lease that was asked for; empty if code is not 0. `not_leader`: ask whoever leads. */
export interface LeasesTold {
	readonly kind: 'leases_told';
	readonly requestId: RequestId;
	readonly code: number;
	/** Seconds. */
	readonly remaining: readonly number[];
	/** Seconds; 0: there is no such lease. */
	readonly granted: readonly number[];
}
