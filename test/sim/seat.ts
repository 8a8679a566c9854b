/**
 * One actor of a simulated process: what runtime/host.ts is to a real one. Frames wait in a port for each sender, a turn drains them, steps the
 * actor, flushes once, and ticks last. A turn takes time: what it says leaves at its end, and is lost if the process dies before.
 */
import type { Outbox } from '../../src/actors/actor.ts';
import { assert } from '../../src/base/assert.ts';
import type { Turn } from '../../src/ports/turn.ts';
import { decodeFrame, encodeFrame } from '../../src/protocol/frame.ts';
import type { AnyMessage, Role } from '../../src/protocol/routes.ts';
import { type Address, type AnyActor, addressKey } from '../../src/runtime/host.ts';
import type { Dice } from './dice.ts';
import type { Timeline } from './timeline.ts';

/** Turns on one thread do not overlap. */
export interface Thread {
	busyUntil: number;
}

/** The process around the seats. */
export interface Shell {
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly isUp: boolean;
	readonly pausedUntil: number;
	seatAt(key: string): Seat | null;
	/** An actor threw: the process is over. */
	failed(error: unknown, address: Address): void;
	/** A turn ends with these words for another actor. What it returns leaves in their place: nobody but a canary changes it. */
	leaving(from: Address, to: string, messages: readonly AnyMessage[]): readonly AnyMessage[];
	/** They leave, and what the turn wrote is written. */
	told(from: Address, to: string, messages: readonly AnyMessage[]): void;
	/** Everything that is said, for the hash of the run. */
	spoken(frame: Uint8Array): void;
}

const TURN_MESSAGES_MAX = 2_000;

export class Seat implements Turn {
	readonly address: Address;
	readonly key: string;
	readonly outbox: Outbox<Role>;
	readonly #shell: Shell;
	readonly #thread: Thread;
	#actor: AnyActor | null = null;
	readonly #ports = new Map<string, ArrayBuffer[]>();
	readonly #lastArrival = new Map<string, number>();
	#works: (() => void)[] = [];
	#pending = new Map<string, AnyMessage[]>();
	#released: (() => void)[] = [];
	#spent = 0;
	#tickDue = false;
	#scheduled = false;
	#whenDrained: (() => void) | null = null;
	/** Done when the words of a turn are out, before the next one. */
	afterTurn: (() => void) | null = null;

	constructor(address: Address, shell: Shell, thread: Thread) {
		this.address = address;
		this.key = addressKey(address);
		this.#shell = shell;
		this.#thread = thread;
		const post = (to: Role, message: AnyMessage, lane = 0): void => {
			const target = `${to}/${lane}`;
			const pending = this.#pending.get(target);
			if (pending === undefined) {
				this.#pending.set(target, [message]);
			} else {
				pending.push(message);
			}
			this.#schedule(0);
		};
		this.outbox = { post } as unknown as Outbox<Role>;
	}

	get isSeated(): boolean {
		return this.#actor !== null;
	}

