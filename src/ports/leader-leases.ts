/** Another member's lessor, as a lane reaches it over the peer port. Implemented by adapters/lease-questions.ts. */
import type { MemberRecord } from '../members/record.ts';

/** Renew these leases, or say how long they have left; at most LEASE_QUESTION_MAX. */
export interface LeaseQuestion {
	readonly ids: readonly bigint[];
	readonly renew: boolean;
}

/** As leases_told (protocol/messages.ts): rows of columns, empty unless code is 0. */
export interface LeaseAnswer {
	readonly code: number;
	readonly remaining: readonly number[];
	readonly granted: readonly number[];
}

/** done once, later: null if there was no answer in a second or two. A renewal may have happened all the same. */
export type AskLeader = (leader: MemberRecord, question: LeaseQuestion, done: (answer: LeaseAnswer | null) => void) => void;
