/** What a log has promised to hold: its own word as of the last turn that is over, which recovered-log.ts holds it to after every crash. */
import type { LogContents } from '../../../src/log/log-store.ts';

export interface DurableState {
	readonly term: number;
	readonly vote: number;
	readonly commit: number;
	readonly last: number;
}

export function durableState({ hardState, last }: LogContents): DurableState {
	return { ...hardState, last };
}

/** null: not there, or compacted. */
export function durableTermAt({ before, last, terms }: LogContents, index: number): number | null {
	if (index <= before.index || index > last) {
		return index === before.index ? before.term : null;
	}
	return terms.findLast((run) => run.index <= index)?.term ?? null;
}

/** Whether the disk has this entry, or had it and may forget it. */
export function isDurable(contents: LogContents, index: number, term: number): boolean {
	return index < contents.before.index || durableTermAt(contents, index) === term;
}

/** Every entry kept, for the shadow of a log at boot. */
export function durableTerms(contents: LogContents): Map<number, number> {
	const { before, last } = contents;
	const all = new Map<number, number>([[before.index, before.term]]);
	let run = 0;
	for (let index = before.index + 1; index <= last; index++) {
		while ((contents.terms[run + 1]?.index ?? Number.POSITIVE_INFINITY) <= index) {
			run++;
		}
		all.set(index, contents.terms[run]?.term ?? -1);
	}
	return all;
}
