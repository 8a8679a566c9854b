/**
 * etcdserverpb.Watch: one streaming call is one stream of the lane's watches. Requests are decoded here; responses come finished from the watch
 * hub and are sent as they are. The rules of watchers are the hub's (actors/watch-actor.ts).
 */
import { GRPC } from '../../base/codes.ts';
import type { RpcMethod, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { WatchListener, WatchStream } from '../../ports/watches.ts';
import { endWithCode, IDLE_STREAM, type ServiceContext, UNREADABLE_MESSAGE } from './service-context.ts';
import { decodeWatchRequest } from './watch-requests.ts';

export function watchMethods(context: ServiceContext): ReadonlyMap<string, RpcMethod> {
	return new Map<string, RpcMethod>([['Watch', { shape: 'stream', open: (stream) => openWatch(context, stream) }]]);
}

function openWatch(context: ServiceContext, stream: RpcStream): RpcStreamEvents {
	const listener: WatchListener = {
		response: (bytes) => stream.send(bytes),
		ended: (code) => endWithCode(stream, code),
	};
	const watch = context.lane.watches.open(listener);
	if (typeof watch === 'number') {
		endWithCode(stream, watch);
		return IDLE_STREAM;
	}
	return {
		message: (bytes) => hear(bytes, watch, stream),
		// etcd goes on: a caller that has nothing more to ask for still watches.
		halfClosed: () => {},
		drained: () => watch.drained(),
		canceled: () => watch.close(),
	};
}

function hear(bytes: Uint8Array, watch: WatchStream, stream: RpcStream): void {
	const word = decodeWatchRequest(bytes);
	switch (word?.kind) {
		case 'create':
			watch.create(word.request);
			break;
		case 'cancel':
			watch.cancel(word.watchId);
			break;
		case 'progress':
			watch.progress();
			break;
		case 'none':
			break;
		default:
			watch.close();
			stream.end(GRPC.internal, UNREADABLE_MESSAGE);
	}
}
