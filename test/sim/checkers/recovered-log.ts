/**
 * After any crash the log opens with what it had promised: exactly that where the crash came between two turns, else that or some of what was
 * under way (design section 4; reliability.md I9, I13). Term, vote and commit never fall.
 */
import type { LogContents } from '../../../src/log/log-store.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

const PROPERTY = 'recovered log';

export class RecoveredLog extends Blind {
	override opened(place: Place, found: LogContents): void {
		const { promised, wasIdle, isEmptied } = place.log;
		if (isEmptied) {
			// What it held is gone, and the member has to refuse to start: losses.ts sees to that.
			return;
		}
		const was = promised.hardState;
		const is = found.hardState;
		const words = (): string => `member ${place.slot} promised ${describe(promised)} and opens with ${describe(found)}`;
		demand(is.term >= was.term && is.commit >= was.commit, PROPERTY, words);
		demand(is.term > was.term || was.vote === 0 || is.vote === was.vote, PROPERTY, words);
		demand(!wasIdle || describe(promised) === describe(found), PROPERTY, words);
	}
}

function describe({ hardState, before, last, terms, mark }: LogContents): string {
	const runs = terms.map((run) => `${run.index}:${run.term}`).join(' ');
	return `term ${hardState.term} vote ${hardState.vote} commit ${hardState.commit}, (${before.index}:${before.term}, ${last}] ${runs} mark ${mark?.index ?? 0}`;
}
