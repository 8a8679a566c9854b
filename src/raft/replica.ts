/**
 * The state of one member's core, shared by the files of its roles. It has no behaviour beyond what all of them need; who may change what is
 * said there. Nobody outside src/raft sees it: the face is core.ts.
 */
import { assert } from '../base/assert.ts';
import { type Index, NOBODY, type Slot, type Term } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import type { Random } from '../base/random.ts';
import { ApplyWindow } from './apply-window.ts';
import type { BootState } from './boot.ts';
import type { RaftConfig } from './config.ts';
import { ForwardLedger } from './forward-ledger.ts';
import { Forwarding } from './forwarding.ts';
import { OutputDraft } from './output-draft.ts';
import { isSoleVoter, isVoter, membersOf } from './quorum.ts';
import { RaftLog } from './raft-log.ts';
import type { RoleState } from './role-state.ts';
import { ENTRY_KIND, type EntryKind, type HardState, type Membership } from './state.ts';
import { StorageLedger } from './storage-ledger.ts';
import type { Timing } from './timing.ts';
import { TuningState } from './tuning-state.ts';

/** A received snapshot on its way into the store. */
export interface Install {
	readonly index: Index;
	readonly term: Term;
	readonly path: string;
	/** Marked in the log and handed to the store. */
	isRestoring: boolean;
	/** Since the store said that it cannot take it; null while it has not. */
	failedTicks: number | null;
}

export class Replica {
	readonly config: RaftConfig;
	readonly random: Random;
	readonly log: RaftLog;
	readonly ledger: StorageLedger;
	readonly draft: OutputDraft;
	readonly forwarding: Forwarding;
	readonly forwardLedger = new ForwardLedger();
	readonly applying: ApplyWindow;
	/** Null: the configured times stay. */
	readonly tuning: TuningState | null;
	/** The times in force. */
	timing: Timing;
	/** The term that was durable when this process began: what an earlier self did in it is not known. */
	readonly bootTerm: Term;
	term: Term;
	vote: Slot;
	state: RoleState;
	membership: Membership;
	/** The term of the entry that made it so, or null if the log had forgotten it when this process began. */
	membershipTerm: Term | null = null;
	/** Everybody in it, this member included if it is. */
	members: ReadonlySet<Slot> = new Set();
	install: Install | null = null;
	/** Invariant: no entry above this one, and not yet applied, is a change of membership. */
	membershipUpTo: Index;
	/** ReadIndex rounds begun by this process, in any term. */
	readRounds = 0;
	/** Whether nobody else has a vote. */
	isSole = false;

	constructor(config: RaftConfig, boot: BootState, random: Random) {
		checkConfig(config);
		checkBoot(boot);
		const { hardState, last } = boot.log;
		this.config = config;
		this.random = random;
		this.log = new RaftLog(boot.log, boot.applied.index);
		this.ledger = new StorageLedger(boot.log);
		this.draft = new OutputDraft(config.self);
		this.forwarding = new Forwarding({ boot: config.boot, messageBytesMax: config.appendBytesMax, readTicks: config.electionTicks }, this.draft);
		this.applying = new ApplyWindow(config.applyInflightBytesMax);
		this.tuning = config.tuning === undefined ? null : new TuningState();
		this.timing = config;
		this.term = hardState.term;
		this.vote = hardState.vote;
		this.bootTerm = hardState.term;
		const silence = config.initialTickAdvance ? config.electionTicks - 1 : 0;
		this.state = { role: 'follower', leader: NOBODY, silence, isCalled: false, patience: this.drawPatience() };
		this.membership = boot.membership;
		// The kinds of entries found at boot are not known: any of them may change the membership.
		this.membershipUpTo = last;
		this.adoptMembership(boot.membership);
		if (boot.resetTo !== null) {
			this.ledger.reset(boot.resetTo);
		}
		if (boot.isMarkStale) {
			this.ledger.unmark();
		}
		if (boot.bootstrap !== null) {
			this.#bootstrap(boot.bootstrap);
		}
	}

	get self(): Slot {
		return this.config.self;
	}

	get leader(): Slot {
		if (this.state.role === 'leader') {
			return this.self;
		}
		return this.state.role === 'follower' ? this.state.leader : NOBODY;
	}

	get hardState(): HardState {
		return { term: this.term, vote: this.vote, commit: this.log.commit };
	}

