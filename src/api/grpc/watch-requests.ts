/**
 * What a client says on a watch stream, decoded into the lane's own words (ports/watches.ts). Byte fields are copies: a watcher outlives by
 * far the packet that its key came in. Used by watch-service.ts.
 */
import { copyBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import type { WatchRequest } from '../../ports/watches.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { bigintFromLong } from '../../rpc/long-id.ts';

const FILTER = { noPut: 0, noDelete: 1 } as const;

export type WatchWord =
	| { readonly kind: 'create'; readonly request: WatchRequest }
	| { readonly kind: 'cancel'; readonly watchId: bigint }
	| { readonly kind: 'progress' }
	/** Nothing that this version knows; etcd passes over it. */
	| { readonly kind: 'none' };

/** null: the bytes are no WatchRequest. */
export function decodeWatchRequest(bytes: Uint8Array): WatchWord | null {
	let message: etcdserverpb.WatchRequest.$Properties;
	try {
		message = etcdserverpb.WatchRequest.decode(bytes);
	} catch {
		return null;
	}
	if (message.create_request) {
		return { kind: 'create', request: toRequest(message.create_request) };
	}
	if (message.cancel_request) {
		const { watch_id } = message.cancel_request;
		return { kind: 'cancel', watchId: watch_id ? bigintFromLong(watch_id) : 0n };
	}
	return { kind: message.progress_request ? 'progress' : 'none' };
}

function toRequest(create: etcdserverpb.WatchCreateRequest.$Properties): WatchRequest {
	const filters: readonly number[] = create.filters ?? [];
	return {
		watchId: create.watch_id ? bigintFromLong(create.watch_id) : 0n,
		key: copyBytes(create.key ?? EMPTY_BYTES),
		rangeEnd: copyBytes(create.range_end ?? EMPTY_BYTES),
		// Beyond 2^53 it is rounded, and stays beyond every revision that there will be.
		startRevision: create.start_revision?.toNumber() ?? 0,
		noPut: filters.includes(FILTER.noPut),
		noDelete: filters.includes(FILTER.noDelete),
		prevKv: create.prev_kv ?? false,
		fragment: create.fragment ?? false,
		progressNotify: create.progress_notify ?? false,
	};
}
