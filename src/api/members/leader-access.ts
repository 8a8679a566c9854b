/**
 * What only a leader knows or can do before a change of membership: how far everybody is, and stepping aside before it is removed. Asked of the
 * own raft actor where this member leads, else on the leader's peer port. Used by member-changes.ts.
 */
import { NOBODY, type Slot } from '../../base/brand.ts';
import type { MemberRecord } from '../../members/record.ts';
import { list } from '../../members/table.ts';
import type { Lane, MemberProgress } from '../../ports/lane.ts';

export interface LeaderAccessPorts {
	readonly lane: Lane;
	/** Asks another member how far everybody is: empty if it does not lead, null if there was no answer. */
	readonly askPeer: (member: MemberRecord, done: (progress: readonly MemberProgress[] | null) => void) => void;
	/** Asks another member to hand its leadership over. Nothing answers; the new leader's election tells. */
	readonly askToHandOver: (member: MemberRecord) => void;
	readonly later: (milliseconds: number, work: () => void) => void;
}

/** An election that is under way is waited for, as long as a client would. */
const ATTEMPTS_MAX = 10;
const PAUSE_MILLISECONDS = 250;
/** A successor is told once it has everything; raft gives up after an election timeout, 50 s at most. */
const LOOKS_MAX = 60;
const LOOK_MILLISECONDS = 50;

export class LeaderAccess {
	readonly #ports: LeaderAccessPorts;

	constructor(ports: LeaderAccessPorts) {
		this.#ports = ports;
	}

	/** null: there was no leader to be asked for a while. */
	askProgress(done: (progress: readonly MemberProgress[] | null) => void): void {
		this.#askProgress(ATTEMPTS_MAX, done);
	}

	/**
	 * Goes on once the leadership is with another than `slot`, or was not handed over in time. A leader that is removed while it leads ends with
	 * what it had just been asked for, and these writes would be unknown; as a follower it refuses what comes late, and it is proposed again.
	 */
	moveAwayFrom(slot: Slot, next: () => void): void {
		const { lane, askToHandOver } = this.#ports;
		const { leader } = lane.leaderView;
		const member = leader === slot ? this.#memberAt(slot) : undefined;
		if (member === undefined || leader === NOBODY) {
			next();
			return;
		}
		if (leader === lane.selfSlot) {
			// How it ends is seen by looking: an answer could be as late as the request's time.
			lane.moveLeader(NOBODY, () => {});
		} else {
			askToHandOver(member);
		}
		this.#look(LOOKS_MAX, slot, next);
	}

	#look(looks: number, former: Slot, next: () => void): void {
		const { leader } = this.#ports.lane.leaderView;
		if (looks <= 0 || (leader !== NOBODY && leader !== former)) {
			next();
		} else {
			this.#ports.later(LOOK_MILLISECONDS, () => this.#look(looks - 1, former, next));
		}
	}

	#askProgress(attempts: number, done: (progress: readonly MemberProgress[] | null) => void): void {
		this.#askLeader((progress) => {
			if (progress !== null && progress.length > 0) {
				done(progress);
			} else if (attempts <= 1) {
				done(null);
			} else {
				this.#ports.later(PAUSE_MILLISECONDS, () => this.#askProgress(attempts - 1, done));
			}
		});
	}

	#askLeader(done: (progress: readonly MemberProgress[] | null) => void): void {
		const { lane, askPeer } = this.#ports;
		const { leader } = lane.leaderView;
		if (leader === lane.selfSlot) {
			lane.inquireProgress(done);
			return;
		}
		const member = leader === NOBODY ? undefined : this.#memberAt(leader);
		if (member === undefined) {
			done(null);
		} else {
			askPeer(member, done);
		}
	}

	#memberAt(slot: Slot): MemberRecord | undefined {
		return this.#ports.lane.reader.read(list).find((member) => member.slot === slot);
	}
}
