/**
 * The shell of the Raft core: each message becomes one input, each turn's output is posted in a fixed order. It takes no Raft decision and
 * reads no state of the core but its status. Run by workers/raft.worker.ts and by the simulator.
 */
import { unreachable } from '../base/assert.ts';
import { type Index, laneOf, NOBODY, RAFT_LANE, STORE_LANE, type Term } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { Metric } from '../base/metric.ts';
import type { Random } from '../base/random.ts';
import { type Clock, STANDING_CLOCK } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { InquireProgress, LogOpened, Propose, ReadGranted, Received, Refused, StoreOpened } from '../protocol/messages.ts';
import { decodeEnvelope } from '../protocol/peer-codec.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { AskStages } from '../protocol/stage-messages.ts';
import type { RaftConfig } from '../raft/config.ts';
import { RaftCore } from '../raft/core.ts';
import type { MemberProgress } from '../raft/inquiry.ts';
import type { Role } from '../raft/output.ts';
import type { Actor, Outbox } from './actor.ts';
import { bootState, toAppend, toColumns, toEntries, toFrame } from './raft-columns.ts';
import { RaftMeter } from './raft-metrics.ts';
import { RaftTuning } from './raft-tuning.ts';
import { WriteStages } from './write-stages.ts';

export interface RaftActorOptions {
	readonly config: RaftConfig;
	/** The founding membership command, used if log and store are empty; null: this member founds nothing. */
	readonly bootstrap: Uint8Array | null;
	/** Api lanes, each of which hears of every change of role. */
	readonly lanes: number;
	/** Watch hubs, which hear of it too. */
	readonly watchLanes: number;
	/** Of wall clocks: for metrics, and for the times that the cluster gives itself, which the log has in milliseconds. */
	readonly tickSeconds?: number;
}

export interface RaftActorPorts {
	readonly outbox: Outbox<'raft'>;
	readonly random: Random;
	readonly logger: Logger;
	/** Default: stands still. */
	readonly clock?: Clock;
}

const MILLISECONDS_A_SECOND = 1_000;

export class RaftActor implements Actor<'raft'> {
	readonly #options: RaftActorOptions;
	readonly #outbox: Outbox<'raft'>;
	readonly #random: Random;
	readonly #logger: Logger;
	readonly #meter: RaftMeter;
	readonly #tuning: RaftTuning;
	readonly #stages: WriteStages;
	#leads = false;
	#log: LogOpened | null = null;
	#store: StoreOpened | null = null;
	/** Null until log and store have opened. */
	#core: RaftCore | null = null;

	constructor(options: RaftActorOptions, ports: RaftActorPorts) {
		this.#options = options;
		this.#outbox = ports.outbox;
		this.#random = ports.random;
		this.#logger = ports.logger;
		this.#stages = new WriteStages(ports.clock ?? STANDING_CLOCK);
		this.#tuning = new RaftTuning(options.config, MILLISECONDS_A_SECOND * (options.tickSeconds ?? 1), ports.logger);
		this.#meter = new RaftMeter(ports.clock ?? STANDING_CLOCK, options.tickSeconds ?? 1);
	}

	start(): void {
		// The log and the store speak first.
	}

	receive(message: Inbox<'raft'>): void {
		if (message.kind === 'log_opened') {
			this.#log = message;
		} else if (message.kind === 'store_opened') {
			this.#store = message;
		} else if (this.#core === null) {
			this.#receiveEarly(message);
			return;
		} else {
			this.#step(this.#core, message);
			return;
		}
		if (this.#log !== null && this.#store !== null) {
			this.#core = new RaftCore(this.#options.config, bootState(this.#log, this.#store, this.#options.bootstrap), this.#random);
			this.#tuning.opened(this.#core);
		}
	}

	tick(): void {
		if (this.#core !== null) {
			this.#core.step({ kind: 'tick' });
			this.#tuning.maybePropose(this.#core);
		}
		this.#meter.ticked(this.#leads);
	}

