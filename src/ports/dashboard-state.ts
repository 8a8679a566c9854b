/**
 * What the dashboard is told: by each member of itself, and by the member that serves the page of the whole cluster. Plain JSON, made by
 * api/dashboard, read by the page (src/dashboard), which imports nothing of the server but these types. Ids are hex; times are milliseconds.
 */

/** One other member, as this one reaches it. */
export interface LinkState {
	readonly id: string;
	/** The newest round trip of a probe; 0: none yet. */
	readonly current: number;
	/** Of the last minute. */
	readonly count: number;
	readonly p50: number;
	readonly p99: number;
	readonly maximum: number;
	readonly jitter: number;
	/** Median of the newest five. */
	readonly latest: number;
	readonly hour: {
		readonly count: number;
		readonly p50: number;
		readonly p99: number;
		readonly maximum: number;
		/** Heartbeats' probes that took longer than two heartbeats, and those that went down with the connection. */
		readonly late: number;
		readonly lost: number;
	};
	/** How long the probe on its way has had no answer. */
	readonly unanswered: number | null;
	/** Longer than it should: two heartbeats, and three times the p99. */
	readonly isLate: boolean;
	readonly isUp: boolean;
	/** Connections that failed or broke, since the start. */
	readonly failures: number;
}

export interface ElectionState {
	readonly term: number;
	/** Empty: a member that has left. */
	readonly leader: string;
	/** Unix time, by the clock of the member that tells. */
	readonly at: number;
	readonly leaderlessMs: number | null;
	readonly cause: 'boot' | 'silence' | 'other';
}

/** A unary call that took long. */
export interface SlowCall {
	/** When it began, Unix milliseconds. */
	readonly at: number;
	readonly milliseconds: number;
	/** `/etcdserverpb.KV/Put` */
	readonly method: string;
	/** The first that it names; empty where there is none. */
	readonly key: string;
	/** Address without a port. */
	readonly client: string;
	/** 32 hex digits: the caller's (W3C traceparent), or one of our own. */
	readonly trace: string;
	/** grpc's code. */
	readonly status: number;
	readonly requestBytes: number;
	readonly responseBytes: number;
	/** Milliseconds; null: no write, or another member leads. */
	readonly stages: {
		readonly queue: number;
		readonly flush: number;
		readonly quorum: number;
		readonly apply: number;
		readonly answer: number;
	} | null;
}

/** The slowest first. */
export interface SlowLists {
	readonly minute: readonly SlowCall[];
	readonly hour: readonly SlowCall[];
}

/** Only a leader knows. */
export interface ProgressState {
	readonly id: string;
	readonly match: number;
	readonly isActive: boolean;
}

export interface MemberState {
	readonly id: string;
	readonly version: string;
	readonly startedAt: number;
	readonly role: 'follower' | 'pre_candidate' | 'candidate' | 'leader';
	readonly term: number;
	/** Empty: none is known. */
	readonly leader: string;
	readonly learner: boolean;
	/** In force now, with the next. */
	readonly heartbeatMs: number;
	readonly electionMs: number;
	readonly lastIndex: number;
	readonly commit: number;
	readonly applied: number;
	readonly revision: number;
	readonly fileBytes: number;
	readonly usedBytes: number;
	/** Negative: none. */
	readonly quotaBytes: number;
	readonly alarms: readonly { readonly kind: 'NOSPACE' | 'CORRUPT'; readonly member: string }[];
	readonly links: readonly LinkState[];
	readonly progress: readonly ProgressState[];
	readonly elections: readonly ElectionState[];
	/** The first of /debug/slow, of the lane that tells. */
	readonly slow: SlowLists;
	/** Lines of this member's /metrics that the page shows, as they stand there. */
	readonly metrics: readonly string[];
}

export interface MemberRow {
	readonly id: string;
	readonly name: string;
	readonly peerUrls: readonly string[];
	readonly clientUrls: readonly string[];
	readonly learner: boolean;
	/** This is the member that serves the page. */
	readonly isSelf: boolean;
	/** The last that it told; null: nothing yet. */
	readonly state: MemberState | null;
	/** How old that is. */
	readonly ageMs: number;
	/** It did not answer the last question. */
	readonly isStale: boolean;
}

export interface Alert {
	/** As in etcd's mixin. */
	readonly name: string;
	readonly severity: 'critical' | 'warning';
	/** What is wrong, with its figures, and what to do about it. */
	readonly cause: string;
	readonly remedy: string;
}

/** What holds writes up, and where. */
export interface SlowCause {
	readonly member: string;
	/** network: between the leader and this member. disk: this member's log. */
	readonly cause: 'network' | 'disk';
	/** A round trip, or a flush, of the last seconds. */
	readonly milliseconds: number;
}

export interface ClusterState {
	readonly clusterId: string;
	readonly at: number;
	/** --dashboard-writes */
	readonly writes: boolean;
	readonly members: readonly MemberRow[];
	readonly alerts: readonly Alert[];
	/** The worst first. */
	readonly causes: readonly SlowCause[];
}

export interface KeyRow {
	/** Base64. */
	readonly key: string;
	readonly createRevision: number;
	readonly modRevision: number;
	readonly version: number;
	readonly lease: string;
	/** Base64; null: not asked for, or too large to be shown. */
	readonly value: string | null;
	readonly valueBytes: number;
}

/** One level of the tree: what is below `prefix`, up to and including the next separator. */
export interface KeyListing {
	readonly revision: number;
	readonly folders: readonly { readonly prefix: string }[];
	readonly keys: readonly KeyRow[];
	/** There is more: ask again from here (base64). */
	readonly next: string | null;
}

export interface KeyHistory {
	readonly revision: number;
	readonly compactRevision: number;
	/** Newest first. */
	readonly versions: readonly KeyRow[];
	readonly isWhole: boolean;
}
