/**
 * One api lane's dealings with the rest of the member: it admits requests, proposes, asks for read indexes, keeps the time of everything
 * that is outstanding, and knows what its reader of the store can see. The protocols that clients speak are in src/api; they call it
 * through ports/lane.ts, on the same thread, inside or outside a turn.
 */
import { ANONYMOUS, type Identity, THE_MEMBER } from '../auth/identity.ts';
import { assert, unreachable } from '../base/assert.ts';
import { type Index, NOBODY, type RequestId, type Slot, toIndex } from '../base/brand.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { EngineReader } from '../base/engine.ts';
import type { Metric } from '../base/metric.ts';
import { currentRevision } from '../mvcc/store-state.ts';
import type { Lane, LeaderView } from '../ports/lane.ts';
import type { V2Watches } from '../ports/v2-watches.ts';
import type { Watches } from '../ports/watches.ts';
import { COMMAND_KIND, type CommandKind } from '../protocol/command.ts';
import type { Answered, RoleChanged, Settled } from '../protocol/messages.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { Actor } from './actor.ts';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import { LaneAdmission } from './lane-admission.ts';
import { LaneBudget } from './lane-budget.ts';
import { type ElectionSeen, LaneElections } from './lane-elections.ts';
import { LaneHolds } from './lane-holds.ts';
import { type FiguresDone, LaneInquiries, type ProgressDone, type StatusDone } from './lane-inquiries.ts';
import { LaneLeases, type LeaseDone } from './lane-leases.ts';
import { laneMetrics } from './lane-metrics.ts';
import { LaneOutgoing } from './lane-outgoing.ts';
import { LaneProposals, type NewProposal, type ProposalDone } from './lane-proposals.ts';
import { LanePublication } from './lane-publication.ts';
import { LaneReads, type ReadDone } from './lane-reads.ts';
import { LaneStages } from './lane-stages.ts';
import { LaneStanding } from './lane-standing.ts';
import { LaneStore } from './lane-store.ts';
import { LaneV2Watches } from './lane-v2-watches.ts';
import { LaneWatches } from './lane-watches.ts';

export class ApiActor implements Actor<'api'>, Lane {
	readonly #options: ApiOptions;
	readonly #ports: ApiPorts;
	readonly #store: LaneStore;
	readonly #budget: LaneBudget;
	readonly #proposals: LaneProposals;
	readonly #reads: LaneReads;
	readonly #inquiries: LaneInquiries;
	readonly #leases: LaneLeases;
	readonly #watches: LaneWatches;
	readonly #v2Watches: LaneV2Watches;
	readonly #holds: LaneHolds;
	readonly #admission: LaneAdmission;
	readonly #standing: LaneStanding;
	/** Where the time of writes went: api/slow. */
	readonly stages: LaneStages;
	readonly #elections = new LaneElections();
	/** A turn that will flush is already on its way. */
	#awake = false;