	/** The order is part of the contract: what is to be written is on its way before anything that follows from it. */
	flush(): void {
		const output = this.#core?.takeOutput();
		if (output === undefined) {
			return;
		}
		const outbox = this.#outbox;
		const { config } = this.#options;
		if (output.persist !== null) {
			outbox.post('log', toAppend(output.persist, this.#leads && output.send.length > 0));
			const last = output.persist.entries.at(-1);
			if (this.#leads && last !== undefined) {
				this.#stages.appended(last.index);
			}
		}
		if (output.send.length > 0) {
			outbox.post('peer', { kind: 'send', frames: output.send.map(toFrame) });
		}
		for (const { member, lo, hi } of output.fetch) {
			outbox.post('log', { kind: 'fetch', member, lo, hi, bytesMax: member === NOBODY ? config.applyBytesMax : config.appendBytesMax });
		}
		if (output.apply.length > 0) {
			outbox.post('store', { kind: 'apply', ...toColumns(output.apply) });
			this.#stages.committed(output.apply.at(-1)?.index ?? 0);
		}
		for (const { requestId, index } of output.granted) {
			this.#answer({ kind: 'read_granted', requestId, index });
		}
		for (const { requestId, code } of output.refused) {
			this.#answer({ kind: 'refused', requestId, code });
		}
		if (output.restore !== null) {
			outbox.post('store', { kind: 'restore', ...output.restore });
		}
		for (const to of output.snapshotTo) {
			outbox.post('store', { kind: 'spool_snapshot', to });
		}
		for (const path of output.discard) {
			outbox.post('peer', { kind: 'discard_snapshot', path });
		}
		if (output.compact !== null) {
			outbox.post('log', { kind: 'compact', upTo: output.compact });
		}
		if (output.role !== null) {
			this.#postRole(output.role);
		}
	}

	/** What was counted here, when somebody asks. */
	metrics(): readonly Metric[] {
		return [...this.#meter.metrics(this.#core?.status() ?? null), ...this.#stages.metrics(), ...this.#tuning.metrics(this.#core)];
	}

	/** Hands leadership over, if there is any and somebody to have it; the core gives up after an election timeout. */
	drain(): void {
		this.#core?.step({ kind: 'transfer', target: NOBODY });
	}

	isDrained(): boolean {
		return this.#core?.status().isHandingOver !== true;
	}

	#step(core: RaftCore, message: Exclude<Inbox<'raft'>, LogOpened | StoreOpened>): void {
		switch (message.kind) {
			case 'propose':
				this.#propose(core, message);
				return;
			case 'transfer_leader':
				core.step({ kind: 'transfer', target: message.target });
				return;
			case 'inquire_status': {
				const { term, leader, last, commit, applied } = core.status();
				const { requestId } = message;
				this.#outbox.post('api', { kind: 'raft_status', requestId, term, leader, last, commit, applied }, laneOf(requestId));
				return;
			}
			case 'inquire_progress':
				this.#tellProgress(message, core.progress() ?? []);
				return;
			case 'ask_stages':
				this.#tellStages(message, this.#stages.momentsOf(message.upTo));
				return;
			case 'received':
				this.#stepReceived(core, message);
				return;
			case 'fetched': {
				const { member, lo, hi } = message;
				core.step({ kind: 'fetched', purpose: { member, lo, hi }, entries: toEntries(message) });
				return;
			}
			case 'persisted':
				this.#stages.persisted(message.lastIndex);
				core.step(message);
				return;
			case 'applied':
				this.#stages.applied(message.upTo);
				core.step(message);
				return;
			case 'tuned':
				this.#tuning.tuned(core, message.electionMilliseconds);
				return;
			case 'read_index':
			case 'checkpointed':
			case 'restored':
			case 'restore_failed':
			case 'snapshot_received':
			case 'snapshot_sent':
			case 'link_down':
				core.step(message);
				return;
			default:
				unreachable(message);
		}
	}

	#propose(core: RaftCore, { onlyTerm, requestId, entryKind, command }: Propose): void {
		core.step({ kind: 'propose', onlyTerm, requestId, entryKind, data: command });
	}

	#stepReceived(core: RaftCore, message: Received): void {
		const envelope = decodeEnvelope(message.bytes);
		if (envelope === null || envelope.from !== message.from) {
			this.#logger.log('warn', 'dropped a malformed message of a peer', { from: message.from, bytes: message.bytes.length });
			return;
		}
		if (this.#leads && envelope.message.kind === 'append_accepted') {
			this.#stages.acknowledged(envelope.from, envelope.message.match);
		}
		core.step({ kind: 'received', envelope });
	}

	#tellProgress({ requestId, by }: InquireProgress, members: readonly MemberProgress[]): void {
		const slots = members.map(({ slot }) => slot);
		const matches = members.map(({ match }) => match);
		const active = members.map(({ isActive }) => isActive);
		const progress = { kind: 'raft_progress', requestId, slots, matches, active } as const;
		if (by === 'api') {
			this.#outbox.post('api', progress, laneOf(requestId));
		} else {
			this.#outbox.post('peer', progress);
		}
	}

	#tellStages({ requestId }: AskStages, moments: readonly number[]): void {
		this.#outbox.post('api', { kind: 'stages_told', requestId, moments }, laneOf(requestId));
	}

	/** Before log and store have opened: clients may try again, peers will. */
	#receiveEarly(message: Inbox<'raft'>): void {
		if (message.kind === 'propose' || message.kind === 'read_index') {
			const { requestId } = message;
			this.#answer({ kind: 'refused', requestId, code: CODES.no_leader.code });
		} else if (message.kind === 'inquire_status') {
			const { requestId } = message;
			const nothing = { term: 0 as Term, leader: NOBODY, last: 0 as Index, commit: 0 as Index, applied: 0 as Index };
			this.#outbox.post('api', { kind: 'raft_status', requestId, ...nothing }, laneOf(requestId));
		} else if (message.kind === 'tuned') {
			this.#tuning.tuned(null, message.electionMilliseconds);
		} else if (message.kind === 'inquire_progress') {
			this.#tellProgress(message, []);
		} else if (message.kind === 'ask_stages') {
			this.#tellStages(message, []);
		} else if (message.kind === 'snapshot_received') {
			this.#outbox.post('peer', { kind: 'discard_snapshot', path: message.path });
		}
	}

	/** To whoever asked: a lane, or the store. What this actor proposes itself is answered by what is applied. */
	#answer(message: Refused | ReadGranted): void {
		const lane = laneOf(message.requestId);
		if (lane === STORE_LANE) {
			this.#outbox.post('store', message);
		} else if (lane !== RAFT_LANE) {
			this.#outbox.post('api', message, lane);
		}
	}

	#postRole({ role, term, leader }: Role): void {
		this.#logger.log('info', `became ${role}`, { term, leader });
		this.#leads = role === 'leader';
		this.#stages.forget();
		this.#meter.leaderIs(leader);
		this.#outbox.post('peer', { kind: 'role_changed', role, term, leader });
		this.#outbox.post('store', { kind: 'role_changed', role, term, leader });
		for (let lane = 0; lane < this.#options.watchLanes; lane++) {
			this.#outbox.post('watch', { kind: 'role_changed', role, term, leader }, lane);
		}
		for (let lane = 0; lane < this.#options.lanes; lane++) {
			this.#outbox.post('api', { kind: 'role_changed', role, term, leader }, lane);
		}
	}
}
