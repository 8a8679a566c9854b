/**
 * What one api lane offers its front ends of watching the v2 keyspace. A v2 watch is the lane's own, as in etcd it is the member's: it ends
 * with it. Implemented by actors/lane-v2-watches.ts; used by api/v2.
 */

export interface V2WatchRequest {
	/** "/a/b"; empty for the root. Taken over. */
	readonly path: Uint8Array;
	readonly recursive: boolean;
	/** The first index of interest, as the client gave it in 64 bits; 0: whatever comes next. */
	readonly since: bigint;
	/** Every event until it is closed; else the first one only. */
	readonly stream: boolean;
	/** What is found in the past is found as a live watcher would have been told; else the first of it as etcd's scan of its history has it. */
	readonly resumes: boolean;
}

/** Of one event there is one of these, whoever is told of it. */
export interface V2WatchEvent {
	readonly index: number;
	readonly action: string;
	/** With a newline at the end. */
	readonly json: Uint8Array;
}

export interface V2WatchListener {
	/** In order. False: no more, please, until `drained`. */
	event(event: V2WatchEvent): boolean;
	/** The member stops, or the history no longer has what comes next. Nothing follows. */
	ended(): void;
}

/** After close, after `ended`, and after the one event of a watch that is no stream, nothing here does anything. */
export interface V2Watch {
	/** The v2 index when it began. */
	readonly startIndex: number;
	/** There is room again. */
	drained(): void;
	close(): void;
}

export type V2WatchOpened =
	| { readonly kind: 'open'; readonly watch: V2Watch }
	/** since is before the oldest index in the history. */
	| { readonly kind: 'cleared'; readonly oldest: number; readonly index: number }
	/** A code of base/codes.ts. */
	| { readonly kind: 'refused'; readonly code: number };

export interface V2Watches {
	/** The listener hears nothing before a later turn. */
	open(request: V2WatchRequest, listener: V2WatchListener): V2WatchOpened;
	/** Those that are open. */
	readonly size: number;
}
