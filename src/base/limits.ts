/** Every bound of the system that is not an option, with the relations between them. */
import { assert } from './assert.ts';

/** A turn of an actor ends after this many messages, or this long. */
export const TURN_MESSAGES_MAX = 2_000;
export const TURN_MILLISECONDS_MAX = 10;

/** Requests and bytes that one api lane may have outstanding; beyond: "too many requests". */
export const LANE_REQUESTS_MAX = 4_096;
export const LANE_BYTES_MAX = 64 * 2 ** 20;

/** Entries' bytes in one append message, and appends on their way to one follower (etcd: 1 MiB, 512). */
export const APPEND_BYTES_MAX = 2 ** 20;
export const INFLIGHT_APPENDS_MAX = 512;
export const INFLIGHT_BYTES_MAX = 16 * 2 ** 20;
/** Bytes of proposals that may be in the leader's log and not yet committed; beyond: refused. */
export const UNCOMMITTED_BYTES_MAX = 256 * 2 ** 20;
/** Recent entries that the raft core keeps in memory for its followers and the store. */
export const TAIL_BYTES_MAX = 64 * 2 ** 20;
/** Entries' bytes handed to the store in one apply message, and entries applied but not yet acknowledged by it. */
export const APPLY_BYTES_MAX = 4 * 2 ** 20;
export const APPLY_INFLIGHT_BYTES_MAX = 32 * 2 ** 20;
/** Entries that the log keeps beyond the usual for a follower that answers and lags, as after a snapshot; farther behind, it needs another one. */
export const SNAPSHOT_HOLD_ENTRIES_MAX = 500_000;
/** Linearizable reads that wait for one another's round. */
export const READS_PENDING_MAX = 65_536;

/** One frame on a peer connection, header included; checked before anything is allocated. */
export const PEER_FRAME_BYTES_MAX = 64 * 2 ** 20;
/** Frames' bytes queued for one peer and channel; beyond: the oldest go, since raft sends again. */
export const PEER_QUEUE_BYTES_MAX = 64 * 2 ** 20;

/** A message between actors on two threads: frames above this are a fault of our own. */
export const ACTOR_FRAME_BYTES_MAX = 512 * 2 ** 20;

/** Address space of the two LMDB environments: never touched, only mapped. */
export const LOG_MAP_BYTES = 64 * 2 ** 30;
export const STORE_MAP_BYTES = 64 * 2 ** 30;
/** Compacted log entries removed in one idle turn. */
export const LOG_SWEEP_RECORDS_MAX = 500;

/** Ticks delivered at once after a stall: a process that slept must not depose a healthy leader. */
export const TICKS_AFTER_STALL_MAX = 1;

assert(APPEND_BYTES_MAX < PEER_FRAME_BYTES_MAX, 'an append must fit a peer frame');
assert(APPLY_BYTES_MAX < APPLY_INFLIGHT_BYTES_MAX, 'an apply must fit its window');
assert(APPLY_INFLIGHT_BYTES_MAX < ACTOR_FRAME_BYTES_MAX, 'what is applied at once must fit a frame');
