/** Every bound of the system that is not an option, with the relations between them. */
import { assert } from './assert.ts';

/** A turn of an actor ends after this many messages, or this long. */
export const TURN_MESSAGES_MAX = 2_000;
export const TURN_MILLISECONDS_MAX = 10;

/** Requests and bytes that one api lane may have outstanding; beyond: "too many requests". */
export const LANE_REQUESTS_MAX = 4_096;
export const LANE_BYTES_MAX = 64 * 2 ** 20;
/** Members of one discovery token, and tokens at a time that GET /new makes: anybody may ask for one. */
export const DISCOVERY_SIZE_MAX = 1_000;
export const DISCOVERY_TOKENS_MAX = 1_000;

/** Entries' bytes in one append message, and appends on their way to one follower (etcd: 1 MiB, 512). */
export const APPEND_BYTES_MAX = 2 ** 20;
export const INFLIGHT_APPENDS_MAX = 512;
export const INFLIGHT_BYTES_MAX = 16 * 2 ** 20;
/** Commands of the store's own, as lease expiry, that may be outstanding at once. */
export const LEADER_COMMANDS_MAX = 256;
/** Leases that are asked for at a time, by this member's clients and by other members. */
export const LEASE_ASKS_MAX = 65_536;
/** Leases that one command ends, about how many keys it may delete with them, and such commands under way: clients' writes go between. */
export const LEASE_ENDS_MAX = 100;
export const LEASE_ENDS_KEYS_MAX = 1_000;
export const LEASE_ENDS_INFLIGHT_MAX = 2;
/** Leases whose remaining time goes into one command, one such a tick (etcd: 1,000), and leases that a new leader reads in a turn. */
export const LEASE_CHECKPOINTS_MAX = 1_000;
export const LEASES_LOADED_MAX = 5_000;
/** Leases in one question to another member. */
export const LEASE_QUESTION_MAX = 1_000;
/** Renewals of one stream that are asked for at a time, and that wait behind these; beyond, the stream is ended. */
export const KEEP_ALIVES_ASKED_MAX = 512;
export const KEEP_ALIVES_MAX = 65_536;
/** Simple tokens that the cluster knows at a time; beyond, the oldest go. */
export const SIMPLE_TOKENS_MAX = 65_536;
/** v2 nodes that one command ends; the rest is the next one's, a tick later. */
export const V2_EXPIRIES_MAX = 500;
/** Of the name of a user or role of the v2 API, which is part of a key of the engine; and of the JSON that is sent about one. */
export const V2_AUTH_NAME_BYTES_MAX = 1_024;
export const V2_AUTH_BODY_BYTES_MAX = 2 ** 18;
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

/** HTTP/2 on the client port (reliability.md 6.5): windows and tables that a connection is offered, floods that end it. T8: resets. */
export const H2_STREAMS_MAX = 16_384;
/** A request of the default size fits a stream's window; several at once the connection's. */
export const H2_STREAM_WINDOW_BYTES = 2 * 2 ** 20;
export const H2_CONNECTION_WINDOW_BYTES = 16 * 2 ** 20;
export const H2_RESETS_BURST = 2_000;
export const H2_RESETS_PER_SECOND = 100;
/** A header list beyond its size, which took as long to unfold as so many resets. */
export const H2_BOMB_RESETS = 200;
/** T9: one header block, and the fields that it unfolds to. */
export const H2_HEADER_BLOCK_BYTES_MAX = 32 * 2 ** 10;
export const H2_CONTINUATIONS_MAX = 8;
export const H2_HEADER_LIST_BYTES_MAX = 16 * 2 ** 10;
export const H2_HEADER_FIELDS_MAX = 128;
export const H2_HEADER_TABLE_BYTES_MAX = 4_096;
/** T10: frames that ask for work or an answer and carry nothing, and crumbs of data. */
export const H2_SETTINGS_MAX = 32;
export const H2_CONTROL_FRAMES_BURST = 1_000;
export const H2_CONTROL_FRAMES_PER_SECOND = 100;
export const H2_CRUMB_BYTES = 64;
export const H2_CRUMBS_BURST = 20_000;
export const H2_CRUMBS_PER_SECOND = 2_000;
/** Streams that one change of their windows costs as much as one control frame. */
export const H2_RESIZES_A_CONTROL = 256;
/** Streams that we reset: so many are remembered, since their frames may still be on the way. */
export const H2_ABANDONED_MAX = 4_096;
/** Answers that a connection has not taken: beyond, its new calls are refused. */
export const H2_UNSENT_BYTES_MAX = 64 * 2 ** 20;
/** Answers that all connections of a server together have not taken: beyond, those go that have so much to take and take less than so much of it. */
export const UNSENT_BYTES_MAX = 512 * 2 ** 20;
export const SLOW_READER_BYTES_MIN = 64 * 2 ** 10;
export const SLOW_READER_TAKES_PER_SECOND = 2 ** 20;
/** One on whose large answer others of its address wait goes if it takes less than so much of it for so long. */
export const CRAWLER_TAKES_PER_SECOND = 64 * 2 ** 10;
export const CRAWLER_MILLISECONDS = 3_000;
/** Requests that one HTTP/1.1 connection has sent without waiting for their answers; beyond: it is cut off. */
export const HTTP1_PIPELINED_MAX = 32;
/** Bytes in a socket's own queue: beyond the first, answers wait in their calls; beyond the second, the connection is not read. */
export const H2_SOCKET_BYTES_MAX = 256 * 2 ** 10;
export const H2_SOCKET_BYTES_DEAF = 2 * 2 ** 20;
/** Messages of one stream that wait: beyond, its service is told to. */
export const H2_STREAM_UNSENT_BYTES_MAX = 64 * 2 ** 10;
/** Bytes of requests that are not complete yet, over all connections of a lane. */
export const RPC_BUFFERED_BYTES_MAX = 256 * 2 ** 20;

