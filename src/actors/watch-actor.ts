/** The watch hub: watchers of the v3 keyspace, fed from the store's history. */

import type { ReaderProvider } from '../ports/reader-provider.ts';
import type { Turn } from '../ports/turn.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { HeaderIds } from '../rpc/response-header.ts';
import type { Actor, Outbox } from './actor.ts';

export interface WatchOptions {
	readonly ids: HeaderIds;
	/** The store's generation when this actor starts. */
	readonly generation: number;
	/** A quiet watcher that asked for progress hears of it so often. */
	readonly progressTicks: number;
	/** A response with fragments is cut near this size. */
	readonly fragmentBytes: number;
}

export interface WatchPorts {
	readonly outbox: Outbox<'watch'>;
	readonly readers: ReaderProvider;
	/** Catching up goes in slices, each in a turn of its own. */
	readonly turn: Turn;
}

export class WatchActor implements Actor<'watch'> {
	constructor(_options: WatchOptions, _ports: WatchPorts) {}
	start(): void {}
	receive(_message: Inbox<'watch'>): void {}
	tick(): void {}
	flush(): void {}
	drain(): void {}
	isDrained(): boolean {
		return true;
	}
	/** After the last turn: the store may be closed. */
	close(): void {}
}
