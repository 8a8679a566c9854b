import type { Verb } from '../runner.ts';

/** apply SLOT: the store does the next thing that it was given. */
export const apply: Verb = (stage, { words }) => stage.apply(stage.actor(Number(words[0])));
