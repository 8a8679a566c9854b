/**
 * Runs the actors of one thread in turns: drain the mailboxes, step each message, flush once, then tick. That is where batching,
 * and with it group commit, comes from. It knows ports and queues, and nothing of what the messages mean.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Actor, UrgentOutbox } from '../actors/actor.ts';
import { assert } from '../base/assert.ts';
import type { Metric } from '../base/metric.ts';
import type { Turn } from '../ports/turn.ts';
import { decodeFrame, encodeFrame } from '../protocol/frame.ts';
import type { AnyMessage, Role } from '../protocol/routes.ts';
import { InboundPorts } from './inbound-ports.ts';
import { LoadMeter } from './load-meter.ts';
import { TickTimer } from './tick-timer.ts';
import { SeatMeter, TurnMeter } from './turn-meter.ts';

/** One actor of the cluster of actors: lane is 0 where a role has one. */
export interface Address {
	readonly role: Role;
	readonly lane: number;
}

export function addressKey(address: Address): string {
	return `${address.role}/${address.lane}`;
}

/** An actor of any role, seen from the host: the frames' types were checked where they were posted. */
export type AnyActor = Actor<Role>;

export interface HostOptions {
	readonly turnMessages: number;
	readonly turnMilliseconds: number;
	readonly tickMilliseconds: number;
}

export interface SeatEvents {
	/** Behind each turn of the thread. */
	readonly afterTurn: (() => void) | null;
	/** Behind what the actor was told in the midst of another's work (Outbox.postNow): what follows leaves at once. */
	readonly afterPostNow?: () => void;
	readonly seated: () => void;
	/** Its ticks, where they are not the thread's: raft's, if the cluster tunes its times. */
	readonly tickMilliseconds?: number;
}

interface Seat {
	readonly key: string;
	readonly address: Address;
	readonly meter: SeatMeter;
	/** Milliseconds. */
	tick: number;
	actor: AnyActor | null;
	afterTurn: (() => void) | null;
	afterPostNow: (() => void) | null;
	whenDrained: (() => void) | null;
	/** Said before the actor was seated. */
	readonly early: AnyMessage[];
}

interface Wire {
	readonly port: MessagePort;
	/** Waiting for the end of the turn. */
	pending: AnyMessage[];
}

function send(wire: Wire): void {
	const frame = encodeFrame(wire.pending);
	wire.pending = [];
	wire.port.postMessage(frame, [frame]);
}

type Work = () => void;

export class Host implements Turn {
	readonly meter = new LoadMeter();
	readonly #turnMeter = new TurnMeter();
	readonly #options: HostOptions;
	readonly #fail: (error: unknown) => void;
	readonly #seats = new Map<string, Seat>();
	readonly #inbound = new InboundPorts<Seat>();
	readonly #dirty: Wire[] = [];
	#local: { readonly seat: Seat; readonly message: AnyMessage }[] = [];
	#works: Work[] = [];
	#inTurn = false;
	#scheduled = false;
	/** Messages and works of the turn under way. */
	#count = 0;
	#stopped = false;
	/** By milliseconds. */
	readonly #timers = new Map<number, TickTimer>();

	constructor(options: HostOptions, fail: (error: unknown) => void) {
		this.#options = options;
		this.#fail = fail;
	}

