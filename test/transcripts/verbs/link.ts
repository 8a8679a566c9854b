import type { Slot } from '../../../src/base/brand.ts';
import type { Verb } from '../runner.ts';

/** link SLOT MEMBER: this member hears that its link to the other is down. */
export const link: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	stage.step(actor, { kind: 'link_down', member: Number(words[1]) as Slot });
	return stage.turn(actor);
};
