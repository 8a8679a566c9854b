/**
 * The store: executes committed entries, a turn's worth in one transaction, and only then lets anything be said about them (design
 * section 3, "visible before words"). It owns the engine's writer, checkpoints, compaction sweeps and snapshots; lanes read by themselves.
 *
 *   apply, restore, spool_snapshot --> [queue] --flush--> engine.write --> settled, applied, members_changed
 *   tick --> checkpoint --> checkpointed          idle turns --> a slice of a sweep
 */
import { assert, unreachable } from '../base/assert.ts';
import { type Index, laneOf, type Slot, type Term } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import { APPLY_INFLIGHT_BYTES_MAX } from '../base/limits.ts';
import type { Metric } from '../base/metric.ts';
import { membershipOf } from '../members/table.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import { type Clock, STANDING_CLOCK } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { AppliedPoint, StoreEnvironment } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import type { WorkSlice } from '../ports/work-slice.ts';
import type { Apply, EntryColumns, Restore } from '../protocol/messages.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { Membership } from '../raft/state.ts';
import { readV2Stats } from '../v2/stats.ts';
import type { Actor, UrgentOutbox } from './actor.ts';
import { LeaderCommands } from './leader-commands.ts';
import { Lessor } from './lessor.ts';
import { type ExecutedBatch, type HeldAnswer, StoreEntries } from './store-entries.ts';
import { StoreMeter } from './store-metrics.ts';
import { StoreSweep } from './store-sweep.ts';
import { StoreUpkeep, type UpkeepOptions } from './store-upkeep.ts';
import { StoreWords } from './store-words.ts';
import { v2StoreMetrics } from './v2-metrics.ts';

export interface StoreOptions {
	/** This member's id as hex. */
	readonly selfId: string;
	/** 48 random bits of the process. */
	readonly boot: number;
	/** Api lanes: each hears of every batch. */
	readonly lanes: number;
	/** For the lessor, which counts in ticks. */
	readonly tickMilliseconds: number;
	readonly electionTicks: number;
	/** Watch hubs: each hears how far the keyspace is. */
	readonly watchLanes: number;
	readonly upkeep: UpkeepOptions;
	/** --warning-apply-duration. Default: no line. */
	readonly slowApplyMilliseconds?: number;
}

export interface StorePorts {
	readonly outbox: UrgentOutbox<'store'>;
	readonly environment: StoreEnvironment;
	readonly turn: Turn;
	readonly slice: WorkSlice;
	readonly logger: Logger;
	/** Default: stands still. */
	readonly clock?: Clock;
}

/** Raft stops at the first of these; one message may pass it. */
const QUEUE_BYTES_MAX = 2 * APPLY_INFLIGHT_BYTES_MAX;
/** A sweep waits no longer for a lane's reads. */
const HOLD_MILLISECONDS_MAX = 60_000;
const MILLISECONDS_A_SECOND = 1_000;
/**
 * A batch of so many is answered inside its transaction: it is durable in the log, and its commit takes 60 to 100 us, which is a good part of a lone
 * put's time. It is little of a large batch's, for whose commit a lane with something to read would have to wait.
 */
const ENTRIES_ANSWERED_EARLY_MAX = 8;

export class StoreActor implements Actor<'store'> {
	readonly #options: StoreOptions;
	readonly #ports: StorePorts;
	readonly #meter: StoreMeter;
	readonly #entries: StoreEntries;
	readonly #commands: LeaderCommands;
	readonly #lessor: Lessor;
	readonly #sweep: StoreSweep;
	readonly #upkeep: StoreUpkeep;
	readonly #words: StoreWords;
	#applied: AppliedPoint = { index: 0 as Index, term: 0 as Term };
	/** Where the keyspace stands since the last commit. */
	#keyspace = { revision: 1, compactRevision: -1 };
	#queue: EntryColumns[] = [];
	#queuedBytes = 0;
	#queuedUpTo = 0;
	/** Installing takes many turns, in which nothing is executed. */
	#restore: { readonly message: Restore; begun: boolean } | null = null;
	/** Members that wait for a snapshot; the first one's is being written. */
	readonly #spools: Slot[] = [];
	#spooling = false;
	#draining = false;

