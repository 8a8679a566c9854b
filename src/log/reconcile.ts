/**
 * What a member may start from: its log and its store agree, or the log is reset to an installed snapshot, or the member refuses to start.
 * The rule is design section 4 "Boot". Pure; called once by the raft actor when both have opened.
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot, Term } from '../base/brand.ts';
import type { EntryId, LogSummary } from '../raft/state.ts';
import { lost } from './damage.ts';

/** What the log found; the fields of protocol/messages.ts LogOpened. */
export interface OpenedLog {
	readonly term: Term;
	readonly vote: Slot;
	readonly commit: Index;
	readonly beforeIndex: Index;
	readonly beforeTerm: Term;
	readonly last: Index;
	readonly runIndexes: readonly Index[];
	readonly runTerms: readonly Term[];
	readonly mark: readonly [Index, Term] | null;
}

/** What the store found; the fields of StoreOpened. */
export interface OpenedStore {
	readonly applied: Index;
	readonly appliedTerm: Term;
}

export type Reconciled =
	/** Start from this; the log's commit index has been raised to the applied one. */
	| { readonly kind: 'start'; readonly log: LogSummary; readonly applied: EntryId }
	/** A kill came between the switch to a snapshot and the log's reset: reset the log to this point first, keeping term and vote. */
	| { readonly kind: 'reset'; readonly to: EntryId };

/** Throws FatalError log_lost when the store has applied what the log cannot account for. */
export function reconcile(log: OpenedLog, store: OpenedStore): Reconciled {
	assert(log.beforeIndex <= log.commit && log.commit <= log.last, () => `commit ${log.commit} outside (${log.beforeIndex}, ${log.last}]`);
	const applied = { index: store.applied, term: store.appliedTerm };
	if (applied.index < log.beforeIndex) {
		throw lost(`it begins after entry ${log.beforeIndex}, but the store has applied only up to entry ${applied.index}`);
	}
	const held = termAt(log, applied.index);
	if (held === applied.term) {
		return { kind: 'start', log: summarize(log, applied.index), applied };
	}
	// The store holds a snapshot that the log does not reach, or that conflicts with it. Only a mark that was flushed before the
	// switch tells an install that was cut short from a log that has lost its end; and a committed entry can conflict with nothing.
	const isMarked = log.mark !== null && log.mark[0] === applied.index && log.mark[1] === applied.term;
	if (isMarked && applied.index > log.commit) {
		return { kind: 'reset', to: applied };
	}
	const has = held === null ? `ends at entry ${log.last}` : `holds term ${held} at that entry`;
	throw lost(`the store has applied entry ${applied.index} of term ${applied.term}, but the log ${has} and no snapshot was being installed there`);
}

/** The term of an index from the one before the first entry to the last; null beyond. */
function termAt(log: OpenedLog, index: Index): Term | null {
	if (index === log.beforeIndex) {
		return log.beforeTerm;
	}
	if (index > log.last) {
		return null;
	}
	const run = log.runIndexes.findLastIndex((start) => start <= index);
	const term = log.runTerms[run];
	assert(term !== undefined, () => `entry ${index} is in no run`);
	return term;
}

function summarize(log: OpenedLog, applied: Index): LogSummary {
	return {
		hardState: { term: log.term, vote: log.vote, commit: Math.max(log.commit, applied) as Index },
		before: { index: log.beforeIndex, term: log.beforeTerm },
		last: log.last,
		terms: log.runIndexes.map((index, i) => ({ index, term: log.runTerms[i] as Term })),
	};
}
