/**
 * Writes one more record of a key: into history, at the end of the key's chain, and into `latest`. Used by mutation.ts for changes of our own, and by
 * history-import.ts for those of another store.
 */
import type { WriteView } from '../base/engine.ts';
import { missingRecord } from './damage.ts';
import { getHistory, putHistory, readHeader, revisionKey } from './history.ts';
import { DEPTH_MAX, nextJumpsFar } from './jump-pointers.ts';
import type { LatestRecord } from './latest-record.ts';
import type { LatestTree } from './latest-tree.ts';
import { LEASES } from './lease-tree.ts';
import type { KeyValue } from './stored-key-value.ts';

export interface NewRecord {
	readonly main: number;
	readonly sub: number;
	readonly tombstone: boolean;
	/** Of a tombstone only the key. */
	readonly kv: KeyValue;
}

export interface AppendContext {
	readonly view: WriteView;
	readonly latest: LatestTree;
	/** What lies below may be gone. */
	readonly compactRevision: number;
}

interface ChainPlace {
	readonly depth: number;
	readonly jumpMain: number;
	readonly jumpSub: number;
}

/** before: what `latest` says of the key now. */
export function appendRecord(context: AppendContext, before: LatestRecord | null, { main, sub, tombstone, kv }: NewRecord): void {
	const place = placeAfter(context, before);
	const header = {
		tombstone,
		previousIsTombstone: before?.tombstone ?? false,
		previousMain: before?.main ?? 0,
		previousSub: before?.sub ?? 0,
		jumpMain: place.jumpMain,
		jumpSub: place.jumpSub,
	};
	putHistory(context.view, main, sub, header, kv);
	context.latest.put(context.view, kv.key, {
		tombstone,
		depth: place.depth,
		create: kv.createRevision,
		main,
		sub,
		version: kv.version,
		jumpMain: place.jumpMain,
		jumpSub: place.jumpSub,
		lease: kv.lease,
	});
}

/** A key hangs on one lease at most: the one of its last put. */
export function moveToLease(view: WriteView, key: Uint8Array, from: bigint, to: bigint): void {
	if (from === to) {
		return;
	}
	if (from !== 0n) {
		LEASES.detach(view, from, key);
	}
	if (to !== 0n) {
		LEASES.attach(view, to, key);
	}
}

function placeAfter({ view, compactRevision }: AppendContext, before: LatestRecord | null): ChainPlace {
	if (before === null || before.depth >= DEPTH_MAX) {
		return { depth: 1, jumpMain: 0, jumpSub: 0 };
	}
	const depth = before.depth + 1;
	if (!nextJumpsFar(before.depth)) {
		return { depth, jumpMain: before.main, jumpSub: before.sub };
	}
	if (before.jumpMain === 0) {
		return { depth, jumpMain: 0, jumpSub: 0 };
	}
	const record = getHistory(view, before.jumpMain, before.jumpSub);
	if (record === null) {
		// Compacted away, and with it all that it could lead to: no search will come that far.
		if (before.jumpMain > compactRevision) {
			throw missingRecord('history', revisionKey(before.jumpMain, before.jumpSub), 'a newer record of the key jumps to it and it is not compacted');
		}
		return { depth, jumpMain: 0, jumpSub: 0 };
	}
	const { jumpMain, jumpSub } = readHeader(before.jumpMain, before.jumpSub, record);
	return { depth, jumpMain, jumpSub };
}
