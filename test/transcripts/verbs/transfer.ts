import type { Slot } from '../../../src/base/brand.ts';
import type { Verb } from '../runner.ts';

/** transfer SLOT TARGET: this leader is asked to hand over; 0 lets it choose. */
export const transfer: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	stage.step(actor, { kind: 'transfer', target: Number(words[1]) as Slot });
	return stage.turn(actor);
};
