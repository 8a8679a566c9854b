import type { Verb } from '../runner.ts';

/** flush SLOT: the log flushes its next batch, and the member takes its turn. */
export const flush: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	return [...stage.flush(actor), ...stage.turn(actor)];
};
