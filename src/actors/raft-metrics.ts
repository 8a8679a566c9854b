/** What the raft actor has counted, under etcd's names (reference/etcd-surface.md 6.3). Used by raft-actor.ts. */
import { NOBODY, type Slot } from '../base/brand.ts';
import { counter, gauge, type Metric } from '../base/metric.ts';
import type { Clock } from '../ports/clock.ts';
import type { RaftStatus } from '../raft/core.ts';

/** A tick so many intervals after the one before is late: the followers wait for its heartbeats. */
const LATE_INTERVALS = 2;

export class RaftMeter {
	readonly #clock: Clock;
	readonly #tickSeconds: number;
	#leader: Slot = NOBODY;
	#leaderChanges = 0;
	#heartbeatsLate = 0;
	#tickedAt: number | null = null;

	constructor(clock: Clock, tickSeconds: number) {
		this.#clock = clock;
		this.#tickSeconds = tickSeconds;
	}

	/** As etcd counts: a leader that is another than the one known last, and not the loss of one. */
	leaderIs(leader: Slot): void {
		if (leader !== NOBODY && leader !== this.#leader) {
			this.#leader = leader;
			this.#leaderChanges += 1;
		}
	}

	ticked(isLeader: boolean): void {
		const now = this.#clock();
		if (isLeader && this.#tickedAt !== null && now - this.#tickedAt > LATE_INTERVALS * this.#tickSeconds) {
			this.#heartbeatsLate += 1;
		}
		this.#tickedAt = isLeader ? now : null;
	}

	/** null: the core does not run yet. */
	metrics(status: RaftStatus | null): readonly Metric[] {
		return [
			gauge('etcd_server_has_leader', 'Whether a leader is known: 1 is yes.', Number(status !== null && status.leader !== NOBODY)),
			gauge('etcd_server_is_leader', 'Whether this member leads: 1 is yes.', Number(status?.role === 'leader')),
			counter('etcd_server_leader_changes_seen_total', 'Leaders that this member has seen begin.', this.#leaderChanges),
			counter('etcd_server_heartbeat_send_failures_total', 'Heartbeats that this leader sent late, being too busy.', this.#heartbeatsLate),
			gauge('etcd_server_proposals_committed_total', 'The index up to which the log is committed.', status?.commit ?? 0),
			gauge('quorate_raft_term', 'The term.', status?.term ?? 0),
			gauge('quorate_raft_last_index', 'The last entry of the log.', status?.last ?? 0),
			gauge('quorate_raft_applied_index', 'The last entry that the store has applied.', status?.applied ?? 0),
		];
	}
}
