/**
 * The narrow door between gRPC services and what carries them: bytes in, bytes out, no HTTP/2 in sight. Implemented by
 * adapters/h2-rpc-engine.ts, on frames of our own. The services are in src/api/grpc.
 */
import type { CallMeter } from '../base/call-meter.ts';

/** What both shapes of call know about their caller. */
export interface RpcPeer {
	/** A request header by its lower-case name, or null. */
	metadata(name: string): string | null;
	/** One object for all calls of a connection: who shares one shares its turns. */
	readonly connection: object;
	/** Where it comes from, without a port; empty over a unix socket. */
	readonly remoteAddress: string;
	/** The common name of its certificate, where --client-cert-auth has it checked. Null for the JSON gateway, whoever calls that (CVE-2018-16886). */
	readonly certificateName: string | null;
}

/** One unary call. Exactly one of succeed and fail, once, at any later time; after the caller has gone both do nothing. */
export interface RpcCall extends RpcPeer {
	succeed(response: Uint8Array): void;
	/** With a response whose bytes are these one after the other, none of them empty. It may be of any size: they are let go as they are sent. */
	succeedInPieces(pieces: readonly Uint8Array[]): void;
	fail(status: number, message: string): void;
	/** The caller has cancelled or its deadline has passed: long work may stop. */
	readonly isOver: boolean;
	/** Its connection has not taken what it was answered: more answers had better wait. */
	readonly isClogged: boolean;
	/** An answer in pieces is on its way on its connection, or too many are on their way to its address: another one had better wait. */
	readonly isLoaded: boolean;
}

/** One streaming call, in whichever directions. */
export interface RpcStream extends RpcPeer {
	/** False: the caller does not keep up; wait for `drained` before sending more. The bytes are taken over. */
	send(message: Uint8Array): boolean;
	/** Ends the call, with status 0 or an error, after what was sent. */
	end(status: number, message: string): void;
}

/** What a service hears of a stream that it has opened. Nothing is said after `end` or `canceled`. */
export interface RpcStreamEvents {
	message(bytes: Uint8Array): void;
	/** The caller has sent its last message. */
	halfClosed(): void;
	/** Room again after `send` said false. */
	drained(): void;
	/** The caller is gone, or its deadline has passed. */
	canceled(): void;
}

export interface UnaryMethod {
	readonly shape: 'unary';
	/** Whoever carries calls counts them here. */
	readonly meter?: CallMeter;
	/** The request's bytes stay valid for as long as they are held. Must not throw. */
	handle(request: Uint8Array, call: RpcCall): void;
}

export interface StreamMethod {
	readonly shape: 'stream';
	readonly meter?: CallMeter;
	open(stream: RpcStream): RpcStreamEvents;
}

export type RpcMethod = UnaryMethod | StreamMethod;

/** `/package.Service/Method` -> method. */
export interface RpcServices {
	/** The method, or the words that refuse the path with `unimplemented`. */
	find(path: string): RpcMethod | string;
}
