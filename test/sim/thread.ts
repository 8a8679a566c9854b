/**
 * One thread of a simulated process: what runtime/host.ts is to a real one, on virtual time. In a turn it drains the mailboxes of its actors,
 * hands over what they say to each other, flushes, and ticks last; the work that keeps up with a turn comes behind its words.
 *
 * On purpose it differs from the host: a turn takes no time while it runs and is said to have taken some when it is over; what a round of it
 * has said and written comes true at that round's end, in the order in which it was done, and is lost if the process dies before; rounds are
 * cut short by chance, so that messages meet in many ways. Encoding is left out between actors of one thread, as there.
 */
import { decodeFrame, encodeFrame } from '../../src/protocol/frame.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Seat } from './seat.ts';
import type { Shell } from './shell.ts';

const TURN_MESSAGES_MAX = 2_000;

interface Letter {
	readonly from: Seat;
	readonly to: Seat;
	readonly messages: AnyMessage[];
}

export class SimThread {
	readonly #shell: Shell;
	readonly #seats: Seat[] = [];
	#busyUntil = 0;
	/** Counts the rounds of all turns: what belongs to one round comes true together. */
	round = 0;
	/** Rounds that have run and have not come true yet: the first of them is what the thread is at. */
	readonly #unreleased: number[] = [];
	#works: (() => void)[] = [];
	#local: { readonly seat: Seat; readonly message: AnyMessage }[] = [];
	/** For other threads, by sender and receiver, until the round is over. */
	#letters = new Map<string, Letter>();
	/** What comes true at the end of the round, in order. */
	#effects: (() => void)[] = [];
	#spent = 0;
	/** Lengths of ticks, in microseconds: of all timers, and of those that are due. */
	readonly #timers = new Set<number>();
	readonly #ticksDue = new Set<number>();
	#afterDue = false;
	#isScheduled = false;
	/** What rounds did and what has not come true yet. */
	readonly #releases: { readonly due: number; readonly work: () => void }[] = [];

	constructor(shell: Shell) {
		this.#shell = shell;
	}

	add(seat: Seat): void {
		this.#seats.push(seat);
	}

