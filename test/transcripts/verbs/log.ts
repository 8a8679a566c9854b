import * as print from '../print.ts';
import type { Verb } from '../runner.ts';

/** log SLOT: what its disk holds. */
export const log: Verb = (stage, { words }) => {
	const { disk } = stage.actor(Number(words[0]));
	return [`after ${print.point(disk.before)}: ${disk.entries.map(print.entry).join(' ')}`];
};
