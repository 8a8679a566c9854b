/** Between the core's records and the columns and frames of protocol/messages.ts, and what the core boots from. Used by raft-actor.ts. */
import type { Index } from '../base/brand.ts';
import { reconcile } from '../log/reconcile.ts';
import type { Append, EntryColumns, LogOpened, PeerFrame, StoreOpened } from '../protocol/messages.ts';
import { channelOf, encodeEnvelope, isReplaceable } from '../protocol/peer-codec.ts';
import type { BootState } from '../raft/boot.ts';
import type { Envelope } from '../raft/message.ts';
import type { PersistBatch } from '../raft/output.ts';
import type { Entry, EntryId, LogSummary } from '../raft/state.ts';

/** Throws FatalError when log and store do not fit. */
export function bootState(log: LogOpened, store: StoreOpened, bootstrap: Uint8Array | null): BootState {
	const { membership } = store;
	const found = reconcile(log, store);
	if (found.kind === 'reset') {
		return { log: emptyAfter(log, found.to), applied: found.to, membership, bootstrap: null, resetTo: found.to, isMarkStale: false };
	}
	const isNew = log.term === 0 && log.last === 0 && store.applied === 0;
	const { log: summary, applied } = found;
	return { log: summary, applied, membership, bootstrap: isNew ? bootstrap : null, resetTo: null, isMarkStale: log.mark !== null };
}

/** The log as it is once the reset, which the core asks for first of all, is written: term and vote stay. */
function emptyAfter(log: LogOpened, point: EntryId): LogSummary {
	return { hardState: { term: log.term, vote: log.vote, commit: point.index }, before: point, last: point.index, terms: [] };
}

export function toColumns(entries: readonly Entry[]): EntryColumns {
	return {
		first: entries[0]?.index ?? (0 as Index),
		terms: entries.map(({ term }) => term),
		kinds: entries.map(({ kind }) => kind),
		payloads: entries.map(({ data }) => data),
	};
}

export function toEntries({ first, terms, kinds, payloads }: EntryColumns): readonly Entry[] {
	return terms.map((term, i) => ({
		index: (first + i) as Index,
		term,
		kind: kinds[i] as Entry['kind'],
		data: payloads[i] as Uint8Array,
	}));
}

/** isSent: these entries, or others, leave for members in the same turn. */
export function toAppend({ batch, truncateFrom, entries, hardState, mark, resetTo, after }: PersistBatch, isSent: boolean): Append {
	return {
		kind: 'append',
		...toColumns(entries),
		batch,
		truncateFrom,
		term: hardState.term,
		vote: hardState.vote,
		commit: hardState.commit,
		mark: toPair(mark),
		resetTo: toPair(resetTo),
		after: after.map(toFrame),
		isSent,
	};
}

export function toFrame(envelope: Envelope): PeerFrame {
	const { to, message } = envelope;
	return [to, channelOf(message), isReplaceable(message), encodeEnvelope(envelope)];
}

function toPair(point: EntryId | null): readonly [Index, EntryId['term']] | null {
	return point === null ? null : [point.index, point.term];
}
