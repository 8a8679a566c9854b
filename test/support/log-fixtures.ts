/** Builders for tests of the log: batches with sensible defaults, a log over memory, and damage to its records. */
import { crc32 } from 'node:zlib';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { type Index, NOBODY, type Slot, type Term } from '../../src/base/brand.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import type { LogBatch, LogColumns } from '../../src/log/log-store.ts';
import { ENTRY_KIND, type EntryId } from '../../src/raft/state.ts';

export function openLog(engine: MemoryEngine): EngineLogStore {
	return new EngineLogStore(engine, crc32);
}

/** On LMDB, every write flushed, as the daemon has it. */
export function openLmdbLog(directory: string): EngineLogStore {
	return new EngineLogStore(openLmdbEngine({ path: directory, trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: 2 ** 28 }), crc32);
}

export function newLogEngine(): MemoryEngine {
	return new MemoryEngine(LOG_TREE_NAMES);
}

export function point(index: number, term: number): EntryId {
	return { index: index as Index, term: term as Term };
}

/** Entries from `first` on, one for each term given; the payload says which it is. */
export function columns(first: number, terms: readonly number[], label = ''): LogColumns {
	return {
		first: first as Index,
		terms: terms as Term[],
		kinds: terms.map(() => ENTRY_KIND.command),
		payloads: terms.map((term, i) => new TextEncoder().encode(`${label}${first + i}@${term}`)),
	};
}

export interface BatchParts {
	readonly first?: number;
	readonly terms?: readonly number[];
	readonly label?: string;
	/** Default: the term of the last entry, or 1. */
	readonly term?: number;
	readonly vote?: number;
	readonly commit?: number;
	readonly truncateFrom?: number;
	readonly mark?: EntryId;
	readonly resetTo?: EntryId;
}

export function batch(parts: BatchParts): LogBatch {
	const terms = parts.terms ?? [];
	return {
		resetTo: parts.resetTo ?? null,
		truncateFrom: (parts.truncateFrom ?? null) as Index | null,
		entries: columns(parts.first ?? 0, terms, parts.label),
		hardState: {
			term: (parts.term ?? terms.at(-1) ?? 1) as Term,
			vote: (parts.vote ?? NOBODY) as Slot,
			commit: (parts.commit ?? 0) as Index,
		},
		mark: parts.mark ?? null,
	};
}

export function texts(read: LogColumns): readonly string[] {
	return read.payloads.map((payload) => new TextDecoder().decode(payload));
}
