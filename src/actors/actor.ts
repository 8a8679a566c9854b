/** What an actor is: it receives one message at a time, synchronously, and flushes what it has to say once a turn. */
import type { Inbox, Role, Routes, Target } from '../protocol/routes.ts';

export interface Outbox<From extends Role> {
	/**
	 * Queues a message; it leaves in the flush of this turn. Order per (sender, receiver) is kept and nothing is dropped.
	 * lane picks one of several actors of the role; 0 where there is one.
	 */
	post<To extends Target<From>>(to: To, message: Routes[From][To], lane?: number): void;
}

/** For an actor that has something to say in the midst of its work. */
export interface UrgentOutbox<From extends Role> extends Outbox<From> {
	/** Leaves at once, and what was queued for the receiver on another thread before it; one on this thread receives it inside this call. */
	postNow<To extends Target<From>>(to: To, message: Routes[From][To], lane?: number): void;
}

export interface Actor<R extends Role> {
	/** Once, before anything is received: says its first words. */
	start(): void;
	/** One message. */
	receive(message: Inbox<R>): void;
	/** The heartbeat interval has passed; behind all data that was already there. */
	tick(): void;
	/** Once a turn, when the mailbox is empty or the turn's budget is spent. */
	flush(): void;
	/** Take on nothing new and finish what is begun (the leader hands over, a lane answers its requests). */
	drain(): void;
	/** Asked after each turn while draining. */
	isDrained(): boolean;
}
