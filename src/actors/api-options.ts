/** What an api lane is made with: api-actor.ts. Times are in ticks, as an actor has no clock. */
import type { Slot } from '../base/brand.ts';
import type { PublishBody } from '../members/commands.ts';
import type { AskLeader } from '../ports/leader-leases.ts';
import type { Logger } from '../ports/logger.ts';
import type { ReaderProvider } from '../ports/reader-provider.ts';
import type { Turn } from '../ports/turn.ts';
import type { Outbox } from './actor.ts';

export interface ApiOptions {
	readonly lane: number;
	/** 48 random bits of the process. */
	readonly boot: number;
	readonly selfSlot: Slot;
	/** The store's generation when this lane starts; `settled` tells of newer ones. */
	readonly generation: number;
	/** 5 s and two election timeouts (reference/etcd-surface.md 2.12). */
	readonly requestTicks: number;
	/** A read index that nobody has sent is asked for again after this long (500 ms), and a publication that was refused. */
	readonly readRepeatTicks: number;
	/** While draining, what is still outstanding after this long is given up. */
	readonly drainTicks: number;
	/** Without a leader for so long, callers that insist on one are let go: three election timeouts (reference/etcd-surface.md 2.1). */
	readonly leaderlessTicks: number;
	/** The hub lane that serves this lane's watchers. */
	readonly watchLane: number;
	readonly requestsMax: number;
	readonly bytesMax: number;
	/** Lane 0 publishes; null on the others. */
	readonly publication: PublishBody | null;
}

export interface ApiPorts {
	readonly outbox: Outbox<'api'>;
	readonly turn: Turn;
	readonly readers: ReaderProvider;
	readonly logger: Logger;
	/** Another member's lessor. */
	readonly askLeader: AskLeader;
	/** What another member's dashboard is told of this one, as JSON; empty: it cannot be said. Default: that. */
	readonly describe?: (done: (json: string) => void) => void;
	/** Said once: a leader has been known, and this member is published as far as this lane has to see to it. */
	readonly announceServing: () => void;
}
