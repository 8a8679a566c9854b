/** What a checker may see: words inside a member, frames between members, commits of stores, lives of processes. It may not change any of it. */
import type { Slot } from '../../src/base/brand.ts';
import type { MemoryEngine } from '../../src/base/memory-engine.ts';
import type { LogContents } from '../../src/log/log-store.ts';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Envelope } from '../../src/raft/message.ts';
import type { Address } from '../../src/runtime/host.ts';
import type { LogDisk } from './log-disk.ts';
import type { StoreDisk } from './store-disk.ts';

/** Where something was seen. */
export interface Place {
	readonly slot: Slot;
	/** Counts the processes of all members. */
	readonly epoch: number;
	readonly log: LogDisk;
	readonly store: StoreDisk;
}

/** Implements what it looks at; the rest is as in Blind. */
export interface Witness {
	/** A process begins and has opened its log, in which it has found this. */
	opened(place: Place, found: LogContents): void;
	/** One actor tells another; seen when it leaves, at the end of its turn. */
	told(place: Place, from: Address, to: string, message: AnyMessage): void;
	/** A frame leaves for another member. */
	left(place: Place, envelope: Envelope): void;
	/** The store has committed a transaction. */
	committed(place: Place, engine: MemoryEngine): void;
}

export class Blind implements Witness {
	opened(_place: Place, _found: LogContents): void {}
	told(_place: Place, _from: Address, _to: string, _message: AnyMessage): void {}
	left(_place: Place, _envelope: Envelope): void {}
	committed(_place: Place, _engine: MemoryEngine): void {}
}
