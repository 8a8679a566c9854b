import type { Verb } from '../runner.ts';

/** apply SLOT [fail]: the store does the next thing that it was given; fail: it is a snapshot that it cannot take. */
export const apply: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	return words.includes('fail') ? stage.failRestore(actor) : stage.apply(actor);
};
