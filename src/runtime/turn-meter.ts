/**
 * How busy the actors of one thread are, for the metrics: time, messages and turns since the thread began, and what each actor had of them. Where
 * several share a thread, the clock is read when another's turn comes and not for each message. Kept by host.ts; load-meter.ts is for the log.
 */
import { exponentialBounds, Histogram } from '../base/histogram.ts';
import { counter, gauge, histogram, type Labels, type Metric } from '../base/metric.ts';

const MILLISECONDS_A_SECOND = 1_000;

/** As host.ts addresses an actor. */
interface Address {
	readonly role: string;
	readonly lane: number;
}

export class SeatMeter {
	messages = 0;
	milliseconds = 0;
}

export class TurnMeter {
	readonly #turnSeconds = new Histogram(exponentialBounds(0.00002, 2, 20));
	readonly #batchMessages = new Histogram(exponentialBounds(1, 2, 14));
	#busy = 0;
	#turns = 0;
	#cut = 0;
	/** Whose time it is, and since when. */
	#current: SeatMeter | null = null;
	#since = 0;

	/** From now on the time is this actor's; null: nobody's. Gives back whose it was. */
	charge(seat: SeatMeter | null): SeatMeter | null {
		const before = this.#current;
		if (before !== seat) {
			const now = performance.now();
			if (before !== null) {
				before.milliseconds += now - this.#since;
			}
			this.#since = now;
			this.#current = seat;
		}
		return before;
	}

	/** isCut: it ended with work left, since its budget was spent. */
	turn(milliseconds: number, messages: number, isCut: boolean): void {
		this.#turns += 1;
		this.#busy += milliseconds;
		this.#cut += isCut ? 1 : 0;
		this.#turnSeconds.observe(milliseconds / MILLISECONDS_A_SECOND);
		this.#batchMessages.observe(messages);
	}

	/** waiting: messages that are known to wait. What still is in a port cannot be counted: turns that were cut tell of it. */
	metrics(seats: readonly (readonly [Address, SeatMeter])[], waiting: number): readonly Metric[] {
		const thread = seats.map(([{ role, lane }]) => `${role}/${lane}`).join('+');
		const labels = { thread };
		const ofThread = (value: number) => [{ labels, value }];
		const each = (read: (seat: SeatMeter) => number) => seats.map(([address, seat]) => ({ labels: actorLabels(address, thread), value: read(seat) }));
		return [
			counter(
				'quorate_actor_busy_seconds_total',
				'Time in which an actor worked: its rate is the saturation.',
				each(({ milliseconds }) => milliseconds / MILLISECONDS_A_SECOND),
			),
			counter(
				'quorate_actor_messages_total',
				'Messages that an actor has received.',
				each(({ messages }) => messages),
			),
			counter('quorate_thread_busy_seconds_total', 'Time in turns: its rate is the saturation.', ofThread(this.#busy / MILLISECONDS_A_SECOND)),
			counter('quorate_thread_turns_total', 'Turns.', ofThread(this.#turns)),
			counter('quorate_thread_turns_cut_total', 'Turns that ended with work left, since their budget was spent.', ofThread(this.#cut)),
			gauge('quorate_thread_mailbox_depth', 'Messages and works that wait for the next turn, as far as they are known.', ofThread(waiting)),
			histogram('quorate_thread_turn_seconds', 'Turns by their time.', [[labels, this.#turnSeconds]]),
			histogram('quorate_thread_batch_messages', 'Turns by their messages.', [[labels, this.#batchMessages]]),
		];
	}
}

function actorLabels({ role, lane }: Address, thread: string): Labels {
	return { actor: `${role}/${lane}`, role, thread };
}
