/**
 * Times in ticks. A tick is a heartbeat interval, but for raft's where the cluster tunes its times (--tuning=auto): then it is so short that all times that
 * may be chosen are a number of them, and every count keeps its meaning when another time comes into force. Leases and all else go on in heartbeat intervals.
 */
import type { Config } from './config.ts';

/** An election timeout. */
export function electionTicks({ electionMs, heartbeatMs }: Pick<Config, 'electionMs' | 'heartbeatMs'>): number {
	return Math.max(2, Math.ceil(electionMs / heartbeatMs));
}

export const TUNING_TICK_MILLISECONDS = 10;
/** Below, one collection of garbage on a busy machine is an election. */
export const TUNED_ELECTION_MILLISECONDS_MIN = 150;
export const TUNED_ELECTION_MILLISECONDS_MAX = 5_000;

/** What raft is told of times. */
export interface RaftTicks {
	readonly tickMilliseconds: number;
	readonly electionTicks: number;
	readonly heartbeatTicks: number;
	readonly tuning: { readonly electionTicksMin: number; readonly electionTicksMax: number } | null;
}

export function raftTicks(config: Pick<Config, 'electionMs' | 'heartbeatMs' | 'tunes'>): RaftTicks {
	if (!config.tunes) {
		return { tickMilliseconds: config.heartbeatMs, electionTicks: electionTicks(config), heartbeatTicks: 1, tuning: null };
	}
	const ticks = (milliseconds: number): number => Math.ceil(milliseconds / TUNING_TICK_MILLISECONDS);
	return {
		tickMilliseconds: TUNING_TICK_MILLISECONDS,
		electionTicks: ticks(config.electionMs),
		heartbeatTicks: ticks(config.heartbeatMs),
		tuning: { electionTicksMin: ticks(TUNED_ELECTION_MILLISECONDS_MIN), electionTicksMax: ticks(TUNED_ELECTION_MILLISECONDS_MAX) },
	};
}