/** Bytes of answers that a lane makes of reads in one go, and reads that wait for a turn or for their caller to take its answers. */
export const READ_TURN_BYTES_MAX = 2 ** 20;
export const READS_DEFERRED_MAX = 16_384;
/** Large ranges of one lane that are gathered at a time: each may come to as much as an answer may have. Of one connection it is one. */
export const LONG_READS_MAX = 4;
export const LONG_READS_ADDRESS_MAX = 2;
/** Large ranges of one connection that wait to be gathered: beyond, its other ranges wait too, since each might be one more. */
export const LONG_READS_WAITING_MAX = 2;
/** Large answers on their way to one address, on all its connections to one lane: beyond, it is made no more of them. */
export const LARGE_ANSWERS_ADDRESS_BYTES_MAX = 32 * 2 ** 20;
/** Range streams of one lane: each has no more than a page in memory. */
export const RANGE_STREAMS_MAX = 16_384;
/** As grpc-go: the length of a message is an int32. */
export const ANSWER_BYTES_MAX = 2 ** 31 - 1;
/** Times that a range of "now" is begun anew since a compaction has overtaken it. */
export const RANGE_RESTARTS_MAX = 4;

/** Watch streams of one lane, and watchers that it has asked the hub for and heard nothing of; beyond: "too many requests". */
export const LANE_WATCH_STREAMS_MAX = 65_536;
export const LANE_WATCH_CREATES_MAX = 131_072;
/** Calls of Lock, of Campaign and of Observe that wait in one lane. */
export const CONCURRENCY_WAITERS_MAX = 4_096;
export const ELECTION_OBSERVERS_MAX = 4_096;
/** A lane says what was taken once it is this much: a word for every response would cost the hub more than the response. */
export const WATCH_TAKEN_BYTES = 16 * 2 ** 10;

/** What a watch hub bears: watchers in all and on one stream, streams that have had one. Beyond: refused, with a reason. */
export const WATCHERS_MAX = 1_000_000;
export const WATCHERS_PER_STREAM_MAX = 65_536;
export const WATCH_STREAMS_MAX = 262_144;
/** Bytes of responses that a stream's connection has not taken: beyond, its watchers go on from history later. Less when all streams together near theirs. */
export const WATCH_STREAM_UNTAKEN_BYTES_MAX = 2 ** 20;
export const WATCH_STREAM_UNTAKEN_BYTES_MIN = 64 * 2 ** 10;
export const WATCH_UNTAKEN_BYTES_MAX = 256 * 2 ** 20;
/** Distinct responses of one turn; beyond: as if the streams had been full. */
export const WATCH_TURN_BYTES_MAX = 32 * 2 ** 20;
/** One slice of history, for the live watchers and for those behind. */
export const WATCH_SLICE_RECORDS = 1_000;
export const WATCH_SLICE_BYTES = 2 ** 20;
/** Sweeps through history at a time, those of them that begin far back, and watchers in one. Beyond: they wait. */
export const WATCH_SWEEPS_MAX = 16;
export const WATCH_FAR_SWEEPS_MAX = 12;
export const WATCH_SWEEP_WATCHERS_MAX = 8_192;

