/**
 * Local messages: what one actor may tell another. Plain data only, every field always present; absent is null.
 * An imperative is a request (`append`), a past participle a fact (`persisted`). Who may say what to whom: routes.ts.
 * Lists of entries travel as columns (terms, kinds, payloads from `first` on), which MessagePack packs without a map per entry.
 */
import type { Index, RequestId, Slot, Term } from '../base/brand.ts';
import type { EntryKind, Membership } from '../raft/state.ts';

/** A run of log entries, as columns of equal length; entry i has index first + i. */
export interface EntryColumns {
	readonly first: Index;
	readonly terms: readonly Term[];
	readonly kinds: readonly EntryKind[];
	readonly payloads: readonly Uint8Array[];
}

/** Which of a peer's two connections a frame takes: votes, heartbeats, replies and reads must not wait behind a 1 MiB append. */
export const CHANNEL = { control: 0, bulk: 1 } as const;
export type Channel = (typeof CHANNEL)[keyof typeof CHANNEL];

/** An encoded envelope (protocol/peer-codec.ts) on its way to a member. replaceable: a newer replaceable frame of the same peer may take its place while it waits (heartbeats). */
export type PeerFrame = readonly [to: Slot, channel: Channel, replaceable: boolean, bytes: Uint8Array];

// ---- api -> raft (the first two also store -> raft)

/** Admitted at most once; answered by `settled` or `refused`, or by nobody (outcome unknown). command: protocol/command.ts. */
export interface Propose {
	readonly kind: 'propose';
	/** Only for the leader of this term, which is then this member; null: forwarded to whoever leads. */
	readonly onlyTerm: Term | null;
	readonly requestId: RequestId;
	readonly entryKind: EntryKind;
	readonly command: Uint8Array;
}
/** Answered by `read_granted` or `refused`. A lane sends one a turn for all the reads that it has gathered. */
export interface ReadIndex {
	readonly kind: 'read_index';
	readonly requestId: RequestId;
}
/** Hands leadership to this member (NOBODY: to whom it suits). Nothing answers; `role_changed` tells. */
export interface TransferLeader {
	readonly kind: 'transfer_leader';
	readonly target: Slot;
}
/** Answered by `raft_status`. */
export interface InquireStatus {
	readonly kind: 'inquire_status';
	readonly requestId: RequestId;
}

/** Asks the leader how far the members are. Answered by `raft_progress`, to the role that asked. */
export interface InquireProgress {
	readonly kind: 'inquire_progress';
	readonly requestId: RequestId;
	readonly by: 'api' | 'peer';
}

// ---- raft -> api

/** The command entered no log, here or elsewhere, or the read was not granted: safe to retry. code: base/codes.ts. */
export interface Refused {
	readonly kind: 'refused';
	readonly requestId: RequestId;
	readonly code: number;
}
/** A read may be served once the store has applied index. */
export interface ReadGranted {
	readonly kind: 'read_granted';
	readonly requestId: RequestId;
	readonly index: Index;
}
/** To every lane, the store and the peers, whenever role, term or leader changed. */
export interface RoleChanged {
	readonly kind: 'role_changed';
	readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
	readonly term: Term;
	readonly leader: Slot;
}
export interface RaftStatus {
	readonly kind: 'raft_status';
	readonly requestId: RequestId;
	readonly term: Term;
	readonly leader: Slot;
	readonly last: Index;
	readonly commit: Index;
	readonly applied: Index;
}

/** Also raft -> peer. Columns of one row a member, this one first; empty on a member that does not lead, since only a leader knows. */
export interface RaftProgress {
	readonly kind: 'raft_progress';
	readonly requestId: RequestId;
	readonly slots: readonly Slot[];
	/** The greatest entry known to be durable there. */
	readonly matches: readonly Index[];
	/** Heard within an election timeout. */
	readonly active: readonly boolean[];
}

// ---- raft -> log

/** One batch to write and flush. `after` is released to the peer actor, in order and unread, once it is flushed. */
export interface Append extends EntryColumns {
	readonly kind: 'append';
	readonly batch: number;
	readonly truncateFrom: Index | null;
	readonly term: Term;
	readonly vote: Slot;
	readonly commit: Index;
	/** A snapshot is about to be installed at this (index, term); index 0: none is, any more. */
	readonly mark: readonly [Index, Term] | null;
	/** Drop all entries and start after this (index, term). */
	readonly resetTo: readonly [Index, Term] | null;
	readonly after: readonly PeerFrame[];
	/** The leader's: other members are sent the entries at the same time, and their words had better find its thread free. */
	readonly isSent: boolean;
}
/** Wants entries [lo, hi) for a follower, or for the store (member NOBODY). */
export interface Fetch {
	readonly kind: 'fetch';
	readonly member: Slot;
	readonly lo: Index;
	readonly hi: Index;
	readonly bytesMax: number;
}
/** Entries up to and including this one are no longer needed. */
export interface Compact {
	readonly kind: 'compact';
	readonly upTo: Index;
}

