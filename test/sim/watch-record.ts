/** What a simulated watcher asked for and was sent, stream by stream: written by watch-client.ts, judged by checkers/watch-streams.ts. */
import type { Slot } from '../../src/base/brand.ts';
import type { Kv } from './history.ts';

export interface SeenEvent {
	readonly revision: number;
	readonly isDelete: boolean;
	readonly kv: Kv;
	readonly previous: Kv | null;
}

/** One response of the stream, in the order in which they came. */
export type Seen =
	| { readonly kind: 'created'; readonly revision: number }
	| { readonly kind: 'events'; readonly revision: number; readonly events: readonly SeenEvent[] }
	| { readonly kind: 'progress'; readonly revision: number }
	| { readonly kind: 'compacted'; readonly compactRevision: number };

/** One watcher on one stream, from its creation to its end. */
export interface WatchLeg {
	readonly client: number;
	readonly member: Slot;
	readonly key: string;
	readonly rangeEnd: string;
	/** 0: from now on. */
	readonly start: number;
	readonly noPut: boolean;
	readonly noDelete: boolean;
	readonly previous: boolean;
	readonly seen: Seen[];
}