/** Watchers of the v2 keyspace in one lane; beyond: "too many requests". Told in one turn, caught up in one turn; events in one piece, and pieces in one turn. */
export const LANE_V2_WATCHERS_MAX = 100_000;
export const V2_WATCH_DELIVERIES_A_TURN = 1_000;
export const V2_WATCH_CATCH_UPS_A_TURN = 100;
export const V2_WATCH_SLICE_EVENTS = 32;
export const V2_WATCH_SLICES_A_TURN = 40;
/** Printed events that a lane keeps, and the longest of them. */
export const V2_WATCH_PRINTED_MAX = 64;
export const V2_WATCH_PRINTED_BYTES_MAX = 64 * 2 ** 10;

/** Objects within one another in a request of the JSON gateway: a hundred txns are two hundred of them. */
export const JSON_DEPTH_MAX = 500;
/** The token of a WebSocket's subprotocol. */
export const WEBSOCKET_TOKEN_CHARACTERS_MAX = 8 * 2 ** 10;

/** A message between actors on two threads: frames above this are a fault of our own. */
export const ACTOR_FRAME_BYTES_MAX = 512 * 2 ** 20;

/** Address space of the two LMDB environments: never touched, only mapped. */
export const LOG_MAP_BYTES = 64 * 2 ** 30;
export const STORE_MAP_BYTES = 64 * 2 ** 30;

/** Of a store with this quota (negative: none), which counts pages in use and not those that a reader holds. */
export function storeMapBytes(quotaBytes: number): number {
	return Math.max(4 * quotaBytes, STORE_MAP_BYTES);
}
/** A store with so much in use is read whole at each start; of a larger one a start reads how its trees begin, and the background sweep the rest. */
export const STORE_WHOLE_CHECK_BYTES_MAX = 64 * 2 ** 20;
/** Compacted log entries removed in one idle turn. */
export const LOG_SWEEP_RECORDS_MAX = 500;

/** Segments of the journal: a small one for a member that hardly writes, large ones once so much of it is used. */
export const JOURNAL_FIRST_SEGMENT_BYTES = 8 * 2 ** 20;
export const JOURNAL_SEGMENT_BYTES = 64 * 2 ** 20;
export const JOURNAL_PREPARE_AT_BYTES = 2 ** 19;
/** A turn's batches beyond so many bytes go into another record, with a flush of its own. */
export const JOURNAL_RECORD_BYTES_MAX = 4 * 2 ** 20;
/** The journal is folded in slices: the next one after so many entries, or bytes, appended. */
export const JOURNAL_SLICE_AT_ENTRIES = 250;
export const JOURNAL_SLICE_AT_BYTES = 2 ** 17;
/** A turn of so many entries, or bytes, is flushed off the thread: as many as make a hop there and back small beside what the turn costs anyway. */
export const JOURNAL_FLUSH_OFF_AT_ENTRIES = 32;
export const JOURNAL_FLUSH_OFF_AT_BYTES = 2 ** 14;

assert(APPEND_BYTES_MAX < PEER_FRAME_BYTES_MAX, 'an append must fit a peer frame');
assert(JOURNAL_RECORD_BYTES_MAX + APPEND_BYTES_MAX < JOURNAL_FIRST_SEGMENT_BYTES, 'a usual record must fit a segment');
assert(APPLY_BYTES_MAX < APPLY_INFLIGHT_BYTES_MAX, 'an apply must fit its window');
assert(APPLY_INFLIGHT_BYTES_MAX < ACTOR_FRAME_BYTES_MAX, 'what is applied at once must fit a frame');
assert(WATCH_STREAM_UNTAKEN_BYTES_MIN <= WATCH_STREAM_UNTAKEN_BYTES_MAX, 'a crowded hub gives no stream more than a quiet one');
assert(4 * WATCH_TURN_BYTES_MAX <= ACTOR_FRAME_BYTES_MAX, 'the watch responses of a turn must fit a frame');
assert(WATCH_FAR_SWEEPS_MAX < WATCH_SWEEPS_MAX, 'watchers that are nearly there must find a sweep');
assert(H2_STREAM_WINDOW_BYTES <= H2_CONNECTION_WINDOW_BYTES, 'a stream must not be offered more than its connection');
assert(2 * WATCH_TAKEN_BYTES <= WATCH_STREAM_UNTAKEN_BYTES_MIN, 'a stream must not stop for want of a word that is not said yet');
assert(H2_SOCKET_BYTES_MAX < H2_SOCKET_BYTES_DEAF, 'answers must wait before reading does');