// ---- log -> raft

/** First words after start. `terms` are runs: each starts at its index and lasts to the next. All indexes 0: an empty log. */
export interface LogOpened {
	readonly kind: 'log_opened';
	readonly term: Term;
	readonly vote: Slot;
	readonly commit: Index;
	readonly beforeIndex: Index;
	readonly beforeTerm: Term;
	readonly last: Index;
	readonly runIndexes: readonly Index[];
	readonly runTerms: readonly Term[];
	/** The newest flushed snapshot mark, or null. */
	readonly mark: readonly [Index, Term] | null;
}
/** Flushed, not merely written; the last entry of the batch lets the core drop completions of a former self. */
export interface Persisted {
	readonly kind: 'persisted';
	readonly batch: number;
	readonly lastIndex: Index;
	readonly lastTerm: Term;
}
/** From lo on, at least one unless compacted, bounded by bytesMax. */
export interface Fetched extends EntryColumns {
	readonly kind: 'fetched';
	readonly member: Slot;
	readonly lo: Index;
	readonly hi: Index;
}

// ---- raft -> store

/** Contiguous, committed and locally persisted; each exactly once a boot. */
export interface Apply extends EntryColumns {
	readonly kind: 'apply';
}
/** Install the snapshot file at path; the log has flushed its mark. */
export interface Restore {
	readonly kind: 'restore';
	readonly index: Index;
	readonly term: Term;
	readonly path: string;
}
/** A follower needs a snapshot: spool one and hand it to the peer actor. */
export interface SpoolSnapshot {
	readonly kind: 'spool_snapshot';
	readonly to: Slot;
}

// ---- store -> raft

/** First words after start. membership.index 0: an empty store. */
export interface StoreOpened {
	readonly kind: 'store_opened';
	readonly applied: Index;
	readonly appliedTerm: Term;
	readonly membership: Membership;
}
/** Applied, committed to the engine and visible to every reader. */
export interface Applied {
	readonly kind: 'applied';
	readonly upTo: Index;
	readonly membership: Membership | null;
}
/** The cluster has given itself this election timeout. Said in the store's first words, behind `store_opened`, and whenever it has changed. */
export interface Tuned {
	readonly kind: 'tuned';
	readonly electionMilliseconds: number;
}
/** A durable checkpoint: opening the store after any crash finds at least this. */
export interface Checkpointed {
	readonly kind: 'checkpointed';
	readonly index: Index;
	readonly term: Term;
}
export interface Restored {
	readonly kind: 'restored';
	readonly index: Index;
	readonly term: Term;
	readonly membership: Membership;
}

/** The snapshot that was to be installed is of no use to this store, which is what it was. */
export interface RestoreFailed {
	readonly kind: 'restore_failed';
	readonly index: Index;
	readonly term: Term;
}

// ---- store -> api

/** Committed and visible before it is said. Sent to every lane after each batch; the columns hold only that lane's requests. */
export interface Settled {
	readonly kind: 'settled';
	readonly upTo: Index;
	/** Which store directory readers must have open. */
	readonly generation: number;
	readonly requestIds: readonly RequestId[];
	/** 0 with the finished response bytes, or with empty bytes a refusal from base/codes.ts, or ANSWER_FOLLOWS. */
	readonly codes: readonly number[];
	readonly responses: readonly Uint8Array[];
}

/**
 * Committed, durable, and about to be visible: said inside the store's transaction of a small batch, before `settled`, which does not say it again.
 * Only of plain requests (base/brand.ts), whose answers are sent on as they are; a lane reads nothing before its reader has applied upTo.
 */
export interface Answered {
	readonly kind: 'answered';
	readonly upTo: Index;
	readonly requestIds: readonly RequestId[];
	readonly codes: readonly number[];
	readonly responses: readonly Uint8Array[];
}

/** What this member is in the cluster, to every lane, at boot and after each change. */
export interface StandingChanged {
	readonly kind: 'standing_changed';
	readonly learner: boolean;
}

// ---- store -> peer