	/** The actor takes its seat and says its first words; then time begins for it. */
	seat(actor: AnyActor, tickMicroseconds: number): void {
		assert(this.#actor === null, () => `${this.key} is taken`);
		this.run(() => {
			this.#actor = actor;
			actor.start();
		});
		const { timeline, dice } = this.#shell;
		timeline.after(dice.below(tickMicroseconds), () => this.#onTimer(tickMicroseconds));
	}

	unseat(): void {
		this.#actor = null;
	}

	drain(done: () => void): void {
		this.run(() => {
			this.#whenDrained = done;
			this.#actor?.drain();
		});
	}

	run(work: () => void): void {
		this.#works.push(work);
		this.#schedule(0);
	}

	/** Happens when the turn that is running is over, before its messages leave; never, if the process dies before. */
	whenReleased(work: () => void): void {
		this.#released.push(work);
		this.#schedule(0);
	}

	/** The turn that is running takes so much longer. */
	spend(microseconds: number): void {
		this.#spent += microseconds;
	}

	/** A frame of another seat is on its way; those of one sender keep their order. */
	post(from: string, frame: ArrayBuffer, delay: number): void {
		const { timeline } = this.#shell;
		const arrival = Math.max(timeline.now + delay, this.#lastArrival.get(from) ?? 0);
		this.#lastArrival.set(from, arrival);
		timeline.at(arrival, () => {
			const port = this.#ports.get(from) ?? [];
			port.push(frame);
			this.#ports.set(from, port);
			this.#schedule(0);
		});
	}

	#onTimer(tickMicroseconds: number): void {
		const { timeline, isUp } = this.#shell;
		if (isUp) {
			this.#tickDue = true;
			this.#schedule(0);
			timeline.after(tickMicroseconds, () => this.#onTimer(tickMicroseconds));
		}
	}

	#schedule(delay: number): void {
		if (!this.#scheduled) {
			this.#scheduled = true;
			this.#shell.timeline.after(delay, () => this.#wake());
		}
	}

	#wake(): void {
		const { timeline, isUp, pausedUntil, dice } = this.#shell;
		if (!isUp) {
			return;
		}
		const free = Math.max(pausedUntil, this.#thread.busyUntil);
		if (free > timeline.now) {
			// One later than what the turn before it releases.
			timeline.at(free + 1 + dice.below(4), () => this.#wake());
			return;
		}
		this.#scheduled = false;
		this.#turn();
	}

	#turn(): void {
		const { dice } = this.#shell;
		this.#spent = 2 + dice.skewed(20);
		const messagesMax = dice.oneIn(4) ? dice.between(1, 5) : TURN_MESSAGES_MAX;
		try {
			this.#runWorks();
			const messages = this.#drainPorts(messagesMax);
			this.#actor?.flush();
			if (this.#tickDue) {
				this.#tickDue = false;
				this.#actor?.tick();
				this.#actor?.flush();
			}
			if (this.#whenDrained !== null && this.#actor?.isDrained() !== false) {
				const done = this.#whenDrained;
				this.#whenDrained = null;
				done();
			}
			this.#leave();
			if (messages > 0 && this.afterTurn !== null) {
				this.run(this.afterTurn);
			}
		} catch (error) {
			this.#shell.failed(error, this.address);
			return;
		}
		if (this.#works.length > 0 || this.#tickDue || [...this.#ports.values()].some((port) => port.length > 0)) {
			this.#schedule(0);
		}
	}

	#runWorks(): void {
		const works = this.#works;
		this.#works = [];
		for (const work of works) {
			work();
		}
	}

	#drainPorts(messagesMax: number): number {
		const actor = this.#actor;
		if (actor === null) {
			return 0;
		}
		let messages = 0;
		for (const from of this.#shell.dice.shuffled([...this.#ports.keys()])) {
			const port = this.#ports.get(from) ?? [];
			while (port.length > 0 && messages < messagesMax) {
				for (const message of decodeFrame(port.shift() as ArrayBuffer)) {
					actor.receive(message as never);
					messages++;
				}
			}
		}
		return messages;
	}

	/** What the turn did comes true after the time that it took. */
	#leave(): void {
		const { timeline, dice } = this.#shell;
		const frames: { readonly to: string; readonly messages: readonly AnyMessage[]; readonly frame: ArrayBuffer }[] = [];
		const pending = this.#pending;
		this.#pending = new Map();
		for (const [to, said] of pending) {
			const messages = this.#shell.leaving(this.address, to, said);
			if (messages.length > 0) {
				const frame = encodeFrame(messages);
				this.#shell.spoken(new Uint8Array(frame));
				frames.push({ to, messages, frame });
			}
		}
		const released = this.#released;
		this.#released = [];
		this.#thread.busyUntil = timeline.now + this.#spent;
		if (frames.length === 0 && released.length === 0) {
			return;
		}
		const release = (): void => {
			if (!this.#shell.isUp) {
				return;
			}
			if (this.#shell.pausedUntil > timeline.now) {
				timeline.at(this.#shell.pausedUntil, release);
				return;
			}
			try {
				for (const work of released) {
					work();
				}
				for (const { to, messages } of frames) {
					this.#shell.told(this.address, to, messages);
				}
			} catch (error) {
				this.#shell.failed(error, this.address);
				return;
			}
			for (const { to, frame } of frames) {
				this.#shell.seatAt(to)?.post(this.key, frame, 1 + dice.skewed(40));
			}
		};
		timeline.after(this.#spent, release);
	}
}
