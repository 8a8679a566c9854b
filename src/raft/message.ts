/**
 * What members say to each other: one record a kind, every field always there, accept and reject as two shapes.
 * The envelope (from, to, term) is common to all; the bytes on the wire are protocol/peer-codec.ts.
 */
import type { Index, Slot, Term } from '../base/brand.ts';
import type { Entry, EntryKind } from './state.ts';

/** Asks for a vote in `term`; the log position lets a voter refuse a shorter log (thesis 3.6.1). force: a leader asked for it (transfer), so leases of silence do not count. */
export interface VoteRequest {
	readonly kind: 'vote_request';
	readonly lastIndex: Index;
	readonly lastTerm: Term;
	readonly force: boolean;
}
export interface VoteReply {
	readonly kind: 'vote_reply';
	readonly granted: boolean;
}
/** Asks whether a vote in `term` would be granted; changes nobody's term or vote (thesis 9.6). */
export interface PreVoteRequest {
	readonly kind: 'pre_vote_request';
	readonly lastIndex: Index;
	readonly lastTerm: Term;
}
/** Granted: the envelope's term is the one asked for; else the voter's own. */
export interface PreVoteReply {
	readonly kind: 'pre_vote_reply';
	readonly granted: boolean;
}
export interface AppendRequest {
	readonly kind: 'append_request';
	readonly previousIndex: Index;
	readonly previousTerm: Term;
	readonly entries: readonly Entry[];
	readonly commit: Index;
}
/** Everything up to match is durable at the sender. */
export interface AppendAccepted {
	readonly kind: 'append_accepted';
	readonly match: Index;
}
/** The entry before did not match; the hint is the greatest (index, term) at which logs may agree. */
export interface AppendRejected {
	readonly kind: 'append_rejected';
	readonly rejected: Index;
	readonly hintIndex: Index;
	readonly hintTerm: Term;
}
/** commit never exceeds what the receiver is known to have. read: the context of the newest ReadIndex round, 0 for none. */
export interface Heartbeat {
	readonly kind: 'heartbeat';
	readonly commit: Index;
	readonly read: number;
}
export interface HeartbeatReply {
	readonly kind: 'heartbeat_reply';
	readonly read: number;
}
/** The leader asks its successor to campaign at once (thesis 3.10). */
export interface TimeoutNow {
	readonly kind: 'timeout_now';
}
/** Proposals of a follower's clients, in order. A receiver drops any sequence at or below the highest seen of that boot. */
export interface ForwardPropose {
	readonly kind: 'forward_propose';
	/** 48 random bits of the sender's process. */
	readonly boot: number;
	/** Of the first one; the others count up. */
	readonly sequence: number;
	/** Of each proposal: command or membership. As many as proposals. */
	readonly kinds: readonly EntryKind[];
	readonly proposals: readonly Uint8Array[];
}
/** The leader did not append these (of boot, from sequence, this many): safe to retry. */
export interface ForwardRefused {
	readonly kind: 'forward_refused';
	readonly boot: number;
	readonly sequence: number;
	readonly count: number;
	readonly code: number;
}
export interface ForwardRead {
	readonly kind: 'forward_read';
	readonly context: number;
}
/** index 0: refused. */
export interface ReadReply {
	readonly kind: 'read_reply';
	readonly context: number;
	readonly index: Index;
}
/**
 * This entry is committed, and so are all before it: a fact, whatever the envelope's term. Said to one who campaigns, of the entry that made the
 * voter's membership: the candidate may have it and not know, be bound to its old membership by that, and need just this voter (etcd issue 12359).
 */
export interface Committed {
	readonly kind: 'committed';
	readonly index: Index;
	readonly entryTerm: Term;
}
/** A leader that tunes the cluster's times asks how late its words come (tuning.ts). It says nothing about its log: whoever gets it may drop it. */
export interface TimingRequest {
	readonly kind: 'timing_request';
	/** The leader's tick. */
	readonly stamp: number;
}
/** In ticks, the greatest of the last seconds. electionTicks: in force there; 0: it does not tune itself. */
export interface TimingReply {
	readonly kind: 'timing_reply';
	readonly stamp: number;
	readonly silence: number;
	readonly flush: number;
	readonly electionTicks: number;
}
/** Follower to leader after it has (or could not) install a snapshot is an append_accepted / append_rejected; the bulk goes by the peer actor. */

export type PeerMessage =
	| VoteRequest
	| VoteReply
	| PreVoteRequest
	| PreVoteReply
	| AppendRequest
	| AppendAccepted
	| AppendRejected
	| Heartbeat
	| HeartbeatReply
	| TimeoutNow
	| ForwardPropose
	| ForwardRefused
	| ForwardRead
	| ReadReply
	| Committed
	| TimingRequest
	| TimingReply;

export interface Envelope {
	readonly from: Slot;
	readonly to: Slot;
	readonly term: Term;
	readonly message: PeerMessage;
}
