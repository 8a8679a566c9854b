/**
 * A unary method whose answer may take as long as its caller waits: it hears when the caller goes, which plain unary methods do not need to.
 * On the wire it is any unary call. Used by lock-service.ts and election-service.ts.
 */
import { GRPC } from '../../base/codes.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { Caller, ServedStream } from '../access/served-method.ts';

/** Exactly one of the two, once. */
export interface LongCall {
	succeed(response: Uint8Array): void;
	fail(status: number, message: string): void;
}

/** Gives what to do when the caller goes before it was answered. */
export type HandleLong = (request: Uint8Array, call: LongCall, caller: Caller) => () => void;

const NO_BYTES = new Uint8Array(0);

export function longMethod(handle: HandleLong): ServedStream {
	return { shape: 'stream', open: (stream, caller) => openLong(stream, caller, handle) };
}

function openLong(stream: RpcStream, caller: Caller, handle: HandleLong): RpcStreamEvents {
	let request: Uint8Array | null = null;
	let abandon: (() => void) | null = null;
	const call: LongCall = {
		succeed: (response) => {
			caller.note(request ?? NO_BYTES, '');
			stream.send(response);
			stream.end(GRPC.ok, '');
		},
		fail: (status, message) => {
			caller.note(request ?? NO_BYTES, message);
			stream.end(status, message);
		},
	};
	return {
		message: (bytes) => {
			if (request === null) {
				request = bytes;
			} else {
				stream.end(GRPC.internal, 'cardinality violation: received multiple request messages for a unary method');
			}
		},
		halfClosed: () => {
			if (request === null) {
				stream.end(GRPC.internal, 'cardinality violation: received no request message from non-client-streaming RPC');
			} else {
				abandon = handle(request, call, caller);
			}
		},
		drained: () => {},
		canceled: () => abandon?.(),
	};
}
