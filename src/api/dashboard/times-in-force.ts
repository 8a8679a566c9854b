/**
 * The heartbeat interval and election timeout that are in force at this member, from the lines of its own /metrics: with --tuning=auto they are
 * other than the configured ones, and raft has no other word for them. Used by member-state.ts.
 */

export interface Times {
	readonly heartbeatMs: number;
	readonly electionMs: number;
}

const ELECTION = /^quorate_tuning_election_timeout_seconds (\S+)$/;
const HEARTBEAT = /^quorate_tuning_heartbeat_interval_seconds (\S+)$/;

/** The configured ones where the page does not tell: raft has not begun. */
export function timesInForce(lines: readonly string[], { heartbeatMs, electionMs }: Times): Times {
	return { heartbeatMs: toldBy(lines, HEARTBEAT) ?? heartbeatMs, electionMs: toldBy(lines, ELECTION) ?? electionMs };
}

function toldBy(lines: readonly string[], pattern: RegExp): number | null {
	for (const line of lines) {
		const milliseconds = Math.round(1_000 * Number(pattern.exec(line)?.[1]));
		if (milliseconds > 0) {
			return milliseconds;
		}
	}
	return null;
}
