/**
 * One process of a simulated member: the product's actors, on as many threads as the plan says, over simulated ports. It ends by a crash, by a
 * fault of its own, or by a clean stop; its disks stay.
 */
import { ApiActor } from '../../src/actors/api-actor.ts';
import { must } from '../../src/base/assert.ts';
import { concatBytes } from '../../src/base/bytes.ts';
import { makePlacement } from '../../src/config/placement.ts';
import { appliedPoint } from '../../src/mvcc/store-state.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { RpcCall } from '../../src/ports/rpc-engine.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import { type Address, addressKey } from '../../src/runtime/host.ts';
import { OPEN, OPEN_ORDER, type Surroundings, WATCH_LANES } from './actors.ts';
import type { Habitat } from './habitat.ts';
import { SimLinks } from './links.ts';
import { Seat } from './seat.ts';
import { type LaneServices, openServices } from './services.ts';
import type { Shell } from './shell.ts';
import type { SimStoreEnvironment } from './store-environment.ts';
import { SimThread } from './thread.ts';
import { MILLISECOND } from './timeline.ts';

const HEARTBEAT = 100 * MILLISECOND;
/** To a heartbeat interval, as in src/config/ticks.ts. */
export const TUNING_TICKS = 10;
/** Of each step of a clean stop, as in runtime/supervisor.ts. */
const STOP_STEP = 2_000 * MILLISECOND;

export class Process implements Shell {
	readonly habitat: Habitat;
	readonly epoch: number;
	readonly timeline;
	readonly dice;
	readonly threads: readonly SimThread[];
	readonly links: SimLinks;
	readonly api: readonly ApiActor[];
	readonly environment: SimStoreEnvironment;
	isUp = true;
	pausedUntil = 0;
	readonly #around: Surroundings;
	readonly #seats = new Map<string, Seat>();
	readonly #services: readonly LaneServices[];
	#isStopping = false;

	constructor(habitat: Habitat, epoch: number) {
		this.habitat = habitat;
		this.epoch = epoch;
		this.timeline = habitat.timeline;
		this.dice = habitat.dice.fork();
		this.threads = this.#makeThreads();
		const logger: Logger = { log: (level, message, fields) => habitat.logged(level, message, fields ?? {}), isEnabled: () => true };
		const isUp = (): boolean => this.isUp;
		const { id, slot, urls, timeline } = habitat;
		this.links = new SimLinks({ id, slot, urls, timeline, epoch, seat: this.seatAt('peer/0'), disk: habitat.store, isUp }, habitat.network);
		const boot = this.dice.below(2 ** 31) * 2 ** 16 + this.dice.below(2 ** 16);
		this.#around = { habitat, dice: this.dice, logger, links: this.links, boot, isUp, log: null, store: null };
		try {
			this.#open();
		} catch (error) {
			// What it has begun ends with it.
			this.isUp = false;
			throw error;
		}
		this.environment = must(this.#around.store, 'an open store');
		this.api = [...this.#seats.values()].flatMap(({ opened }) => (opened instanceof ApiActor ? [opened] : []));
		this.#services = this.api.map((lane, i) => openServices(habitat, { lane, seat: this.seatAt(`api/${i}`), links: this.links }));
	}

	/** A client's request arrives at a lane, from a socket. */
	request(lane: number, path: string, bytes: Uint8Array, answer: (status: number, words: string, response: Uint8Array | null) => void): void {
		const seat = this.seatAt(`api/${lane}`);
		const call: RpcCall = {
			metadata: () => null,
			connection: {},
			remoteAddress: '',
			certificateName: null,
			isOver: false,
			isClogged: false,
			isLoaded: false,
			succeed: (response) => seat.whenReleased(() => answer(0, '', response)),
			succeedInPieces: (pieces) => seat.whenReleased(() => answer(0, '', concatBytes(pieces))),
			fail: (status, words) => seat.whenReleased(() => answer(status, words, null)),
		};
		seat.run(() => {
			const method = this.#services[lane]?.rpc.find(path);
			if (method === undefined || typeof method === 'string' || method.shape !== 'unary') {
				throw new Error(`no unary method ${path}: ${method}`);
			}
			method.handle(bytes, call);
		});
	}

	/** What is asked for at a lane in another way than by gRPC. */
	onLane(lane: number, work: (services: LaneServices, seat: Seat) => void): void {
		const seat = this.seatAt(`api/${lane}`);
		seat.run(() => work(must(this.#services[lane], `lane ${lane}`), seat));
	}

	/** The machine gives one of its threads no time. */
	stallThread(microseconds: number): void {
		this.dice.pick(this.threads).stall(microseconds);
	}

	/** Listeners are closed, leadership moves, requests are answered, the store is checkpointed; then the process is gone. */
	stop(done: () => void): void {
		if (this.#isStopping) {
			return;
		}
		this.#isStopping = true;
		const lanes = this.api.map((_, lane) => this.seatAt(`api/${lane}`));
		const drainLanes = (next: () => void): void => {
			let waiting = lanes.length;
			for (const lane of lanes) {
				lane.drain(() => {
					waiting--;
					if (waiting === 0) {
						next();
					}
				});
			}
		};
		// As the supervisor does it: the leader hands over first, for as long as it may take; then the lanes answer.
		this.#atMost(
			STOP_STEP,
			(next) => this.seatAt('raft/0').drain(next),
			() => this.#atMost(STOP_STEP, drainLanes, () => this.#close(done)),
		);
	}

	// ---- Shell

	seatAt(key: string): Seat {
		return must(this.#seats.get(key), `a seat for ${key}`);
	}

	failed(error: unknown, where: string): void {
		this.habitat.failed(error, where);
	}

	told(from: Address, to: string, message: AnyMessage): void {
		this.habitat.told(from, to, message);
	}

	spoken(frame: Uint8Array): void {
		this.habitat.spoken(frame);
	}

	// ---- details

	#makeThreads(): SimThread[] {
		const { placement, lanes } = this.habitat.plan;
		const placed = makePlacement({ placement, lanes: { api: lanes, watch: WATCH_LANES }, cores: 1 });
		if (!placed.ok) {
			throw new Error(placed.rule);
		}
		return placed.groups.map((group) => {
			const thread = new SimThread(this);
			for (const address of group) {
				this.#seats.set(addressKey(address), new Seat(address, this, thread));
			}
			return thread;
		});
	}

	#open(): void {
		const { driftPercent } = this.habitat;
		const tick = Math.round((HEARTBEAT * (100 + driftPercent)) / 100);
		for (const role of OPEN_ORDER) {
			for (const seat of [...this.#seats.values()].filter(({ address }) => address.role === role)) {
				const isFine = role === 'raft' && this.habitat.plan.tunes;
				seat.seat(OPEN[role](this.#around, seat), isFine ? Math.round(tick / TUNING_TICKS) : tick);
			}
		}
	}

	#close(done: () => void): void {
		if (!this.isUp) {
			return;
		}
		this.seatAt('store/0').run(() => {
			this.environment.checkpointNow(this.environment.engine.read(appliedPoint));
			const seat = this.seatAt('log/0');
			seat.unseat();
			const log = must(this.#around.log, 'an open log');
			seat.run(() =>
				log.whenFlushed(() => {
					log.close();
					seat.whenReleased(done);
				}),
			);
		});
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
