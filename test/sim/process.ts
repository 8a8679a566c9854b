/**
 * One process of a simulated member: the product's actors, opened in the order of runtime/supervisor.ts, over simulated ports. It ends by a
 * crash, by a fault of its own, or by a clean stop; its disks stay.
 */
import { crc32 } from 'node:zlib';
import { ApiActor } from '../../src/actors/api-actor.ts';
import { LogActor } from '../../src/actors/log-actor.ts';
import { PeerActor } from '../../src/actors/peer-actor.ts';
import { RaftActor } from '../../src/actors/raft-actor.ts';
import { StoreActor } from '../../src/actors/store-actor.ts';
import { kvMethods } from '../../src/api/grpc/kv-service.ts';
import { hexToId } from '../../src/base/bytes.ts';
import { INFLIGHT_BYTES_MAX } from '../../src/base/limits.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import { appliedPoint } from '../../src/mvcc/store-state.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { RpcCall, RpcMethod } from '../../src/ports/rpc-engine.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import { makeHeaderIds } from '../../src/rpc/response-header.ts';
import type { Address } from '../../src/runtime/host.ts';
import { CLUSTER_ID, foundation, memberIdOf } from './foundation.ts';
import type { Habitat } from './habitat.ts';
import { SimLinks } from './network.ts';
import { Seat, type Shell, type Thread } from './seat.ts';
import { SimStoreEnvironment } from './store-environment.ts';
import { MILLISECOND } from './timeline.ts';

const HEARTBEAT = 100 * MILLISECOND;
const LANE_REQUESTS_MAX = 64;
const LANE_BYTES_MAX = 2 ** 20;
const APPLY_INFLIGHT_FACTOR = 4;
const SWEEP_RECORDS = 7;
const NOTHING = (): void => {};

export class Process implements Shell {
	readonly habitat: Habitat;
	readonly epoch: number;
	readonly timeline;
	readonly dice;
	readonly links: SimLinks;
	readonly api: readonly ApiActor[];
	isUp = true;
	pausedUntil = 0;
	readonly #seats = new Map<string, Seat>();
	readonly #logger: Logger;
	readonly #kv: readonly ReadonlyMap<string, RpcMethod>[];
	readonly environment: SimStoreEnvironment;
	readonly #tick: number;
	#log: JournalLogStore | null = null;
	#isStopping = false;

