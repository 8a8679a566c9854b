import type { Verb } from '../runner.ts';

/** campaign SLOT: ticks until the member stops being a follower, and shows the turn. */
export const campaign: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	for (let i = 0; i < 2 * stage.config.electionTicks && actor.core.status().role === 'follower'; i++) {
		stage.step(actor, { kind: 'tick' });
	}
	return stage.turn(actor);
};
