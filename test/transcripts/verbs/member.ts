import type { Slot, Term } from '../../../src/base/brand.ts';
import type { Verb } from '../runner.ts';
import { diskWith } from '../stage.ts';

/** member SLOT terms=1,1,2 [commit=N] [term=N]: gives this member of the cluster another log. */
export const member: Verb = (stage, { words, options }) => {
	const slot = Number(words[0]) as Slot;
	const terms = (options.get('terms') ?? '1').split(',').map(Number);
	const disk = diskWith(terms, Number(options.get('commit') ?? 1), stage.founders);
	const term = Math.max(disk.hardState.term, Number(options.get('term') ?? 0)) as Term;
	disk.hardState = { ...disk.hardState, term };
	stage.add(slot, disk);
	stage.turn(stage.actor(slot));
	return [`${slot} has terms ${terms.join(' ')} and is in term ${term}`];
};
