/**
 * Opens the log's records after a stop of any kind: reads and verifies every entry, unless that was done just now, and builds the run-length terms.
 * LMDB has no page checksums (reliability.md 5.2), so what was flushed is believed only as far as its own CRC.
 * Damage is refused, never repaired: an entry lost in silence is an acknowledged write lost in silence. Called by the log store when it opens.
 */
import { type Index, NOBODY, type Slot, type Term } from '../base/brand.ts';
import type { ReadView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import type { EntryId, HardState } from '../raft/state.ts';
import { damaged } from './damage.ts';
import { EntrySurvey } from './entry-survey.ts';
import type { JournalMark } from './journal/journal-mark.ts';
import { type Checksum, decodeMeta, entryKey, indexOfKey, LOG_FORMAT, LOG_TREE, META, type MetaRow, metaKey, verifyEntry } from './layout.ts';
import { TermRuns } from './term-runs.ts';

export interface RecoveredLog {
	/** Nothing was ever written, not even the format. */
	readonly isNew: boolean;
	readonly hardState: HardState;
	readonly before: EntryId;
	readonly last: Index;
	readonly runs: TermRuns;
	readonly mark: EntryId | null;
	/** How far a journal was folded in; null if there never was one. */
	readonly journal: JournalMark | null;
	/** Compacted entries still wait to be removed. */
	readonly hasStale: boolean;
}

const FIRST_KEY = entryKey(0 as Index);

/** survey: of all the entries, if somebody has read them just now. */
export function recoverLog(view: ReadView, checksum: Checksum, survey: EntrySurvey | null = null): RecoveredLog {
	const isNew = checkFormat(view, checksum);
	const before = readPoint(view, META.before, checksum) ?? { index: 0 as Index, term: 0 as Term };
	const entries = survey ?? surveyEntries(view, before, checksum);
	const { last, runs } = checkEntries(entries, before);
	const hardState = readHardState(view, last, checksum);
	const lastTerm = last === before.index ? before.term : runs.termAt(last);
	checkHardState(hardState, { before, last, lastTerm });
	const mark = readPoint(view, META.mark, checksum);
	return { isNew, hardState, before, last, runs, mark, journal: readJournalMark(view, checksum), hasStale: hasStale(view, before) };
}

/** Whether the log is new; throws if its format is not ours, or if there are records without a format. */
function checkFormat(view: ReadView, checksum: Checksum): boolean {
	const record = view.get(LOG_TREE.meta, metaKey(META.format));
	if (record !== null) {
		const [format] = decodeMeta(META.format, record, checksum);
		if (format !== LOG_FORMAT) {
			throw new FatalError('data_dir_unusable', `the log has format ${format}; this version reads format ${LOG_FORMAT}`);
		}
		return false;
	}
	for (const tree of [LOG_TREE.meta, LOG_TREE.entries]) {
		view.scan(tree, new Uint8Array(1), null, () => {
			throw damaged('the record format', 'it must be there, since there are other records');
		});
	}
	return true;
}

/** Reads the kept entries, verifying each. */
function surveyEntries(view: ReadView, before: EntryId, checksum: Checksum): EntrySurvey {
	const survey = new EntrySurvey();
	view.scan(LOG_TREE.entries, entryKey((before.index + 1) as Index), null, (key, record) => {
		const index = indexOfKey(key);
		survey.note(index, verifyEntry(index, record, checksum));
		return true;
	});
	return survey;
}

/** Of the kept entries: no gap, terms that never fall. */
function checkEntries(survey: EntrySurvey, before: EntryId): { last: Index; runs: TermRuns } {
	const runs = new TermRuns();
	let last: number = before.index;
	let lastTerm: number = before.term;
	for (const run of survey.runsFrom((before.index + 1) as Index)) {
		if (run.first !== last + 1) {
			throw damaged(`entry ${last + 1}`, `it must follow entry ${last}, but the next one there is ${run.first}`);
		}
		if (run.term < lastTerm || run.term === 0) {
			throw damaged(`entry ${run.first}`, `its term ${run.term} must be at least 1 and not below the term ${lastTerm} of the entry before it`);
		}
		if (run.term !== lastTerm || run.first === before.index + 1) {
			runs.note(run.first, run.term);
		}
		last = run.last;
		lastTerm = run.term;
	}
	return { last: last as Index, runs };
}

/** Relations between the hard state and the entries (reliability.md I13); each is kept by every write, so a breach is damage. */
function checkHardState(state: HardState, log: { before: EntryId; last: Index; lastTerm: Term }): void {
	if (state.commit < log.before.index || state.commit > log.last) {
		throw damaged('the record hard_state', `its commit index ${state.commit} must be from ${log.before.index} to the last entry ${log.last}`);
	}
	if (state.term < log.lastTerm) {
		throw damaged('the record hard_state', `its term ${state.term} must not be below the term ${log.lastTerm} of entry ${log.last}`);
	}
}

/** The hard state; last: the last entry that the scan found, which must be the one that the newest write left there. */
function readHardState(view: ReadView, last: Index, checksum: Checksum): HardState {
	const record = view.get(LOG_TREE.meta, metaKey(META.hardState));
	if (record === null) {
		if (last > 0) {
			throw damaged('the record hard_state', `it must be there, since the log reaches entry ${last}`);
		}
		return { term: 0 as Term, vote: NOBODY, commit: 0 as Index };
	}
	const [term, vote, commit, lastWritten] = decodeMeta(META.hardState, record, checksum);
	if (last !== lastWritten) {
		throw damaged(`entry ${Math.min(last, lastWritten as number) + 1}`, `the log must end with entry ${lastWritten} and ends with ${last}`);
	}
	return { term: term as Term, vote: vote as Slot, commit: commit as Index };
}

function readPoint(view: ReadView, row: MetaRow, checksum: Checksum): EntryId | null {
	const record = view.get(LOG_TREE.meta, metaKey(row));
	if (record === null) {
		return null;
	}
	const [index, term] = decodeMeta(row, record, checksum);
	return { index: index as Index, term: term as Term };
}

function readJournalMark(view: ReadView, checksum: Checksum): JournalMark | null {
	const record = view.get(LOG_TREE.meta, metaKey(META.journal));
	if (record === null) {
		return null;
	}
	const [salt, sequence, chain, stepsDone, entriesDone] = decodeMeta(META.journal, record, checksum) as [number, number, number, number, number];
	return { salt, sequence, chain, stepsDone, entriesDone };
}

function hasStale(view: ReadView, before: EntryId): boolean {
	let found = false;
	view.scan(LOG_TREE.entries, FIRST_KEY, entryKey((before.index + 1) as Index), () => {
		found = true;
		return false;
	});
	return found;
}
