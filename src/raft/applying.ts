/**
 * Handing entries to the store: once each, in order, only when committed and locally persisted (so that the store never holds what a crash
 * takes from the log), and only so many bytes before the store acknowledges.
 */
import { assert } from '../base/assert.ts';
import { type Index, NOBODY } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import { NO_ENTRIES } from './apply-window.ts';
import type { Replica } from './replica.ts';
import type { Entry } from './state.ts';

/** The entries that the store gets this turn. */
export function takeApply(replica: Replica): readonly Entry[] {
	const { applying, log, config } = replica;
	if (replica.install !== null || applying.inflight.isFull) {
		return NO_ENTRIES;
	}
	const limit = Math.min(log.commit, log.persisted) as Index;
	let entries = applying.fetched;
	if (entries.length > 0) {
		applying.fetched = NO_ENTRIES;
	} else if (log.handed < limit && applying.fetching === null) {
		const bytesMax = Math.min(config.applyBytesMax, applying.inflight.room);
		entries = log.slice((log.handed + 1) as Index, (limit + 1) as Index, bytesMax) ?? NO_ENTRIES;
	}
	if (entries.length > 0) {
		hand(replica, entries);
	}
	maybeFetch(replica, limit);
	return entries;
}

function hand(replica: Replica, entries: readonly Entry[]): void {
	let bytes = 0;
	for (const entry of entries) {
		bytes += entry.data.length;
	}
	const last = (entries[entries.length - 1] as Entry).index;
	assert((entries[0] as Entry).index === replica.log.handed + 1, () => `entries from ${entries[0]?.index} after ${replica.log.handed}`);
	replica.log.handedTo(last);
	// An empty entry still has to come back before the window counts as empty.
	replica.applying.inflight.add(last, bytes + 1);
}

/** After a boot, or when the store is far behind: the next entries are no longer in memory. */
function maybeFetch(replica: Replica, limit: Index): void {
	const { applying, log } = replica;
	const lo = (log.handed + 1) as Index;
	if (applying.fetching === null && lo <= limit && lo < log.memoryFirst && !applying.inflight.isFull) {
		applying.fetching = lo;
		replica.draft.fetch({ member: NOBODY, lo, hi: Math.min(limit + 1, log.memoryFirst) as Index });
	}
}

export function onFetchedForStore(replica: Replica, lo: Index, entries: readonly Entry[]): void {
	if (replica.applying.fetching !== lo) {
		// Asked for before a snapshot took its place.
		return;
	}
	const first = entries[0];
	if (first === undefined) {
		throw new FatalError('log_lost', `log: entry ${lo} is wanted by the store and gone: the log compacts only what is applied`);
	}
	assert(first.index === lo, () => `fetched entry ${first.index}, wanted ${lo}`);
	replica.applying.fetching = null;
	replica.applying.fetched = entries;
}

export function onApplied(replica: Replica, upTo: Index): void {
	replica.log.appliedTo(upTo);
	replica.applying.inflight.freeUpTo(upTo);
}
