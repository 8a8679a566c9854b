/** What a member is, with exactly the data of that role: a leader's progress does not exist on a follower. */
import type { Index, Slot } from '../base/brand.ts';
import type { RaftConfig } from './config.ts';
import { Inflight } from './inflight.ts';
import type { Progress } from './progress.ts';
import { ReadQueue } from './reads.ts';

export interface FollowerState {
	readonly role: 'follower';
	/** NOBODY while none is known in this term. */
	leader: Slot;
	/** Ticks since the leader was heard, or a vote given. */
	silence: number;
	/** In this tick its leader has called it to take over; it obeys when it may campaign: a change of membership may be on its way into the store. */
	isCalled: boolean;
	/** Ticks of silence that it bears before it campaigns: drawn anew each time, so that votes seldom split (thesis 3.4). */
	readonly patience: number;
}

export interface CandidateState {
	readonly role: 'pre_candidate' | 'candidate';
	readonly votes: Map<Slot, boolean>;
	silence: number;
	readonly patience: number;
}

export interface Transfer {
	readonly target: Slot;
	/** Given up after an election timeout: the target may be dead. */
	ticks: number;
	/** Told in this tick: the word is repeated, since it may be lost, or come before the target may campaign. */
	told: boolean;
}

export interface LeaderState {
	readonly role: 'leader';
	/** Of every other member. */
	readonly progress: Map<Slot, Progress>;
	readonly reads: ReadQueue;
	/** Proposals' bytes not yet committed. */
	readonly uncommitted: Inflight;
	/** Ticks since it was elected. */
	now: number;
	transfer: Transfer | null;
	/** No voter any more: it leads on without counting itself, for an election timeout at most, until its successor has taken over (thesis 4.2.2). */
	isLeaving: boolean;
	/** The no-op that began its term: reads wait until it is committed (thesis 6.4, step 1). */
	readonly termStart: Index;
}

export type RoleState = FollowerState | CandidateState | LeaderState;

export function leaderState(config: RaftConfig, termStart: Index): LeaderState {
	return {
		role: 'leader',
		progress: new Map(),
		reads: new ReadQueue(),
		uncommitted: new Inflight({ countMax: Number.MAX_SAFE_INTEGER, bytesMax: config.uncommittedBytesMax }),
		now: 0,
		transfer: null,
		isLeaving: false,
		termStart,
	};
}
