/**
 * A cluster that tunes its own times: the leader asks each follower how late its words come, and each member takes the times that the log has
 * brought to its store. A member that was given no bounds keeps the times of its configuration, and says so. The arithmetic is tuner.ts.
 *
 * Nothing here touches terms, votes or the log: a wrong time costs an election, never an answer. That none is brought about by tuning itself rests on: a
 * new time never counts as silence that has passed already; a leader speaks as often as the least patient voter needs; it steps in factors that leave
 * those who have not heard of it enough heartbeats; and who campaigns in vain becomes more patient by itself, so that links which have become
 * slower than the timeout cannot keep a cluster from electing.
 */
import type { Slot } from '../base/brand.ts';
import type { Envelope, TimingReply } from './message.ts';
import { isVoter } from './quorum.ts';
import type { Replica } from './replica.ts';
import type { LeaderState } from './role-state.ts';
import { tunedTiming, withinBounds } from './timing.ts';
import { Tuner } from './tuner.ts';

/** How often a leader asks, and thinks about what it was told. */
const ASK_TICKS = 10;
/** Until all have seen that a connection has ended, and one that was only lost is dialed anew. */
const LOST_TICKS_MIN = 2;
/** Of an election timeout, which is many round trips: so that of those who hear of it at the same moment one asks first. */
const LOST_SPREAD_PARTS = 2;

/** The store has it: from here on it is in force. Silence until now does not count against it, or it could be an election by itself. */
export function onTuned(replica: Replica, electionTicks: number): void {
	const { tuning, config } = replica;
	if (tuning === null || config.tuning === undefined) {
		return;
	}
	tuning.replicated = withinBounds(electionTicks, config.tuning);
	replica.timing = tunedTiming(tuning.replicated);
	const { state } = replica;
	if (state.role === 'follower') {
		replica.state = { ...state, silence: Math.min(state.silence, tuning.replicated - 1), patience: replica.drawPatience() };
	}
}

export function tickTuning(replica: Replica): void {
	const { tuning, ledger } = replica;
	if (tuning !== null) {
		tuning.now++;
		tuning.flush.note(ledger.stalledTicks, tuning.now);
	}
}

/**
 * The connection to the leader has ended: where its process has, all others see that at the same moment, and need not wait out its silence. It is a
 * hint: the member waits on for a part of an election timeout, which the leader's next word ends, and by pre-vote a majority must have lost it too.
 */
export function onLeaderLost(replica: Replica, member: Slot): void {
	const { state, timing, tuning } = replica;
	if (tuning !== null && state.role === 'follower' && state.leader === member && state.silence < timing.electionTicks) {
		const patience = timing.electionTicks + LOST_TICKS_MIN + replica.random.below(Math.ceil(timing.electionTicks / LOST_SPREAD_PARTS));
		replica.state = { ...state, silence: timing.electionTicks, patience };
		tuning.isLeaderLost = true;
	}
}

/** A leader has spoken after so many ticks of silence. */
export function noteSilence(replica: Replica, ticks: number): void {
	const { tuning } = replica;
	if (tuning !== null && tuning.isLeaderLost) {
		// The silence was made up, and a connection that ends is not a word that comes late.
		tuning.isLeaderLost = false;
	} else {
		tuning?.silence.note(ticks, tuning.now);
	}
}

/** A campaign has failed: perhaps the links, or the disks, are slower than the time in force allows. */
export function becomePatient(replica: Replica): void {
	const { tuning } = replica.config;
	if (tuning !== undefined && replica.state.role !== 'follower') {
		replica.timing = tunedTiming(withinBounds(2 * replica.timing.electionTicks, tuning));
	}
}

/** A leader is there: what this member waited in vain is no measure any more. */
export function forgetPatience(replica: Replica): void {
	const { tuning, config } = replica;
	if (tuning !== null) {
		replica.timing = tuning.replicated === null ? config : tunedTiming(tuning.replicated);
	}
}

export function tickTuner(replica: Replica, state: LeaderState): void {
	const { tuning, config, membership, ledger } = replica;
	if (tuning === null || config.tuning === undefined) {
		return;
	}
	if (tuning.reign?.state !== state) {
		tuning.reign = { state, tuner: new Tuner(config.tuning, config.electionTicks) };
	}
	const { tuner } = tuning.reign;
	tuner.flushing(ledger.stalledTicks, state.now);
	const { electionTicks } = replica.timing;
	for (const [member, progress] of state.progress) {
		tuner.unheard(member, progress.isActive(state.now, electionTicks) ? state.now - progress.heardAt : null, state.now);
	}
	if (state.now % ASK_TICKS !== 0) {
		return;
	}
	const voters: Slot[] = [];
	for (const member of state.progress.keys()) {
		replica.draft.send(member, replica.term, { kind: 'timing_request', stamp: state.now });
		if (isVoter(membership, member)) {
			voters.push(member);
		}
	}
	const wish = tuner.wish(voters, { inForce: electionTicks, replicated: tuning.replicated, now: state.now });
	if (wish !== null && !replica.isSole) {
		tuning.wish = wish;
		tuning.wishes++;
	}
}

/** How often a leader speaks: as often as the least patient of those who listen needs. */
export function heartbeatTicks(replica: Replica, state: LeaderState): number {
	const reign = replica.tuning?.reign;
	if (reign === null || reign === undefined || reign.state !== state) {
		return replica.timing.heartbeatTicks;
	}
	const least = reign.tuner.leastInForce(replica.timing.electionTicks, state.now);
	return Math.min(replica.timing.heartbeatTicks, tunedTiming(least).heartbeatTicks);
}

export function onTimingRequest(replica: Replica, { from }: Envelope, stamp: number): void {
	const { tuning } = replica;
	replica.draft.send(from, replica.term, {
		kind: 'timing_reply',
		stamp,
		silence: tuning === null ? 0 : tuning.silence.at(tuning.now),
		flush: tuning === null ? 0 : tuning.flush.at(tuning.now),
		electionTicks: tuning === null ? 0 : replica.timing.electionTicks,
	});
}

export function onTimingReply(replica: Replica, state: LeaderState, from: Slot, reply: TimingReply): void {
	const reign = replica.tuning?.reign;
	if (reign !== null && reign !== undefined && reign.state === state && state.progress.has(from) && reply.stamp <= state.now) {
		reign.tuner.told(from, reply, state.now);
	}
}