	constructor(options: StoreOptions, ports: StorePorts) {
		this.#options = options;
		this.#ports = ports;
		this.#words = new StoreWords(options, ports);
		this.#meter = new StoreMeter(ports.clock ?? STANDING_CLOCK);
		this.#entries = new StoreEntries({ id: options.selfId, boot: options.boot }, ports.logger, this.#meter);
		this.#commands = new LeaderCommands({
			boot: options.boot,
			slot: () => this.#entries.slot,
			post: (message) => ports.outbox.post('raft', message),
		});
		this.#lessor = this.#makeLessor();
		this.#sweep = new StoreSweep(Math.ceil(HOLD_MILLISECONDS_MAX / options.tickMilliseconds), {
			...ports,
			meter: this.#meter,
			mayWrite: () => this.#restore === null && !ports.environment.mustWait,
			release: (held) => this.#release(held),
		});
		this.#upkeep = new StoreUpkeep(options.selfId, options.upkeep, {
			...ports,
			proposer: this.#commands,
			nextRequestId: () => this.#commands.nextRequestId(),
			mayRead: () => this.#restore === null,
		});
	}

	start(): void {
		const membership = this.#readTables();
		this.#ports.outbox.post('raft', { kind: 'store_opened', applied: this.#applied.index, appliedTerm: this.#applied.term, membership });
		this.#words.tuned();
		this.#words.settled(this.#words.noAnswers(), this.#applied.index, this.#keyspace);
		this.#words.members();
		this.#ports.environment.dropOlderGenerations();
	}

	receive(message: Inbox<'store'>): void {
		switch (message.kind) {
			case 'apply':
				this.#enqueue(message);
				break;
			case 'restore':
				assert(this.#restore === null, 'a snapshot to install while another is being installed');
				assert(message.index > this.#queuedUpTo, () => `a snapshot at ${message.index}, behind the queue's end ${this.#queuedUpTo}`);
				this.#restore = { message, begun: false };
				break;
			case 'spool_snapshot':
				if (!this.#spools.includes(message.to)) {
					this.#spools.push(message.to);
				}
				break;
			case 'role_changed':
				this.#commands.roleChanged(message);
				this.#lessor.followRole();
				break;
			case 'refused':
				if (!this.#commands.refused(message.requestId, message.code)) {
					this.#lessor.readRefused(message.requestId);
				}
				break;
			case 'ask_leases':
				this.#lessor.ask(message);
				break;
			case 'reads_held':
				this.#sweep.hold(message.lane, message.oldest);
				break;
			case 'hash_asked':
				this.#upkeep.hashAsked(message);
				break;
			case 'hashes_told':
				this.#upkeep.hashesTold(message);
				break;
			case 'read_granted':
				this.#lessor.readGranted(message.requestId, message.index, this.#applied.index);
				break;
			default:
				unreachable(message);
		}
	}

	flush(): void {
		this.#work();
		this.#lessor.flush();
	}

	tick(): void {
		this.#lessor.tick();
		this.#sweep.tick();
		if (!this.#draining) {
			this.#upkeep.tick({ applied: this.#applied.index, revision: this.#keyspace.revision, compactRevision: this.#keyspace.compactRevision });
		}
		this.#maybeCheckpoint();
	}

	#maybeCheckpoint(): void {
		const { environment, outbox } = this.#ports;
		if (this.#restore?.begun === true || !environment.isCheckpointDue()) {
			return;
		}
		environment.startCheckpoint(this.#applied, (point) => {
			outbox.post('raft', { kind: 'checkpointed', index: point.index, term: point.term });
		});
	}

	/** What was counted here, when somebody asks. */
	metrics(): readonly Metric[] {
		const last = this.#upkeep.lastComparison;
		const secondsOf = (ticks: number): number => (ticks * this.#options.tickMilliseconds) / MILLISECONDS_A_SECOND;
		const keyspaces = this.#meter.metrics({
			applied: this.#applied.index,
			revision: this.#keyspace.revision,
			compactRevision: this.#keyspace.compactRevision,
			isInstalling: this.#restore?.begun === true,
			leasesRenewed: this.#lessor.renewals,
			leasesLive: this.#lessor.size,
			comparison: last === null ? null : { ...last, secondsAgo: secondsOf(last.ticksAgo) },
		});
		return [...keyspaces, ...v2StoreMetrics(this.#ports.environment.engine.read(readV2Stats))];
	}

	drain(): void {
		this.#draining = true;
	}

	isDrained(): boolean {
		return this.#queue.length === 0 && this.#restore === null && !this.#spooling;
	}

	/** Also the turn after a finished checkpoint, which may have been waited for. */
	#work(): void {
		if (this.#restore?.begun === true || this.#ports.environment.mustWait) {
			return;
		}
		if (this.#queue.length > 0) {
			this.#execute();
			this.#maybeCheckpoint();
		}
		if (this.#restore !== null) {
			// A snapshot that is being written reads the generation that the new one replaces.
			if (!this.#spooling) {
				this.#install(this.#restore.message);
			}
			return;
		}
		this.#spoolNext();
		if (!this.#draining) {
			this.#sweep.schedule();
		}
	}

	#makeLessor(): Lessor {
		const { outbox, environment, turn, logger } = this.#ports;
		const { tickMilliseconds, electionTicks: extensionTicks } = this.#options;
		return new Lessor(
			{ tickMilliseconds, extensionTicks },
			{
				commands: this.#commands,
				read: (work) => environment.engine.read(work),
				askReadIndex: () => {
					const requestId = this.#commands.nextRequestId();
					outbox.post('raft', { kind: 'read_index', requestId });
					return requestId;
				},
				answer: (by, message) => (by === 'api' ? outbox.post('api', message, laneOf(message.requestId)) : outbox.post('peer', message)),
				turn,
				logger,
			},
		);
	}

	#enqueue(message: Apply): void {
		assert(this.#restore === null, () => `entry ${message.first} behind a snapshot that is not installed yet`);
		assert(message.first === this.#queuedUpTo + 1, () => `entries from ${message.first} on, after ${this.#queuedUpTo}`);
		this.#queue.push(message);
		this.#queuedUpTo += message.payloads.length;
		for (const payload of message.payloads) {
			this.#queuedBytes += payload.length;
		}
		assert(this.#queuedBytes <= QUEUE_BYTES_MAX || this.#queue.length === 1, () => `${this.#queuedBytes} bytes of entries wait for the store`);
	}

	#execute(): void {
		const { environment, outbox } = this.#ports;
		const answers = this.#words.noAnswers();
		const queue = this.#queue;
		this.#queue = [];
		this.#queuedBytes = 0;
		const before = this.#applied.index;
		const began = this.#meter.now();
		const batch: ExecutedBatch = environment.engine.write((view) => {
			const executed = this.#entries.execute(view, queue, answers);
			if (executed.state.appliedIndex - this.#applied.index <= ENTRIES_ANSWERED_EARLY_MAX) {
				this.#words.answerPlain(answers, executed.state.appliedIndex as Index);
			}
			return executed;
		});
		const seconds = this.#meter.executed(began, batch.state.appliedIndex - before, batch.leaseChanges);
		this.#maybeWarn(seconds, batch.state.appliedIndex - before, batch.state.appliedIndex);
		this.#applied = { index: batch.state.appliedIndex as Index, term: batch.state.appliedTerm as Term };
		this.#keyspace = batch.state;
		assert(this.#applied.index === this.#queuedUpTo, () => `applied ${this.#applied.index} of entries up to ${this.#queuedUpTo}`);
		this.#sweep.executed(batch.state, batch.held);
		this.#commands.applied(this.#applied.term);
		this.#lessor.applied(this.#applied.index, batch.leaseChanges);
		this.#words.settled(answers, this.#applied.index, this.#keyspace);
		answers.forStore((requestId, code, response) => this.#commands.settled(requestId, code, response));
		const membership = batch.membershipChanged ? environment.engine.read(membershipOf) : null;
		outbox.post('raft', { kind: 'applied', upTo: this.#applied.index, membership });
		if (batch.tuningChanged) {
			this.#words.tuned();
		}
		if (membership !== null || batch.namesChanged) {
			this.#words.members();
		}
	}

	/** As etcd says it of one request; here of a transaction. */
	#maybeWarn(seconds: number, entries: number, upTo: number): void {
		const milliseconds = seconds * MILLISECONDS_A_SECOND;
		const { slowApplyMilliseconds = Number.POSITIVE_INFINITY } = this.#options;
		if (milliseconds > slowApplyMilliseconds) {
			const took = { took: `${milliseconds.toFixed(3)}ms`, 'expected-duration': `${slowApplyMilliseconds}ms` };
			const request = `${entries} entries up to index ${upTo}`;
			this.#ports.logger.log('warn', 'apply request took too long', { ...took, prefix: '', request, response: '' });
		}
	}

	#install({ index, term, path }: Restore): void {
		assert(this.#restore !== null && !this.#spooling, 'a snapshot is installed while one is being written');
		this.#restore.begun = true;
		const { environment, outbox, logger } = this.#ports;
		logger.log('info', 'installing a snapshot', { index, term, path });
		environment.dropOlderGenerations();
		environment.install(path, { index, term }, (ok) => {
			this.#restore = null;
			if (!ok) {
				this.#refuse({ index, term, path });
				return;
			}
			const membership = this.#readTables();
			if (this.#applied.index !== index || this.#applied.term !== term) {
				const found = `${this.#applied.index} of term ${this.#applied.term}`;
				throw new FatalError('store_damaged', `store: the snapshot ${path} holds index ${found}, not ${index} of term ${term} as announced`);
			}
			environment.discardFile(path);
			outbox.post('raft', { kind: 'restored', index, term, membership });
			this.#words.tuned();
			this.#words.settled(this.#words.noAnswers(), this.#applied.index, this.#keyspace);
			this.#words.members();
		});
	}

	/** It was whole, and is of no use to this version, or not what was announced: to end here would bring the same snapshot at each start. */
	#refuse({ index, term, path }: Omit<Restore, 'kind'>): void {
		const { environment, outbox, logger } = this.#ports;
		logger.log('error', 'a snapshot was received whole and cannot be installed; this member stays behind until it gets another', {
			index,
			term,
			path,
		});
		environment.discardFile(path);
		outbox.post('raft', { kind: 'restore_failed', index, term });
	}

	/** What the engine of the current generation holds. Answers that a former one owed are unknown now. */
	#readTables(): Membership {
		return this.#ports.environment.engine.read((view) => {
			const state = readStoreState(view);
			this.#applied = { index: state.appliedIndex as Index, term: state.appliedTerm as Term };
			this.#keyspace = state;
			this.#queuedUpTo = state.appliedIndex;
			this.#sweep.reopen(state);
			this.#upkeep.reopen();
			this.#entries.reopen(view);
			this.#commands.loseAll();
			this.#commands.applied(this.#applied.term);
			return membershipOf(view);
		});
	}

	#spoolNext(): void {
		const to = this.#spools[0];
		if (to === undefined || this.#spooling) {
			return;
		}
		this.#spooling = true;
		this.#ports.environment.spool(this.#applied, (path, { index, term }) => {
			this.#spooling = false;
			this.#spools.shift();
			this.#ports.outbox.post('peer', { kind: 'snapshot_spooled', to, index, term, path: path ?? '', ok: path !== null });
		});
	}

	/** Compactions that were asked to be physical are answered. */
	#release(held: readonly HeldAnswer[]): void {
		const answers = this.#words.noAnswers();
		for (const { requestId, response } of held) {
			answers.add(requestId, 0, response);
		}
		this.#words.settled(answers, this.#applied.index, this.#keyspace);
	}
}
