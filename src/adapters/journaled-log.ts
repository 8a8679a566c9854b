/** Opens a member's log as the daemon has it: journal segments in `journal/`, and the LMDB environment that they are folded into in `log/`. */
import path from 'node:path';
import { crc32 } from 'node:zlib';
import {
	JOURNAL_FIRST_SEGMENT_BYTES,
	JOURNAL_FLUSH_OFF_AT_BYTES,
	JOURNAL_FLUSH_OFF_AT_ENTRIES,
	JOURNAL_PREPARE_AT_BYTES,
	JOURNAL_RECORD_BYTES_MAX,
	JOURNAL_SEGMENT_BYTES,
	JOURNAL_SLICE_AT_BYTES,
	JOURNAL_SLICE_AT_ENTRIES,
	LOG_MAP_BYTES,
} from '../base/limits.ts';
import { EngineLogStore } from '../log/engine-log-store.ts';
import { JournalLogStore } from '../log/journal/journal-log-store.ts';
import { LOG_TREE_NAMES } from '../log/layout.ts';
import type { Turn } from '../ports/turn.ts';
import { JournalFiles, type JournalSystem } from './journal-files.ts';
import type { JournalMeter } from './journal-meter.ts';
import { openLmdbEngine } from './lmdb-engine.ts';
import { checkLogFile } from './log-check.ts';

/**
 * salt: 32 random bits, used if the journal is new. A data directory from before there was a journal gets one. turn: of the log's actor, where large
 * turns may be flushed off the thread.
 */
export function openJournaledLog(
	dataDirectory: string,
	salt: number,
	turn: Turn | null = null,
	system?: JournalSystem,
	meter?: JournalMeter,
): JournalLogStore {
	const directory = path.join(dataDirectory, 'log');
	const { survey } = checkLogFile(directory);
	const engine = openLmdbEngine({ path: directory, trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: LOG_MAP_BYTES, damage: 'log_damaged' });
	try {
		const engineLog = new EngineLogStore(engine, crc32, survey);
		const files = new JournalFiles(path.join(dataDirectory, 'journal'), turn, system, meter);
		const options = {
			salt,
			firstSegmentBytes: JOURNAL_FIRST_SEGMENT_BYTES,
			segmentBytes: JOURNAL_SEGMENT_BYTES,
			prepareAtBytes: JOURNAL_PREPARE_AT_BYTES,
			recordBytesMax: JOURNAL_RECORD_BYTES_MAX,
			sliceAtEntries: JOURNAL_SLICE_AT_ENTRIES,
			sliceAtBytes: JOURNAL_SLICE_AT_BYTES,
			flushOffAtEntries: JOURNAL_FLUSH_OFF_AT_ENTRIES,
			flushOffAtBytes: JOURNAL_FLUSH_OFF_AT_BYTES,
		};
		return new JournalLogStore(options, { files, engineLog, checksum: crc32 });
	} catch (error) {
		engine.close();
		throw error;
	}
}
