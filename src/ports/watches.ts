/**
 * What one api lane offers its front ends of the watch hub: streams of watchers, each answered by finished etcdserverpb.WatchResponse bytes.
 * Implemented by actors/lane-watches.ts; used by api/grpc/watch-service.ts, and by the services that wait for a key to go.
 */

/** A watcher as a client asks for it; the byte fields are taken over. */
export interface WatchRequest {
	/** int64; 0: any that is free. */
	readonly watchId: bigint;
	readonly key: Uint8Array;
	/** As on the wire: empty, a single key; one zero byte, all from key on. */
	readonly rangeEnd: Uint8Array;
	/** 0: from now on. */
	readonly startRevision: number;
	readonly noPut: boolean;
	readonly noDelete: boolean;
	readonly prevKv: boolean;
	readonly fragment: boolean;
	readonly progressNotify: boolean;
}

export interface WatchListener {
	/** In order. False: no more, please, until `drained`; the responses that are on their way come all the same, and are few. */
	response(bytes: Uint8Array): boolean;
	/** The member stops, or the lane has too much to do (a code of base/codes.ts). The stream is closed, and nothing follows. */
	ended(code: number): void;
}

/** After close, and after `ended`, nothing here does anything. */
export interface WatchStream {
	create(request: WatchRequest): void;
	cancel(watchId: bigint): void;
	/** Asks how far all its watchers are. */
	progress(): void;
	/** There is room again. */
	drained(): void;
	close(): void;
}

export interface Watches {
	/** A stream, or the code that refuses it. */
	open(listener: WatchListener): WatchStream | number;
}
