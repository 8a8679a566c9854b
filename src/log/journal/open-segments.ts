/** The segments that a journal is opened with: those that are there, or for a log that never had a journal, the first one. Used by the journal's store. */
import { damaged } from '../damage.ts';
import type { EngineLogStore } from '../engine-log-store.ts';
import type { JournalMark } from './journal-mark.ts';
import { RECORD_HEADER_BYTES } from './record.ts';
import type { Segment, SegmentFiles } from './segment-files.ts';
import { prepareFirst } from './segment-ring.ts';

export interface NewJournal {
	readonly salt: number;
	readonly firstSegmentBytes: number;
}

export function openSegments(
	options: NewJournal,
	files: SegmentFiles,
	engineLog: EngineLogStore,
): { readonly segments: readonly Segment[]; readonly mark: JournalMark } {
	const segments = files.list();
	if (engineLog.journal !== null) {
		if (segments.length === 0) {
			throw damaged('the journal', 'its segments must be there, since the log has one');
		}
		return { segments, mark: engineLog.journal };
	}
	// A start that was cut short may have left the first segment, not yet used; records would be those of another log.
	const start = new Uint8Array(RECORD_HEADER_BYTES);
	for (const { id } of segments) {
		files.read(id, 0, start);
		if (start.some((byte) => byte !== 0)) {
			throw damaged(`journal segment ${id}`, 'it must be empty, since the log has no journal');
		}
	}
	const mark = { salt: options.salt, sequence: 0, chain: 0, stepsDone: 0, entriesDone: 0 };
	const made = segments.length === 0 ? [prepareFirst(files, options.firstSegmentBytes)] : segments;
	engineLog.fold([], mark);
	return { segments: made, mark };
}
