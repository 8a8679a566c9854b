/** What has gone over the links to the other members since this one started, as /v2/stats tells (reference/etcd-surface.md 1.4). */

export interface AppendFigures {
	/** Messages with entries. */
	readonly count: number;
	/** Over the last 200 of them; 0 if the newest is over a second old. */
	readonly messagesPerSecond: number;
	readonly bytesPerSecond: number;
}

/** Of one member: round trips of probes in the last minute, in milliseconds; zeros where there were none. */
export interface RecentTripFigures {
	readonly count: number;
	readonly p50: number;
	readonly p99: number;
	readonly maximum: number;
	/** Mean difference between one and the next. */
	readonly jitter: number;
	/** Median of the newest five. */
	readonly latest: number;
}

/** The same of the last hour, within a tenth. */
export interface HourFigures {
	readonly count: number;
	readonly p50: number;
	readonly p99: number;
	readonly maximum: number;
	/** Probes that took longer than two heartbeats, and those that went down with their connection. */
	readonly late: number;
	readonly lost: number;
}

/** Of one member: round trips of probes, in milliseconds. */
export interface LatencyFigures {
	/** Hex. */
	readonly id: string;
	readonly current: number;
	readonly average: number;
	readonly standardDeviation: number;
	readonly minimum: number;
	readonly maximum: number;
	/** Probes that were answered, and connections that could not be made or were lost. */
	readonly success: number;
	readonly fail: number;
	readonly recent: RecentTripFigures;
	readonly hour: HourFigures;
	/** How long the probe that is on its way has been without an answer; null: none is on its way. */
	readonly unanswered: number | null;
	/** The connection for heartbeats stands. */
	readonly isUp: boolean;
}

export interface PeerFigures {
	readonly sent: AppendFigures;
	readonly received: AppendFigures;
	readonly members: readonly LatencyFigures[];
}