	/** Time begins for an actor, and for all of this thread whose ticks are as long: they have one timer. */
	beginTicks(microseconds: number): void {
		if (!this.#timers.has(microseconds)) {
			this.#timers.add(microseconds);
			const { timeline, dice } = this.#shell;
			timeline.after(dice.below(microseconds), () => this.#onTimer(microseconds));
		}
	}

	run(work: () => void): void {
		this.#works.push(work);
		this.schedule();
	}

	/** Comes true when the round that is running is over, in its place among the round's words; never, if the process dies before. */
	whenReleased(work: () => void): void {
		this.#effects.push(work);
		this.schedule();
	}

	/** The turn that is running takes so much longer. */
	spend(microseconds: number): void {
		this.#spent += microseconds;
	}

	/** Nothing happens on it for so long: the machine gives it no time. */
	stall(microseconds: number): void {
		this.#busyUntil = Math.max(this.#busyUntil, this.#shell.timeline.now + microseconds);
	}

	/** Whether a crash now would find this round begun. */
	isReached(round: number): boolean {
		return round <= (this.#unreleased[0] ?? this.round);
	}

	post(from: Seat, to: Seat, message: AnyMessage): void {
		this.#effects.push(() => this.#shell.told(from.address, to.key, message));
		if (to.thread === this) {
			this.#local.push({ seat: to, message });
		} else {
			const wire = `${from.key}>${to.key}`;
			const letter = this.#letters.get(wire);
			if (letter === undefined) {
				this.#letters.set(wire, { from, to, messages: [message] });
			} else {
				letter.messages.push(message);
			}
		}
		this.schedule();
	}

	/** Inside this call, where it stays on this thread. */
	postNow(from: Seat, to: Seat, message: AnyMessage): void {
		if (to.thread === this) {
			this.#effects.push(() => this.#shell.told(from.address, to.key, message));
			to.receive(message);
		} else {
			this.post(from, to, message);
		}
	}

	schedule(): void {
		if (!this.#isScheduled) {
			this.#isScheduled = true;
			this.#shell.timeline.after(0, () => this.#wake());
		}
	}

	#onTimer(microseconds: number): void {
		if (this.#shell.isUp) {
			this.#ticksDue.add(microseconds);
			this.schedule();
		}
	}

	#wake(): void {
		const { timeline, isUp, pausedUntil, dice } = this.#shell;
		if (!isUp) {
			return;
		}
		const free = Math.max(pausedUntil, this.#busyUntil);
		if (free > timeline.now) {
			// One later than what the turn before it releases.
			timeline.at(free + 1 + dice.below(4), () => this.#wake());
			return;
		}
		this.#isScheduled = false;
		const began = timeline.now;
		this.#spent = 2 + dice.skewed(20);
		try {
			if (this.#afterDue) {
				this.#afterDue = false;
				this.#after();
			} else {
				this.#turn();
			}
		} catch (error) {
			this.#shell.failed(error, this.#seats.map(({ key }) => key).join(' '));
			return;
		}
		this.#busyUntil = Math.max(this.#busyUntil, began + this.#spent);
		if (this.#afterDue || this.#works.length > 0 || this.#local.length > 0 || this.#ticksDue.size > 0 || this.#seats.some((seat) => seat.hasMail)) {
			this.schedule();
		}
	}

	#turn(): void {
		const { dice } = this.#shell;
		const messagesMax = dice.oneIn(4) ? dice.between(1, 5) : TURN_MESSAGES_MAX;
		let count = 0;
		do {
			this.#runWorks();
			count += this.#drainPorts(messagesMax - count);
			count += this.#drainLocal();
			this.#flush();
		} while ((this.#local.length > 0 || this.#works.length > 0) && count < messagesMax);
		for (const microseconds of this.#ticksDue) {
			for (const seat of this.#seats.filter((each) => each.tickMicroseconds === microseconds)) {
				seat.actor?.tick();
			}
			this.#flush();
			// As in the host, from the end of this one: ticks that were late never come in a bunch.
			this.#shell.timeline.after(this.#spent + microseconds, () => this.#onTimer(microseconds));
		}
		this.#ticksDue.clear();
		for (const seat of this.#seats) {
			seat.maybeDrained();
		}
		this.#endRound();
		this.#afterDue = count > 0 && this.#seats.some((seat) => seat.afterTurn !== null);
	}

	/** Behind the words of the turn and before the next one, as in the host; a turn of its own here, since those words leave at that turn's end. */
	#after(): void {
		for (const seat of this.#seats) {
			seat.afterTurn?.();
		}
		this.#endRound();
	}

	#runWorks(): void {
		const works = this.#works;
		this.#works = [];
		for (const work of works) {
			work();
		}
	}

	#drainPorts(messagesMax: number): number {
		let count = 0;
		for (const { seat, port } of this.#shell.dice.shuffled(this.#seats.flatMap((seat) => seat.ports.map((port) => ({ seat, port }))))) {
			while (port.length > 0 && count < messagesMax && seat.actor !== null) {
				for (const message of decodeFrame(port.shift() as ArrayBuffer)) {
					seat.actor.receive(message as never);
					count++;
				}
			}
		}
		return count;
	}

	#drainLocal(): number {
		const local = this.#local;
		this.#local = [];
		for (const { seat, message } of local) {
			seat.receive(message);
		}
		return local.length;
	}

	#flush(): void {
		for (const seat of this.#seats) {
			seat.actor?.flush();
		}
		this.#endRound();
	}

	/** What the round did comes true after the time that the turn has taken until now. */
	#endRound(): void {
		const { round } = this;
		this.round++;
		const letters = [...this.#letters.values()];
		const effects = this.#effects;
		if (letters.length === 0 && effects.length === 0) {
			return;
		}
		this.#unreleased.push(round);
		this.#letters = new Map();
		this.#effects = [];
		const sealed = letters.map(({ from, to, messages }) => ({ from, to, frame: encodeFrame(messages) }));
		for (const { frame } of sealed) {
			this.#shell.spoken(new Uint8Array(frame));
		}
		this.#release(this.#spent, () => {
			this.#unreleased.shift();
			for (const effect of effects) {
				effect();
			}
			for (const { from, to, frame } of sealed) {
				to.arrive(from.key, frame, 1 + this.#shell.dice.skewed(40));
			}
		});
	}

	/** In the order of the rounds, also where a pause holds up some of them. */
	#release(after: number, work: () => void): void {
		const { timeline } = this.#shell;
		this.#releases.push({ due: timeline.now + after, work });
		timeline.after(after, () => this.#releaseDue());
	}

	#releaseDue(): void {
		const { timeline } = this.#shell;
		for (let next = this.#releases[0]; next !== undefined && next.due <= timeline.now && this.#shell.isUp; next = this.#releases[0]) {
			if (this.#shell.pausedUntil > timeline.now) {
				timeline.at(this.#shell.pausedUntil, () => this.#releaseDue());
				return;
			}
			this.#releases.shift();
			try {
				next.work();
			} catch (error) {
				this.#shell.failed(error, this.#seats.map(({ key }) => key).join(' '));
			}
		}
	}
}