/** Everyone in the cluster (this member too), at boot and after each change of members or their names. Ids are hex. */
export interface MembersChanged {
	readonly kind: 'members_changed';
	readonly clusterId: string;
	readonly slots: readonly Slot[];
	readonly ids: readonly string[];
	readonly peerUrls: readonly (readonly string[])[];
	/** Empty until a member has published. */
	readonly names: readonly string[];
	/** Ids that have left for ever. */
	readonly removed: readonly string[];
}
/** A finished snapshot file, to stream to a member and delete afterwards. */
export interface SnapshotSpooled {
	readonly kind: 'snapshot_spooled';
	readonly to: Slot;
	readonly index: Index;
	readonly term: Term;
	readonly path: string;
	/** False: the spool failed; the peer actor passes the failure on to raft. */
	readonly ok: boolean;
}

// ---- raft -> peer

/** A received snapshot is not wanted, being stale or one too many: delete the file. */
export interface DiscardSnapshot {
	readonly kind: 'discard_snapshot';
	readonly path: string;
}

// ---- raft, log -> peer

export interface Send {
	readonly kind: 'send';
	readonly frames: readonly PeerFrame[];
}

// ---- peer -> raft

/** An envelope from a member whose cluster, id and slot have been checked; the bytes are decoded by the raft actor (peer-codec is total). */
export interface Received {
	readonly kind: 'received';
	readonly from: Slot;
	readonly bytes: Uint8Array;
}
export interface LinkDown {
	readonly kind: 'link_down';
	readonly member: Slot;
}
export interface SnapshotSent {
	readonly kind: 'snapshot_sent';
	readonly to: Slot;
	readonly index: Index;
	readonly ok: boolean;
}
/** A leader has streamed a whole snapshot here and its checksum is right. */
export interface SnapshotReceived {
	readonly kind: 'snapshot_received';
	readonly from: Slot;
	readonly leaderTerm: Term;
	readonly index: Index;
	readonly term: Term;
	readonly path: string;
}

// ---- store -> watch

/**
 * The keyspace has got so far, visible to every reader before it is said. To every hub lane after each batch that changed the revision or compacted,
 * at boot, and after a snapshot was installed. It carries no events: the hub reads them in history, once for all its watchers.
 */
export interface Changed {
	readonly kind: 'changed';
	/** Which store directory readers must have open. */
	readonly generation: number;
	readonly revision: number;
	/** -1: never compacted. */
	readonly compactRevision: number;
}

// ---- api -> watch

/** A stream is numbered by its lane and never again in a process; the hub makes it with the first message that names it. */
export type WatchStreamId = number;

/** A new watcher, answered on its stream by a response with `created` (and `canceled`, if it cannot be). */
export interface WatchCreate {
	readonly kind: 'watch_create';
	readonly lane: number;
	readonly stream: WatchStreamId;
	/** int64; 0: the hub gives the next free one. */
	readonly watchId: bigint;
	readonly key: Uint8Array;
	/** As on the wire: empty, a single key; one zero byte, all from key on. */
	readonly rangeEnd: Uint8Array;
	/** 0: from now, which is after stamp. Negative: refused as compacted, as etcd does. */
	readonly startRevision: number;
	/** The revision that the lane could read when the request came. */
	readonly stamp: number;
	readonly noPut: boolean;
	readonly noDelete: boolean;
	readonly prevKv: boolean;
	readonly fragment: boolean;
	readonly progressNotify: boolean;
}
export interface WatchCancel {
	readonly kind: 'watch_cancel';
	readonly lane: number;
	readonly stream: WatchStreamId;
	readonly watchId: bigint;
}
/** Wants to hear how far the stream's watchers are. */
export interface WatchProgress {
	readonly kind: 'watch_progress';
	readonly lane: number;
	readonly stream: WatchStreamId;
}
/** The clients' connections have taken so many bytes of responses, a stream each row: the hub may send as many more. */
export interface WatchTaken {
	readonly kind: 'watch_taken';
	readonly lane: number;
	readonly streams: readonly WatchStreamId[];
	readonly bytes: readonly number[];
}
/** Nobody listens any more. What is on its way is dropped by the lane. */
export interface WatchClose {
	readonly kind: 'watch_close';
	readonly lane: number;
	readonly stream: WatchStreamId;
}

// ---- watch -> api

/** Row i: one encoded etcdserverpb.WatchResponse, the same for each of streams[i]. Rows of a stream are in order. */
export interface WatchResponses {
	readonly kind: 'watch_responses';
	readonly streams: readonly (readonly WatchStreamId[])[];
	readonly responses: readonly Uint8Array[];
}
