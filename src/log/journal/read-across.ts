/** Reads entries of which the older ones are in the log's engine and the newer ones in the journal. Used by the journal's store alone. */
import type { Index } from '../../base/brand.ts';
import type { EngineLogStore } from '../engine-log-store.ts';
import { ENTRY_HEADER_BYTES } from '../layout.ts';
import type { LogColumns } from '../log-store.ts';
import type { JournalEntries } from './journal-entries.ts';

export interface EntrySources {
	readonly engineLog: EngineLogStore;
	readonly entries: JournalEntries;
}

/** Entries from lo on, below end, all of them in the log: at least one, as many as fit bytesMax. */
export function readAcross({ engineLog, entries }: EntrySources, lo: Index, end: Index, bytesMax: number): LogColumns {
	const { first } = entries;
	if (lo >= first) {
		return entries.read(lo, end, bytesMax, 1);
	}
	const older = engineLog.read(lo, Math.min(end, first) as Index, bytesMax);
	const bytes = older.payloads.reduce((sum, payload) => sum + payload.length + ENTRY_HEADER_BYTES, 0);
	if (end <= first || lo + older.terms.length < first || bytes >= bytesMax) {
		return older;
	}
	const newer = entries.read(first, end, bytesMax - bytes, 0);
	return {
		first: lo,
		terms: [...older.terms, ...newer.terms],
		kinds: [...older.kinds, ...newer.kinds],
		payloads: [...older.payloads, ...newer.payloads],
	};
}
