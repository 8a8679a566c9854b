/** What a member keeps for the tuning of its times, in every role; what is done with it is tuning.ts. Part of the Replica. */
import { RecentPeak } from './recent-peak.ts';
import type { LeaderState } from './role-state.ts';
import type { Tuner } from './tuner.ts';

export class TuningState {
	/** Ticks of this process. */
	now = 0;
	/** As the store has it, in ticks; null: the configured time is in force. */
	replicated: number | null = null;
	readonly silence = new RecentPeak();
	/** Its connection has ended, and it was not heard since. */
	isLeaderLost = false;
	readonly flush = new RecentPeak();
	/** Of a leader: what it wishes for, until the actor has taken it. */
	wish: number | null = null;
	/** What was wished for since the process began. */
	wishes = 0;
	reign: { readonly state: LeaderState; readonly tuner: Tuner } | null = null;
}