	/**
	 * May campaign: a voter that knows its membership to be the committed one (thesis 4.1 and etcd: a campaign on an old membership could
	 * elect two leaders), with no snapshot on its way in, and with a disk that answers: without it no vote of its own would count.
	 */
	get isPromotable(): boolean {
		const isCurrent = Math.min(this.log.commit, this.membershipUpTo) <= this.log.applied;
		return isVoter(this.membership, this.self) && isCurrent && this.install === null && !this.isDiskHanging;
	}

	/** A batch has been on its way to the disk for an election timeout, and not for less than the configured one: a disk may be slower than links. */
	get isDiskHanging(): boolean {
		return this.ledger.stalledTicks >= Math.max(this.config.electionTicks, this.timing.electionTicks);
	}

	drawPatience(): number {
		return this.timing.electionTicks + this.random.below(this.timing.electionTicks);
	}

	adoptMembership(membership: Membership): void {
		checkMembership(membership);
		assert(membership.index >= this.membership.index, () => `membership of entry ${membership.index} after that of ${this.membership.index}`);
		this.membership = membership;
		this.membershipTerm = this.log.termAt(membership.index);
		this.members = new Set(membersOf(membership));
		this.isSole = isSoleVoter(membership, this.self);
	}

	/** Puts one entry at the end of the log, in its own or a leader's words. */
	appendEntry(term: Term, kind: EntryKind, data: Uint8Array): void {
		const index = (this.log.last + 1) as Index;
		this.log.append({ index, term, kind, data });
		if (kind === ENTRY_KIND.membership) {
			this.membershipUpTo = index;
		}
	}

	truncateFrom(index: Index): void {
		assert(this.state.role !== 'leader', 'a leader never drops entries of its own log (thesis 3.5)');
		this.log.truncateFrom(index);
		this.ledger.truncated(index);
		this.membershipUpTo = Math.min(this.membershipUpTo, index - 1) as Index;
	}

	/** Entry 1 of a new cluster, the same on every founding member, so it is committed without a vote. */
	#bootstrap(data: Uint8Array): void {
		assert(this.log.last === 0 && this.log.applied === 0, 'a cluster is founded on an empty log and store');
		this.term = Math.max(this.term, 1) as Term;
		this.appendEntry(1 as Term, ENTRY_KIND.membership, data);
		this.log.commitTo(1 as Index);
	}
}

function checkConfig(config: RaftConfig): void {
	assert(config.self !== NOBODY, 'the own slot is not known');
	assert(config.electionTicks >= 2, () => `election after ${config.electionTicks} ticks: at least 2`);
	assert(config.heartbeatTicks >= 1 && config.heartbeatTicks < config.electionTicks, () => `heartbeat every ${config.heartbeatTicks} ticks`);
	assert(config.snapshotCount >= 1 && config.catchUpEntries >= 0, 'the log is compacted by at least one entry at a time');
	assert(config.appendBytesMax > 0 && config.inflightAppendsMax > 0 && config.applyBytesMax > 0, 'a bound of zero');
}

/** What the disks hold was reconciled before; what is still impossible here means damage. */
function checkBoot(boot: BootState): void {
	const { hardState, before, last } = boot.log;
	if (hardState.commit > last) {
		throw new FatalError(
			'log_damaged',
			`log: commit index ${hardState.commit} is beyond the last entry ${last}: it is written with the entries it counts`,
		);
	}
	if (boot.applied.index < before.index || boot.applied.index > last) {
		throw new FatalError(
			'log_lost',
			`log: holds entries ${before.index + 1} to ${last}, the store has applied ${boot.applied.index}: it must lie among them`,
		);
	}
}

/** I19: what the store says of members fits together. */
function checkMembership({ index, voters, votersOutgoing, learners, learnersNext, autoLeave }: Membership): void {
	const isJoint = votersOutgoing.length > 0;
	assert(
		learners.every((learner) => !voters.includes(learner) && !votersOutgoing.includes(learner)),
		'a learner is a voter too',
	);
	assert(
		learnersNext.every((learner) => !voters.includes(learner) && votersOutgoing.includes(learner)),
		'a voter that is to become a learner is one of the outgoing half, and only of it',
	);
	assert(isJoint || (learnersNext.length === 0 && !autoLeave), 'there is nothing to leave');
	assert(index === 0 || voters.length > 0, () => `the membership of entry ${index} has no voter`);
}
