/**
 * What one api lane offers the front ends that share its thread (gRPC, v2, health): admission, proposals, linearizable reads.
 * Implemented by actors/api-actor.ts. Every `done` is called exactly once, synchronously in a later turn or at once when refused.
 */
import type { Identity } from '../auth/identity.ts';
import type { Index, Slot, Term } from '../base/brand.ts';
import type { EngineReader } from '../base/engine.ts';
import type { CommandKind } from '../protocol/command.ts';
import type { RaftStatus } from '../protocol/messages.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { V2Watches } from './v2-watches.ts';
import type { Watches } from './watches.ts';

export type { MemberProgress };

export interface LeaderView {
	readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
	readonly term: Term;
	/** NOBODY while none is known. */
	readonly leader: Slot;
}

export interface Lane {
	/**
	 * Proposes a validated command. done gets code 0 with the store's finished response bytes (it happened), or a code of base/codes.ts:
	 * a refusal of the store or of raft (it did not happen), or a time-out (unknown; never reported as "did not").
	 * A proposal that raft refused for want of a leader is proposed again until the request's time is over, since it entered no log.
	 * who: by whose rights every member judges it when it is executed (actors/command-rules.ts); default: ANONYMOUS, who has none once access control is on.
	 */
	propose(kind: CommandKind, body: Uint8Array, done: (code: number, response: Uint8Array) => void, who?: Identity): void;
	/**
	 * The same for a caller that does nothing with the answer but send it on: done may come before the store can be read as it leaves it, and must
	 * read nothing. Whatever this lane is asked next is read behind it.
	 */
	proposePlain(kind: CommandKind, body: Uint8Array, done: (code: number, response: Uint8Array) => void, who?: Identity): void;
	/** done(0) once this lane's reader sees everything that was acknowledged before the call; reads of one turn share a round. */
	awaitLinearizable(done: (code: number) => void): void;
	/**
	 * Asks the lessor, wherever the leader is: gives the lease its whole time again, or says how long it has left, as seen after all that was
	 * acknowledged before. Seconds; granted 0: there is no such lease. Code: as of a proposal (after a time-out it may have been renewed).
	 */
	askLease(id: bigint, renew: boolean, done: (code: number, remaining: number, granted: number) => void): void;
	/**
	 * For a read that goes on over several turns: what is visible at the revision stays, unless a compaction is ahead of this word, until the function
	 * given back is called, or for a minute.
	 */
	holdRevision(revision: number): () => void;
	/** The store of the current generation: begins a fresh snapshot with each read. */
	readonly reader: EngineReader;
	readonly leaderView: LeaderView;
	/** 0 until known. */
	readonly selfSlot: Slot;
	readonly applied: Index;
	/** null: raft did not answer in the request's time. */
	inquireStatus(done: (status: RaftStatus | null) => void): void;
	/** How far every member is; empty unless this member leads, null if raft did not answer in the request's time. */
	inquireProgress(done: (progress: readonly MemberProgress[] | null) => void): void;
	/** Asks for the leadership to go to target (NOBODY: to whom it suits); done(0) once it leads, or a code: not the leader, or it took too long. */
	moveLeader(target: Slot, done: (code: number) => void): void;
	/** This member has no vote yet: of what clients may ask, most is refused (reference/etcd-surface.md 2.1). */
	readonly isLearner: boolean;
	/** Calls once, when no leader has been known for three election timeouts; the function given back takes the listener off. */
	whenLeaderless(listener: () => void): () => void;
	readonly watches: Watches;
	readonly v2Watches: V2Watches;
	/** Published and a leader known at least once: the health service says SERVING. */
	readonly isServing: boolean;
}
