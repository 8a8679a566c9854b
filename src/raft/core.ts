/**
 * The consensus of one member, as a state machine: inputs by step(), everything that it asks for by takeOutput() once a turn. It reads no
 * clock, no disk and no network, and its chance is handed in, so that a run can be repeated. Used by actors/raft-actor.ts and the simulator.
 *
 * Reading order: replica.ts (the state), transitions.ts, candidate.ts and voter.ts, follower.ts, leader.ts and replication.ts.
 */
import { unreachable } from '../base/assert.ts';
import { type Index, NOBODY, type Slot, type Term } from '../base/brand.ts';
import type { Random } from '../base/random.ts';
import { onApplied, onFetchedForStore, takeApply } from './applying.ts';
import type { BootState } from './boot.ts';
import { maybeCampaignAlone, maybeSucceed, onVoteDurable, tickElection } from './candidate.ts';
import { onCheckpointed } from './compaction.ts';
import type { RaftConfig } from './config.ts';
import { onTransfer } from './handover.ts';
import type { RaftInput } from './input.ts';
import { type MemberProgress, progressOf } from './inquiry.ts';
import { Invariants } from './invariants.ts';
import { flushLeader, maybeCommit, tickLeader } from './leader.ts';
import { adoptMembership } from './membership.ts';
import type { PersistBatch, RaftOutput, Role } from './output.ts';
import { onPropose, onReadIndex } from './proposals.ts';
import { onReceived } from './received.ts';
import { Replica } from './replica.ts';
import { onFetchedForMember, onLinkDown, onSnapshotSent } from './replication.ts';
import { onMarkDurable, onRestored, onRestoreFailed, onSnapshotReceived, tickInstall } from './snapshot-install.ts';
import type { Timing } from './timing.ts';
import { onLeaderLost, onTuned, tickTuning } from './tuning.ts';

export interface RaftStatus {
	readonly term: Term;
	readonly leader: Slot;
	readonly role: Role['role'];
	readonly last: Index;
	readonly commit: Index;
	readonly applied: Index;
	/** A leader that waits for its successor. */
	readonly isHandingOver: boolean;
}

export class RaftCore {
	readonly #replica: Replica;
	readonly #invariants = new Invariants();
	#told: Role | null = null;

	constructor(config: RaftConfig, boot: BootState, random: Random) {
		this.#replica = new Replica(config, boot, random);
		maybeCampaignAlone(this.#replica);
		this.#invariants.check(this.#replica);
	}

	/** Total for everything that a peer or a client can say. */
	step(input: RaftInput): void {
		dispatch(this.#replica, input);
		maybeCampaignAlone(this.#replica);
		this.#invariants.check(this.#replica);
	}

	/** Everything asked for since the last call. */
	takeOutput(): RaftOutput {
		const replica = this.#replica;
		if (replica.state.role === 'leader') {
			flushLeader(replica, replica.state);
		} else if (replica.leader !== NOBODY) {
			replica.forwarding.flush(replica.leader, replica.term);
		}
		const apply = takeApply(replica);
		const after = replica.draft.takeAfter();
		let persist: PersistBatch | null = null;
		if (replica.ledger.hasWork(replica.log, replica.hardState, replica.membershipUpTo) || (after.length > 0 && !replica.ledger.isIdle)) {
			persist = replica.ledger.take(replica.log, replica.hardState, after);
		}
		replica.log.evict(replica.config.tailBytesMax);
		// With nothing to write and nothing on its way to the disk, everything that a reply could promise is durable already.
		return replica.draft.take({ persist, apply, role: this.#takeRole() }, persist === null ? after : []);
	}

	status(): RaftStatus {
		const { term, leader, state, log } = this.#replica;
		return {
			term,
			leader,
			role: state.role,
			last: log.last,
			commit: log.commit,
			applied: log.applied,
			isHandingOver: state.role === 'leader' && state.transfer !== null,
		};
	}

	/** Of every member; null while this one does not lead. */
	progress(): readonly MemberProgress[] | null {
		return progressOf(this.#replica);
	}

	/** In force now. */
	get timing(): Timing {
		return this.#replica.timing;
	}

	/** The election timeout in ticks that this leader wishes for all: once a wish, and only in the term that it leads. */
	takeWish(): number | null {
		const { tuning, state } = this.#replica;
		if (tuning === null || tuning.wish === null) {
			return null;
		}
		const { wish } = tuning;
		tuning.wish = null;
		return state.role === 'leader' ? wish : null;
	}

	#takeRole(): Role | null {
		const { term, leader, state } = this.#replica;
		const told = this.#told;
		if (told !== null && told.role === state.role && told.term === term && told.leader === leader) {
			return null;
		}
		this.#told = { role: state.role, term, leader };
		return this.#told;
	}
}

function dispatch(replica: Replica, input: RaftInput): void {
	switch (input.kind) {
		case 'tick':
			onTick(replica);
			return;
		case 'propose':
			onPropose(replica, input);
			return;
		case 'read_index':
			onReadIndex(replica, input.requestId);
			return;
		case 'received':
			onReceived(replica, input.envelope);
			return;
		case 'persisted':
			onPersisted(replica, input.batch, input.lastIndex, input.lastTerm);
			return;
		case 'fetched':
			if (input.purpose.member === NOBODY) {
				onFetchedForStore(replica, input.purpose.lo, input.entries);
			} else {
				onFetchedForMember(replica, input.purpose, input.entries);
			}
			return;
		case 'applied':
			onApplied(replica, input.upTo);
			if (input.membership !== null) {
				adoptMembership(replica, input.membership);
			}
			maybeSucceed(replica);
			return;
		case 'checkpointed':
			onCheckpointed(replica, input.index);
			return;
		case 'snapshot_received':
			onSnapshotReceived(replica, input);
			return;
		case 'restored':
			onRestored(replica, input);
			return;
		case 'restore_failed':
			onRestoreFailed(replica, input);
			return;
		case 'snapshot_sent':
			onSnapshotSent(replica, input.to, input.index, input.ok);
			return;
		case 'link_down':
			onLinkDown(replica, input.member);
			onLeaderLost(replica, input.member);
			return;
		case 'tuned':
			onTuned(replica, input.electionTicks);
			return;
		case 'transfer':
			if (replica.state.role === 'leader') {
				onTransfer(replica, replica.state, input.target);
			}
			return;
		default:
			unreachable(input);
	}
}

function onTick(replica: Replica): void {
	replica.ledger.tick();
	tickTuning(replica);
	tickInstall(replica);
	if (replica.state.role === 'leader') {
		tickLeader(replica, replica.state);
	} else {
		replica.forwarding.tick();
		tickElection(replica);
	}
}

function onPersisted(replica: Replica, batch: number, lastIndex: Index, lastTerm: Term): void {
	const completion = replica.ledger.complete(batch, lastIndex, lastTerm);
	if (completion === null) {
		return;
	}
	replica.log.persistedTo(completion.safeUpTo);
	if (completion.mark !== null) {
		onMarkDurable(replica, completion.mark);
	}
	onVoteDurable(replica);
	if (replica.state.role === 'leader') {
		maybeCommit(replica, replica.state);
	}
}
