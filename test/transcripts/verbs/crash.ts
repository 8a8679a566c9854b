import type { Verb } from '../runner.ts';

/** crash SLOT: what was not flushed is gone, the store is back at its checkpoint, and the member starts again. */
export const crash: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	stage.restart(actor);
	return stage.turn(actor);
};
