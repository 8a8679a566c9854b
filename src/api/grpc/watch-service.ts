/**
 * etcdserverpb.Watch: one streaming call is one stream of the lane's watches. Requests are decoded here; responses come finished from the watch
 * hub and are sent as they are. The rules of watchers are the hub's (actors/watch-actor.ts).
 */
import { checkRange } from '../../auth/check.ts';
import { CODES, codeRow, GRPC } from '../../base/codes.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { WatchListener, WatchRequest, WatchStream } from '../../ports/watches.ts';
import { encodeWatchRefused } from '../../rpc/watch-responses.ts';
import type { Caller, ServedMethod } from '../access/served-method.ts';
import { endWithCode, headerAt, IDLE_STREAM, type ServiceContext, UNREADABLE_MESSAGE } from './service-context.ts';
import { decodeWatchRequest } from './watch-requests.ts';

export function watchMethods(context: ServiceContext): ReadonlyMap<string, ServedMethod> {
	return new Map<string, ServedMethod>([['Watch', { shape: 'stream', open: (stream, caller) => openWatch(context, stream, caller) }]]);
}

function openWatch(context: ServiceContext, stream: RpcStream, caller: Caller): RpcStreamEvents {
	const listener: WatchListener = {
		response: (bytes) => stream.send(bytes),
		ended: (code) => endWithCode(stream, code),
	};
	const watch = context.lane.watches.open(listener);
	if (typeof watch === 'number') {
		endWithCode(stream, watch);
		return IDLE_STREAM;
	}
	const watcher: Watcher = { context, caller, stream, watch };
	return {
		message: (bytes) => hear(bytes, watcher),
		// etcd goes on: a caller that has nothing more to ask for still watches.
		halfClosed: () => {},
		drained: () => watch.drained(),
		canceled: () => watch.close(),
	};
}

interface Watcher {
	readonly context: ServiceContext;
	readonly caller: Caller;
	readonly stream: RpcStream;
	readonly watch: WatchStream;
}

function hear(bytes: Uint8Array, watcher: Watcher): void {
	const { watch, stream } = watcher;
	const word = decodeWatchRequest(bytes);
	switch (word?.kind) {
		case 'create':
			create(watcher, word.request, bytes);
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

/** Judged by what came on the wire, before anybody reads more into it (GHSA-xg4h-6gfc-h4m8). What is open stays open, as in etcd. */
function create({ context, caller, stream, watch }: Watcher, request: WatchRequest, bytes: Uint8Array): void {
	const { lane, tables } = context;
	const who = caller.identify();
	const code = typeof who === 'number' ? who : lane.reader.read((view) => checkRange(tables.of(view), who, request));
	if (code === CODES.ok.code) {
		caller.note(bytes, '');
		watch.create(request);
		return;
	}
	const { grpc, text } = codeRow(code) ?? CODES.permission_denied;
	caller.note(bytes, text);
	const reason = `rpc error: code = ${STATUS_NAMES[grpc] ?? 'Unknown'} desc = ${text}`;
	stream.send(encodeWatchRefused(headerAt(context, lane.reader.read(currentRevision)), reason));
}

/** As Go spells those that a refusal can have. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
	[GRPC.invalidArgument]: 'InvalidArgument',
	[GRPC.permissionDenied]: 'PermissionDenied',
	[GRPC.unauthenticated]: 'Unauthenticated',
};
