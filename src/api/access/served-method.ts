/**
 * A gRPC method as the services write it: like a method of ports/rpc-engine.ts, and told by whom it is called. guard.ts makes the one of the other.
 */
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import type { RpcCall, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';

/** Whoever has opened a stream, or waits for a long time: asked anew with each thing that he wants, since his token may have ended meanwhile. */
export interface Caller {
	/** The code that refuses him, or who he is. */
	identify(): Identity | number;
	/** For the audit log: a message of his, and the text that refused what it asked for; empty: nothing did. */
	note(request: Uint8Array, text: string): void;
}

export interface ServedUnary {
	readonly shape: 'unary';
	handle(request: Uint8Array, call: RpcCall, who: Identity): void;
}

export interface ServedStream {
	readonly shape: 'stream';
	open(stream: RpcStream, caller: Caller): RpcStreamEvents;
}

export type ServedMethod = ServedUnary | ServedStream;

const NOTHING = (): void => {};

export function callerOf(who: Identity): Caller {
	return { identify: () => who, note: NOTHING };
}

export const NOBODY_KNOWN: Caller = callerOf(ANONYMOUS);