	/** Makes room for an actor that lives on this thread; its messages wait until it is seated. */
	reserve(address: Address): void {
		const key = addressKey(address);
		assert(!this.#seats.has(key), () => `${key} is already on this thread`);
		const tick = this.#options.tickMilliseconds;
		this.#seats.set(key, {
			key,
			address,
			meter: new SeatMeter(),
			tick,
			actor: null,
			afterTurn: null,
			afterPostNow: null,
			whenDrained: null,
			early: [],
		});
	}

	/** Frames that arrive on the port are for the local actor. */
	listen(local: Address, port: MessagePort): void {
		this.#inbound.add(port, this.#seat(local), () => this.#schedule());
	}

	/** What the local actor posts goes to the seat on this thread, or to the port that leads to the remote one. */
	outbox(ports: ReadonlyMap<string, MessagePort>): UrgentOutbox<Role> {
		const wires = new Map<string, Wire>();
		for (const [key, port] of ports) {
			wires.set(key, { port, pending: [] });
		}
		const post = (to: Role, message: AnyMessage, lane = 0): void => {
			const key = `${to}/${lane}`;
			const wire = wires.get(key);
			if (wire !== undefined) {
				if (wire.pending.length === 0) {
					this.#dirty.push(wire);
				}
				wire.pending.push(message);
			} else {
				this.#local.push({ seat: this.#seatAt(key), message });
			}
			this.#schedule();
		};
		const postNow = (to: Role, message: AnyMessage, lane = 0): void => {
			const key = `${to}/${lane}`;
			const wire = wires.get(key);
			if (wire !== undefined) {
				wire.pending.push(message);
				send(wire);
			} else {
				const seat = this.#seatAt(key);
				const before = this.#turnMeter.charge(seat.meter);
				this.#deliver(seat, message);
				seat.afterPostNow?.();
				this.#turnMeter.charge(before);
			}
		};
		return { post, postNow } as unknown as UrgentOutbox<Role>;
	}

	/** The actor takes its seat and says its first words; `seated` is called when it has. */
	seat(address: Address, actor: AnyActor, events: SeatEvents): void {
		const seat = this.#seat(address);
		assert(seat.actor === null, () => `${seat.key} is already seated`);
		this.run(() => {
			seat.actor = actor;
			seat.tick = events.tickMilliseconds ?? this.#options.tickMilliseconds;
			this.#beginTicks(seat.tick);
			seat.afterTurn = events.afterTurn;
			seat.afterPostNow = events.afterPostNow ?? null;
			actor.start();
			for (const message of seat.early.splice(0)) {
				actor.receive(message as never);
			}
			events.seated();
		});
	}

	/** Asks the actor to finish what is begun; done once it has. */
	drain(address: Address, done: () => void): void {
		const seat = this.#seat(address);
		this.run(() => {
			if (seat.actor === null) {
				done();
				return;
			}
			seat.whenDrained = done;
			seat.actor.drain();
		});
	}

	/** The actor receives nothing more. */
	unseat(address: Address): void {
		const seat = this.#seat(address);
		seat.actor = null;
		seat.afterTurn = null;
		seat.afterPostNow = null;
	}

	run(work: Work): void {
		this.#works.push(work);
		this.#schedule();
	}

	/** How busy this thread and its actors are. */
	metrics(): readonly Metric[] {
		const seats = [...this.#seats.values()].map(({ address, meter }) => [address, meter] as const);
		return this.#turnMeter.metrics(seats, this.#local.length + this.#works.length);
	}

	stop(): void {
		this.#stopped = true;
		for (const timer of this.#timers.values()) {
			timer.stop();
		}
		this.#inbound.close();
	}

	#seat(address: Address): Seat {
		return this.#seatAt(addressKey(address));
	}

	#seatAt(key: string): Seat {
		const seat = this.#seats.get(key);
		assert(seat !== undefined, () => `${key} is not on this thread`);
		return seat;
	}

	#beginTicks(milliseconds: number): void {
		let timer = this.#timers.get(milliseconds);
		if (timer === undefined) {
			timer = new TickTimer(milliseconds, () => this.#schedule());
			this.#timers.set(milliseconds, timer);
		}
		timer.start();
	}

	#schedule(): void {
		if (!this.#inTurn && !this.#scheduled && !this.#stopped) {
			this.#scheduled = true;
			setImmediate(() => {
				this.#scheduled = false;
				this.#turn();
			});
		}
	}

	#turn(): void {
		if (this.#stopped) {
			return;
		}
		this.#inTurn = true;
		const began = performance.now();
		this.#count = 0;
		try {
			const within = (): boolean => this.#count < this.#options.turnMessages && performance.now() - began < this.#options.turnMilliseconds;
			do {
				this.#runWorks();
				this.#inbound.drain((seat, frame) => this.#deliverFrame(seat, frame), within);
				this.#drainLocal();
				this.#flush();
			} while ((this.#local.length > 0 || this.#works.length > 0) && within());
			for (const [milliseconds, timer] of this.#timers) {
				if (timer.isDue()) {
					timer.ticks();
					this.#tick(milliseconds);
				}
			}
			this.#endTurn();
		} catch (error) {
			this.#stopped = true;
			this.#fail(error);
			return;
		} finally {
			this.#inTurn = false;
		}
		this.#turnMeter.charge(null);
		const isCut = this.#local.length > 0 || this.#works.length > 0 || this.#inbound.hasArrived;
		const milliseconds = performance.now() - began;
		this.meter.turn(milliseconds, this.#count);
		this.#turnMeter.turn(milliseconds, this.#count, isCut);
		if (isCut || this.#dirty.length > 0) {
			this.#schedule();
		}
	}

	#runWorks(): void {
		const works = this.#works;
		if (works.length > 0) {
			this.#works = [];
			this.#count += works.length;
			for (const work of works) {
				work();
			}
		}
	}

	#deliverFrame(seat: Seat, frame: ArrayBuffer): void {
		const messages = decodeFrame(frame);
		this.#count += messages.length;
		for (const message of messages) {
			this.#deliver(seat, message);
		}
	}

	#deliver(seat: Seat, message: AnyMessage): void {
		if (seat.actor === null) {
			seat.early.push(message);
		} else {
			seat.meter.messages += 1;
			this.#turnMeter.charge(seat.meter);
			seat.actor.receive(message as never);
		}
	}

	#drainLocal(): void {
		const local = this.#local;
		if (local.length > 0) {
			this.#local = [];
			this.#count += local.length;
			for (const { seat, message } of local) {
				this.#deliver(seat, message);
			}
		}
	}

	#flush(): void {
		for (const seat of this.#seats.values()) {
			if (seat.actor !== null) {
				this.#turnMeter.charge(seat.meter);
				seat.actor.flush();
			}
		}
		for (const wire of this.#dirty) {
			if (wire.pending.length > 0) {
				send(wire);
			}
		}
		this.#dirty.length = 0;
	}

	#tick(milliseconds: number): void {
		for (const seat of this.#seats.values()) {
			if (seat.actor !== null && seat.tick === milliseconds) {
				this.#turnMeter.charge(seat.meter);
				seat.actor.tick();
			}
		}
		this.#flush();
	}

	#endTurn(): void {
		for (const seat of this.#seats.values()) {
			seat.afterTurn?.();
			if (seat.whenDrained !== null && (seat.actor === null || seat.actor.isDrained())) {
				const done = seat.whenDrained;
				seat.whenDrained = null;
				done();
			}
		}
	}
}
