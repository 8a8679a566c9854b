/**
 * What somebody has seen of the log's entries who has read and verified all of them, in order: so that they need not be read again to open the log
 * (log-check.ts walks the pages anyway). As many runs as there are terms and gaps, however many entries. Compacted entries are in it too.
 */
import type { Index, Term } from '../base/brand.ts';

export interface EntryRun {
	readonly first: Index;
	readonly last: Index;
	readonly term: Term;
}

export class EntrySurvey {
	readonly #runs: { first: number; last: number; term: number }[] = [];

	/** Of an entry that was verified; in order of index. */
	note(index: Index, term: Term): void {
		const newest = this.#runs.at(-1);
		if (newest !== undefined && newest.last + 1 === index && newest.term === term) {
			newest.last = index;
		} else {
			this.#runs.push({ first: index, last: index, term });
		}
	}

	/** From this entry on; the first run may begin there. */
	runsFrom(index: Index): EntryRun[] {
		return this.#runs
			.filter(({ last }) => last >= index)
			.map(({ first, last, term }) => ({ first: Math.max(first, index) as Index, last: last as Index, term: term as Term }));
	}
}
