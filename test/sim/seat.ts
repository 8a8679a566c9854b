/** One actor's place on a thread: its mailbox, with a port for each sender that keeps its order, and its outbox. */
import type { Outbox } from '../../src/actors/actor.ts';
import { assert } from '../../src/base/assert.ts';
import type { Turn } from '../../src/ports/turn.ts';
import type { AnyMessage, Role } from '../../src/protocol/routes.ts';
import { type Address, type AnyActor, addressKey } from '../../src/runtime/host.ts';
import type { Shell } from './shell.ts';
import type { SimThread } from './thread.ts';

export class Seat implements Turn {
	readonly address: Address;
	readonly key: string;
	readonly thread: SimThread;
	readonly outbox: Outbox<Role>;
	readonly #shell: Shell;
	#actor: AnyActor | null = null;
	/** 0: time has not begun for it. */
	tickMicroseconds = 0;
	/** Before it is seated too. */
	opened: AnyActor | null = null;
	readonly #ports = new Map<string, ArrayBuffer[]>();
	readonly #lastArrival = new Map<string, number>();
	/** Said by its thread's others before it was seated. */
	readonly #early: AnyMessage[] = [];
	#whenDrained: (() => void) | null = null;
	/** Done when the words of a turn are out, before the next one. */
	afterTurn: (() => void) | null = null;

	constructor(address: Address, shell: Shell, thread: SimThread) {
		this.address = address;
		this.key = addressKey(address);
		this.#shell = shell;
		this.thread = thread;
		const post = (to: Role, message: AnyMessage, lane = 0): void => thread.post(this, shell.seatAt(`${to}/${lane}`), message);
		// One on another thread hears of it with the rest of the round, by when all of it is committed; runtime tests have the difference.
		const postNow = (to: Role, message: AnyMessage, lane = 0): void => thread.postNow(this, shell.seatAt(`${to}/${lane}`), message);
		this.outbox = { post, postNow } as unknown as Outbox<Role>;
		thread.add(this);
	}

	get actor(): AnyActor | null {
		return this.#actor;
	}

	get ports(): readonly ArrayBuffer[][] {
		return [...this.#ports.values()];
	}

	get hasMail(): boolean {
		return this.#actor !== null && this.ports.some((port) => port.length > 0);
	}

	/** The actor takes its seat and says its first words; then time begins for it. */
	seat(actor: AnyActor, tickMicroseconds: number): void {
		assert(this.opened === null, () => `${this.key} is taken`);
		this.opened = actor;
		this.tickMicroseconds = tickMicroseconds;
		this.run(() => {
			this.#actor = actor;
			actor.start();
			for (const message of this.#early.splice(0)) {
				this.receive(message);
			}
		});
		this.thread.beginTicks(tickMicroseconds);
	}

	unseat(): void {
		this.#actor = null;
		this.afterTurn = null;
	}

	drain(done: () => void): void {
		this.run(() => {
			this.#whenDrained = done;
			this.#actor?.drain();
		});
	}

	/** At the end of a turn. */
	maybeDrained(): void {
		if (this.#whenDrained !== null && this.#actor?.isDrained() !== false) {
			const done = this.#whenDrained;
			this.#whenDrained = null;
			done();
		}
	}

	receive(message: AnyMessage): void {
		if (this.#actor === null) {
			this.#early.push(message);
		} else {
			this.#actor.receive(message as never);
		}
	}

	run(work: () => void): void {
		this.thread.run(work);
	}

	whenReleased(work: () => void): void {
		this.thread.whenReleased(work);
	}

	spend(microseconds: number): void {
		this.thread.spend(microseconds);
	}

	/** A frame of another thread's actor is on its way; those of one sender keep their order. */
	arrive(from: string, frame: ArrayBuffer, delay: number): void {
		const { timeline } = this.#shell;
		const arrival = Math.max(timeline.now + delay, this.#lastArrival.get(from) ?? 0);
		this.#lastArrival.set(from, arrival);
		timeline.at(arrival, () => {
			const port = this.#ports.get(from) ?? [];
			port.push(frame);
			this.#ports.set(from, port);
			this.thread.schedule();
		});
	}
}