	constructor(habitat: Habitat, epoch: number) {
		this.habitat = habitat;
		this.epoch = epoch;
		this.timeline = habitat.timeline;
		this.dice = habitat.dice.fork();
		this.#logger = { log: (level, message, fields) => habitat.logged(level, message, fields ?? {}), isEnabled: () => true };
		const { plan, driftPercent } = habitat;
		this.#tick = Math.round((HEARTBEAT * (100 + driftPercent)) / 100);
		const shared: Thread = { busyUntil: 0 };
		const lanes = Array.from({ length: plan.lanes }, (_, lane): Address => ({ role: 'api', lane }));
		const others = (['raft', 'log', 'store', 'peer'] as const).map((role): Address => ({ role, lane: 0 }));
		for (const address of [...others, ...lanes]) {
			const seat = new Seat(address, this, plan.oneThread ? shared : { busyUntil: 0 });
			this.#seats.set(seat.key, seat);
		}
		const boot = this.dice.below(2 ** 31) * 2 ** 16 + this.dice.below(2 ** 16);
		this.links = new SimLinks({ slot: habitat.slot, epoch, seat: this.#seat('peer/0'), disk: habitat.store }, habitat.network);
		try {
			const isLogEmpty = this.#openLog();
			this.environment = this.#openStore(isLogEmpty, boot);
		} catch (error) {
			// What it has begun ends with it.
			this.isUp = false;
			throw error;
		}
		this.api = lanes.map(({ lane }) => this.#openLane(lane, boot));
		this.#kv = this.api.map((lane) =>
			kvMethods({
				lane,
				options: { ids: makeHeaderIds(hexToId(CLUSTER_ID), hexToId(memberIdOf(habitat.slot))), maxRequestBytes: 2 ** 20, maxTxnOps: 128 },
				storeSizes: () => ({ fileBytes: 0, usedBytes: 0 }),
				later: (milliseconds, work) => habitat.timeline.after(milliseconds * MILLISECOND, work),
			}),
		);
		this.#openRaft(boot);
		const peer = this.#seat('peer/0');
		peer.seat(new PeerActor({ outbox: peer.outbox, links: this.links, logger: this.#logger }), this.#tick);
	}

	/** A client's request arrives at a lane, from a socket. */
	request(lane: number, method: string, bytes: Uint8Array, answer: (status: number, words: string, response: Uint8Array | null) => void): void {
		const seat = this.#seat(`api/${lane}`);
		const call: RpcCall = {
			metadata: () => null,
			isOver: false,
			isClogged: false,
			succeed: (response) => seat.whenReleased(() => answer(0, '', response)),
			fail: (status, words) => seat.whenReleased(() => answer(status, words, null)),
		};
		seat.run(() => {
			const handler = this.#kv[lane]?.get(method);
			if (handler?.shape !== 'unary') {
				throw new Error(`no unary method ${method}`);
			}
			handler.handle(bytes, call);
		});
	}

	/** Some work of the test's on a lane's thread. */
	onLane(lane: number, work: (actor: ApiActor) => void): void {
		this.#seat(`api/${lane}`).run(() => work(this.api[lane] as ApiActor));
	}

	/** Listeners are closed, leadership moves, requests are answered, the store is checkpointed; then the process is gone. */
	stop(done: () => void): void {
		if (this.#isStopping) {
			return;
		}
		this.#isStopping = true;
		const lanes = this.api.map((_, lane) => this.#seat(`api/${lane}`));
		const close = (): void => {
			if (this.isUp) {
				this.environment.checkpointNow(this.environment.engine.read(appliedPoint));
				const seat = this.#seat('log/0');
				seat.unseat();
				seat.run(() => {
					this.#log?.close();
					seat.whenReleased(done);
				});
			}
		};
		let waiting = lanes.length;
		// As the supervisor does it: the leader hands over first, for as long as it may take; then the lanes answer.
		this.#atMost(
			2_000 * MILLISECOND,
			(next) => this.#seat('raft/0').drain(next),
			() => {
				this.#atMost(
					2_000 * MILLISECOND,
					(next) => {
						for (const lane of lanes) {
							lane.drain(() => {
								waiting--;
								if (waiting === 0) {
									next();
								}
							});
						}
					},
					close,
				);
			},
		);
	}

	// ---- Shell

	seatAt(key: string): Seat | null {
		return this.#seats.get(key) ?? null;
	}

	failed(error: unknown, address: Address): void {
		this.habitat.failed(error, address);
	}

	leaving(from: Address, to: string, messages: readonly AnyMessage[]): readonly AnyMessage[] {
		return this.habitat.leaving(from, to, messages);
	}

	told(from: Address, to: string, messages: readonly AnyMessage[]): void {
		this.habitat.told(from, to, messages);
	}

	spoken(frame: Uint8Array): void {
		this.habitat.spoken(frame);
	}

	// ---- opening

	#seat(key: string): Seat {
		const seat = this.#seats.get(key);
		if (seat === undefined) {
			throw new Error(`no seat ${key}`);
		}
		return seat;
	}

	/** Whether it holds nothing at all. */
	#openLog(): boolean {
		const seat = this.#seat('log/0');
		const { log, plan } = this.habitat;
		const { engine, files } = log.open(seat);
		const ports = { files, engineLog: new EngineLogStore(engine, crc32), checksum: crc32 };
		const store = new JournalLogStore({ ...plan.journal, salt: this.dice.below(2 ** 31) }, ports);
		log.watch(() => store.contents());
		this.#log = store;
		seat.afterTurn = () => store.keepUp();
		const { hardState, last } = store.contents();
		this.habitat.openedLog(store.contents());
		seat.seat(new LogActor({ sweepRecordsMax: SWEEP_RECORDS }, { outbox: seat.outbox, store, logger: this.#logger }), this.#tick);
		return last === 0 && hardState.term === 0;
	}

	#openStore(isLogEmpty: boolean, boot: number): SimStoreEnvironment {
		const { habitat } = this;
		const seat = this.#seat('store/0');
		const environment = new SimStoreEnvironment(
			{
				plan: habitat.plan,
				timeline: habitat.timeline,
				dice: this.dice,
				disk: habitat.store,
				seat,
				isUp: () => this.isUp,
				committed: (engine: MemoryEngine) => habitat.committed(engine),
				saving: (image) => habitat.saving(image),
			},
			isLogEmpty,
		);
		const options = { selfId: memberIdOf(habitat.slot), boot, lanes: habitat.plan.lanes };
		seat.seat(new StoreActor(options, { outbox: seat.outbox, environment, turn: seat, logger: this.#logger }), this.#tick);
		return environment;
	}

	#openLane(lane: number, boot: number): ApiActor {
		const { slot, plan } = this.habitat;
		const seat = this.#seat(`api/${lane}`);
		const ticks = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 100));
		const id = memberIdOf(slot);
		const actor = new ApiActor(
			{
				lane,
				boot,
				selfSlot: slot,
				generation: this.environment.generation,
				requestTicks: ticks(5_000) + 2 * plan.electionTicks,
				readRepeatTicks: ticks(500),
				drainTicks: ticks(1_500),
				requestsMax: LANE_REQUESTS_MAX,
				bytesMax: LANE_BYTES_MAX,
				publication: lane === 0 ? { id, name: `member-${slot}`, clientUrls: [`http://member-${slot}:2379`] } : null,
			},
			{ outbox: seat.outbox, turn: seat, readers: this.environment, logger: this.#logger, announceServing: NOTHING },
		);
		seat.seat(actor, this.#tick);
		return actor;
	}

	#openRaft(boot: number): void {
		const { slot, plan } = this.habitat;
		const seat = this.#seat('raft/0');
		const actor = new RaftActor(
			{
				config: {
					self: slot,
					electionTicks: plan.electionTicks,
					initialTickAdvance: false,
					heartbeatTicks: 1,
					preVote: plan.preVote,
					checkQuorum: plan.checkQuorum,
					snapshotCount: 1,
					catchUpEntries: plan.catchUpEntries,
					appendBytesMax: plan.appendBytesMax,
					inflightAppendsMax: plan.inflightAppendsMax,
					inflightBytesMax: INFLIGHT_BYTES_MAX,
					uncommittedBytesMax: plan.uncommittedBytesMax,
					applyBytesMax: plan.applyBytesMax,
					applyInflightBytesMax: plan.applyBytesMax * APPLY_INFLIGHT_FACTOR,
					tailBytesMax: plan.tailBytesMax,
					boot,
				},
				bootstrap: foundation(plan.members),
				lanes: plan.lanes,
			},
			{ outbox: seat.outbox, random: this.dice.fork(), logger: this.#logger },
		);
		seat.seat(actor, this.#tick);
	}

	/** Goes on when the work says so, or after this long. */
	#atMost(microseconds: number, work: (next: () => void) => void, then: () => void): void {
		let isOver = false;
		const next = (): void => {
			if (!isOver) {
				isOver = true;
				then();
			}
		};
		work(next);
		this.timeline.after(microseconds, next);
	}
}
