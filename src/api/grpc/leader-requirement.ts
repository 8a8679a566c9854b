/**
 * What a caller means that says `hasleader: true`: it would rather fail than wait for a leader (reference/etcd-surface.md 2.1). A unary call is
 * refused at once; a stream also ends when there has been no leader for three election timeouts. Used by services.ts.
 */
import { NOBODY } from '../../base/brand.ts';
import { CODES } from '../../base/codes.ts';
import type { RpcMethod, RpcPeer, RpcStream, StreamMethod, UnaryMethod } from '../../ports/rpc-engine.ts';
import { endWithCode, failWithCode, IDLE_STREAM, type ServiceContext } from './service-context.ts';

export function requiringLeader(context: ServiceContext, method: RpcMethod): RpcMethod {
	return method.shape === 'unary' ? unary(context, method) : streaming(context, method);
}

function unary(context: ServiceContext, method: UnaryMethod): UnaryMethod {
	return {
		shape: 'unary',
		handle: (request, call) => {
			if (isLeaderless(context) && insists(call)) {
				failWithCode(call, CODES.no_leader.code);
			} else {
				method.handle(request, call);
			}
		},
	};
}

function streaming(context: ServiceContext, method: StreamMethod): StreamMethod {
	return {
		shape: 'stream',
		open: (stream) => {
			if (!insists(stream)) {
				return method.open(stream);
			}
			if (isLeaderless(context)) {
				endWithCode(stream, CODES.no_leader.code);
				return IDLE_STREAM;
			}
			return openWatched(context, method, stream);
		},
	};
}

/** Whichever comes first, the stream's end or the leader's, the other is heard no more. */
function openWatched(context: ServiceContext, method: StreamMethod, stream: RpcStream): ReturnType<StreamMethod['open']> {
	const forget = context.lane.whenLeaderless(() => {
		endWithCode(stream, CODES.no_leader.code);
		events.canceled();
	});
	const events = method.open({
		send: (message) => stream.send(message),
		metadata: (name) => stream.metadata(name),
		connection: stream.connection,
		remoteAddress: stream.remoteAddress,
		certificateName: stream.certificateName,
		end: (status, message) => {
			forget();
			stream.end(status, message);
		},
	});
	return {
		message: (bytes) => events.message(bytes),
		halfClosed: () => events.halfClosed(),
		drained: () => events.drained(),
		canceled: () => {
			forget();
			events.canceled();
		},
	};
}

function isLeaderless(context: ServiceContext): boolean {
	return context.lane.leaderView.leader === NOBODY;
}

function insists(peer: RpcPeer): boolean {
	return peer.metadata('hasleader') === 'true';
}
