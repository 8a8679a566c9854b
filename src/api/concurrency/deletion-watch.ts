/** Waits for one key to be deleted, by a watcher of its own in the lane's hub. Used by line.ts. */
import type { Watches, WatchStream } from '../../ports/watches.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { type Done, failed, good, refusedWith } from './failure.ts';

export type KeyNews = 'deleted' | 'unknown';

/**
 * Calls done once: the key was deleted at startRevision or later; or that is unknown, since the history was compacted, and the caller should
 * look. The function given back ends it without a word.
 */
export function watchDeletion(watches: Watches, key: Uint8Array, startRevision: number, done: Done<KeyNews>): () => void {
	let stream: WatchStream | null = null;
	let isOver = false;
	const stop = (): void => {
		isOver = true;
		stream?.close();
	};
	const finish: Done<KeyNews> = (outcome) => {
		if (!isOver) {
			stop();
			done(outcome);
		}
	};
	const opened = watches.open({
		response: (bytes) => {
			hear(bytes, finish);
			return true;
		},
		ended: (code) => finish(refusedWith(code)),
	});
	if (typeof opened === 'number') {
		finish(refusedWith(opened));
		return stop;
	}
	stream = opened;
	stream.create({
		watchId: 0n,
		key,
		rangeEnd: ONE_KEY,
		startRevision,
		noPut: true,
		noDelete: false,
		prevKv: false,
		fragment: false,
		progressNotify: false,
	});
	return stop;
}

const ONE_KEY = new Uint8Array(0);

function hear(bytes: Uint8Array, finish: Done<KeyNews>): void {
	const { events, canceled, compact_revision, cancel_reason } = etcdserverpb.WatchResponse.decode(bytes);
	if (events.length > 0) {
		finish(good('deleted'));
	} else if (canceled) {
		finish(compact_revision.isZero() ? failed(cancel_reason) : good('unknown'));
	}
}