	constructor(options: ApiOptions, ports: ApiPorts) {
		assert(options.selfSlot !== NOBODY, 'a lane belongs to a member');
		this.#options = options;
		this.#ports = ports;
		this.#store = new LaneStore(ports.readers);
		this.#budget = new LaneBudget({ requestsMax: options.requestsMax, bytesMax: options.bytesMax });
		this.#admission = new LaneAdmission(options, this.#budget);
		const outgoing = new LaneOutgoing(options, ports, { admission: this.#admission, store: this.#store });
		const publication = options.publication === null ? null : new LanePublication(options.publication, options.readRepeatTicks, ports.logger);
		this.#standing = new LaneStanding({ leaderlessTicks: options.leaderlessTicks, publication, announceServing: ports.announceServing });
		this.#proposals = new LaneProposals(this.#budget, (kind, body, plain, who) => outgoing.propose(kind, body, plain, who));
		this.#reads = new LaneReads({ repeatTicks: options.readRepeatTicks }, this.#budget, () => outgoing.askReadIndex());
		this.#inquiries = new LaneInquiries(this.#admission, this.#budget, (message) => ports.outbox.post('raft', message));
		this.stages = new LaneStages(
			() => this.#admission.nextId(),
			(message) => ports.outbox.post('raft', message),
		);
		this.#leases = new LaneLeases(this.#admission, this.#budget, {
			selfSlot: options.selfSlot,
			leader: () => this.leaderView.leader,
			post: (message) => ports.outbox.post('store', message),
			askMember: (leader, question, done) => outgoing.askMember(leader, question, done),
			wake: () => this.#wake(),
		});
		this.#holds = new LaneHolds((oldest) => ports.outbox.post('store', { kind: 'reads_held', lane: options.lane, oldest }));
		this.#watches = new LaneWatches(options.lane, {
			post: (message) => ports.outbox.post('watch', message, options.watchLane),
			revision: () => this.reader.read(currentRevision),
			wake: () => this.#wake(),
		});
		this.#v2Watches = new LaneV2Watches({ read: (work) => this.reader.read(work), wake: () => this.#wake() });
	}

	// ---- what the front ends see

	get reader(): EngineReader {
		return this.#store.reader;
	}

	get leaderView(): LeaderView {
		return this.#standing.leaderView;
	}

	get watches(): Watches {
		return this.#watches;
	}

	get v2Watches(): V2Watches {
		return this.#v2Watches;
	}

	get selfSlot(): Slot {
		return this.#options.selfSlot;
	}

	get applied(): Index {
		return this.#store.applied;
	}

	get isLearner(): boolean {
		return this.#standing.isLearner;
	}

	get isServing(): boolean {
		return this.#standing.isServing;
	}

	whenLeaderless(listener: () => void): () => void {
		return this.#standing.whenLeaderless(listener);
	}

	propose(kind: CommandKind, body: Uint8Array, done: ProposalDone, who: Identity = ANONYMOUS): void {
		this.#propose({ kind, body, deadline: this.#admission.deadline, done, plain: false, who });
	}

	proposePlain(kind: CommandKind, body: Uint8Array, done: ProposalDone, who: Identity = ANONYMOUS): void {
		this.#propose({ kind, body, deadline: this.#admission.deadline, done, plain: true, who });
	}

	#propose(proposal: NewProposal): void {
		const refusal = this.#admission.admit(proposal.body.length);
		if (refusal === 0) {
			this.#proposals.add(proposal, !this.#standing.hasLeader);
			this.#wake();
		} else {
			proposal.done(refusal, EMPTY_BYTES);
		}
	}

	awaitLinearizable(done: ReadDone): void {
		const refusal = this.#admission.admit(0);
		if (refusal === 0) {
			this.#reads.add({ deadline: this.#admission.deadline, done });
			this.#wake();
		} else {
			done(refusal);
		}
	}

	askLease(id: bigint, renew: boolean, done: LeaseDone): void {
		this.#leases.ask(id, renew, done);
	}

	holdRevision(revision: number): () => void {
		return this.#holds.hold(revision);
	}

	inquireStatus(done: StatusDone): void {
		this.#inquiries.askStatus(done);
	}

	inquireProgress(done: ProgressDone): void {
		this.#inquiries.askProgress(done);
	}

	/** What has gone over the links to the other members; null: the peer actor did not answer in the request's time. */
	inquireFigures(done: FiguresDone): void {
		this.#inquiries.askFigures((message) => this.#ports.outbox.post('peer', message), done);
	}

	/** Who has led since this member started, as it saw it. */
	get elections(): readonly ElectionSeen[] {
		return this.#elections.seen(this.#admission.now);
	}

	/** Ticks since the leader has been known to lead. */
	get ticksOfLeader(): number {
		return this.#standing.ticksOfLeader;
	}

	moveLeader(target: Slot, done: (code: number) => void): void {
		this.#inquiries.move({ target, self: this.#options.selfSlot, leader: this.leaderView.leader }, done);
	}

	/** What was counted here, when somebody asks. */
	metrics(): readonly Metric[] {
		const counted = laneMetrics({
			proposalsPending: this.#proposals.pending,
			proposalsFailed: this.#proposals.failed,
			readsSlow: this.#reads.slow,
			readsFailed: this.#reads.failed,
			isLearner: this.isLearner,
			v2Watchers: this.#v2Watches.size,
			v2WatchRequests: this.#v2Watches.requests,
		});
		return [...counted, ...this.stages.metrics()];
	}

	// ---- what the host calls

	start(): void {
		this.#store.settled(this.#options.generation, toIndex(0));
	}

	receive(message: Inbox<'api'>): void {
		this.#awake = true;
		switch (message.kind) {
			case 'settled':
				this.#settled(message);
				break;
			case 'answered':
				this.#answered(message);
				break;
			case 'read_granted':
				this.#granted(message.requestId, message.index);
				break;
			case 'refused':
				if (!this.#proposals.refuse(message.requestId, message.code)) {
					this.#reads.refuse(message.requestId, message.code);
				}
				break;
			case 'role_changed':
				this.#roleChanged(message);
				break;
			case 'raft_status':
				this.#inquiries.answerStatus(message);
				break;
			case 'raft_progress':
				this.#inquiries.answerProgress(message);
				break;
			case 'stages_told':
				this.stages.told(message);
				break;
			case 'figures_told':
				this.#inquiries.answerFigures(message);
				break;
			case 'ask_state':
				this.#describe(message.requestId);
				break;
			case 'leases_told':
				this.#leases.told(message);
				break;
			case 'watch_responses':
				this.#watches.receive(message);
				break;
			case 'standing_changed':
				this.#standing.isLearner = message.learner;
				break;
			default:
				unreachable(message);
		}
	}

	tick(): void {
		this.#awake = true;
		this.#admission.now += 1;
		const { now } = this.#admission;
		this.#proposals.expire(now);
		this.#reads.tick(now);
		this.#inquiries.expire(now);
		this.#leases.expire(now);
		this.#standing.tick();
		if (this.#standing.hasLeader) {
			this.#retry();
		}
		if (this.#admission.isDrainOver) {
			this.#giveUp();
		}
	}

	/** All reads that came in since the last flush share one round. */
	flush(): void {
		this.#awake = false;
		if (this.#standing.hasLeader && this.#reads.hasGathered) {
			this.#reads.askForGathered(this.#admission.now);
		}
		this.#leases.flush();
		this.#watches.flush();
		this.#v2Watches.flush();
	}

	drain(): void {
		if (this.#admission.drain()) {
			this.#proposals.failHeld(CODES.stopped.code);
			this.#watches.endAll(CODES.stopped.code);
			this.#v2Watches.endAll();
		}
	}

	isDrained(): boolean {
		return this.#admission.isDraining && this.#budget.isIdle;
	}

	/** After the last turn: the store may be closed. */
	close(): void {
		this.#store.close();
	}

	// ---- details

	/** A request that comes from a socket comes outside a turn: this brings the turn whose flush sends what it left. */
	#wake(): void {
		if (!this.#awake) {
			this.#awake = true;
			this.#ports.turn.run(NOTHING);
		}
	}

	/** Before it can be seen: this lane reads nothing more until it can. */
	#answered({ upTo, requestIds, codes, responses }: Answered): void {
		this.#store.promised(upTo);
		this.stages.settling = upTo;
		requestIds.forEach((requestId, i) => {
			this.#proposals.settle(requestId, codes[i] as number, responses[i] as Uint8Array);
		});
		this.stages.settling = null;
	}

	#settled(message: Settled): void {
		assert(
			message.requestIds.length === message.codes.length && message.codes.length === message.responses.length,
			'the columns of settled have one length',
		);
		// Before any answer: whoever has it may read at once, and must find what was answered.
		if (this.#store.settled(message.generation, message.upTo)) {
			this.#proposals.loseExecuted();
		}
		this.stages.settling = message.upTo;
		message.requestIds.forEach((requestId, i) => {
			this.#proposals.settle(requestId, message.codes[i] as number, message.responses[i] as Uint8Array);
		});
		this.stages.settling = null;
		this.#reads.appliedTo(this.#store.applied);
		this.#v2Watches.settled();
	}

	/** The lane's front ends know more than the lane, and take a while. */
	#describe(requestId: RequestId): void {
		const tell = (json: string): void => this.#ports.turn.run(() => this.#ports.outbox.post('peer', { kind: 'state_told', requestId, json }));
		if (this.#ports.describe === undefined) {
			tell('');
		} else {
			this.#ports.describe(tell);
		}
	}

	#granted(requestId: RequestId, index: Index): void {
		if (index > this.#store.applied) {
			this.#store.look();
		}
		this.#reads.grant(requestId, index, this.#store.applied);
	}

	#roleChanged(message: RoleChanged): void {
		this.#standing.roleChanged(message);
		this.#elections.note(message, this.#admission.now);
		this.#leases.leaderChanged();
		if (this.#standing.hasLeader) {
			this.#inquiries.leaderIs(message.leader, message.leader !== this.#options.selfSlot);
			this.#retry();
		}
	}

	#retry(): void {
		const body = this.#admission.isDraining ? null : this.#standing.takePublication(this.#admission.now);
		if (body !== null) {
			this.#budget.take(body.length);
			const done = (code: number): void => this.#standing.published(code, this.#admission.now);
			this.#proposals.add({ kind: COMMAND_KIND.publish, body, deadline: this.#admission.deadline, done, plain: false, who: THE_MEMBER }, false);
		}
		this.#proposals.retryHeld();
		this.#reads.wakeResting();
		this.#leases.wakeResting();
	}

	/** What is in flight may still happen: `stopped` says nothing about it, and is not among the codes that are safe to retry. */
	#giveUp(): void {
		this.#proposals.failAll(CODES.stopped.code);
		this.#reads.failAll(CODES.stopped.code);
		this.#inquiries.failAll();
		this.#leases.failAll(CODES.stopped.code);
	}
}

const NOTHING = (): void => {};
