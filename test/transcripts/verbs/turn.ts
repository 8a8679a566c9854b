import type { Verb } from '../runner.ts';

/** turn SLOT: shows and takes what the member has to say. */
export const turn: Verb = (stage, { words }) => stage.turn(stage.actor(Number(words[0])));
