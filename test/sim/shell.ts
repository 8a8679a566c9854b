/** The process around its threads and seats: what they ask of it. Implemented by process.ts. */
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Address } from '../../src/runtime/host.ts';
import type { Dice } from './dice.ts';
import type { Seat } from './seat.ts';
import type { Timeline } from './timeline.ts';

export interface Shell {
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly isUp: boolean;
	readonly pausedUntil: number;
	seatAt(key: string): Seat;
	/** An actor, or a checker, threw: the process is over. */
	failed(error: unknown, where: string): void;
	/** One actor tells another, at the end of a round of its turn. */
	told(from: Address, to: string, message: AnyMessage): void;
	/** Everything that is said between threads, for the hash of the run. */
	spoken(frame: Uint8Array): void;
}
