/**
 * The times in force, in ticks: when a leader's silence is too long, and how often it speaks. Fixed, unless the cluster tunes itself: then all
 * members take them from the store, which has them from the log. Not what they should be: tuner.ts. Used by replica.ts and all that count ticks.
 */
import { assert } from '../base/assert.ts';
import { HEARTBEATS_AN_ELECTION } from '../base/election-needs.ts';

export interface Timing {
	/** Ticks of silence before an election, at least 2; each wait is drawn from [electionTicks, 2 x electionTicks). */
	readonly electionTicks: number;
	readonly heartbeatTicks: number;
}

/** Within these the leader may choose; a member that is given none does not tune itself. */
export interface TuningBounds {
	readonly electionTicksMin: number;
	readonly electionTicksMax: number;
}

/** With a tick of 10 ms, no more than 50 heartbeats a second: at the least timeout there are 7 to an election, over links that repeat what is lost. */
const HEARTBEAT_TICKS_MIN = 2;

export function tunedTiming(electionTicks: number): Timing {
	assert(electionTicks > HEARTBEAT_TICKS_MIN, () => `an election timeout of ${electionTicks} ticks`);
	return { electionTicks, heartbeatTicks: Math.max(HEARTBEAT_TICKS_MIN, Math.floor(electionTicks / HEARTBEATS_AN_ELECTION)) };
}

/** What a member may be told by a log that was written under other bounds. */
export function withinBounds(electionTicks: number, { electionTicksMin, electionTicksMax }: TuningBounds): number {
	return Math.max(electionTicksMin, Math.min(electionTicksMax, Math.ceil(electionTicks)));
}
