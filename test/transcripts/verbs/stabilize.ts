import { AssertionError } from '../../../src/base/assert.ts';
import type { Verb } from '../runner.ts';

const ROUNDS_MAX = 100;

/**
 * stabilize [SLOT...] [quiet]: turns, flushes, fetches, the store's work and messages among these members (all, if none is named) until nothing
 * moves. quiet: what happened is told elsewhere.
 */
export const stabilize: Verb = (stage, { words }) => {
	const named = words.filter((word) => word !== 'quiet');
	const slots = named.length > 0 ? named.map(Number) : [...stage.actors.keys()].map(Number);
	const lines: string[] = [];
	for (let round = 0; round < ROUNDS_MAX; round++) {
		const before = lines.length;
		for (const actor of slots.map((slot) => stage.actor(slot))) {
			const mail = stage.wire.filter(({ to, from }) => to === actor.slot && slots.includes(from));
			stage.wire = stage.wire.filter((envelope) => !mail.includes(envelope));
			lines.push(...mail.flatMap((envelope) => stage.deliver(envelope)));
			if (actor.isDirty) {
				lines.push(...stage.turn(actor));
			}
			while (actor.batches.length > 0) {
				lines.push(...stage.flush(actor), ...stage.turn(actor));
			}
			while (actor.fetches.length > 0) {
				lines.push(...stage.fetch(actor), ...stage.turn(actor));
			}
			while (actor.applies.length + actor.restores.length > 0) {
				lines.push(...stage.apply(actor), ...stage.turn(actor));
			}
		}
		const isQuiet = slots.every((slot) => !stage.actor(slot).isDirty && stage.actor(slot).batches.length === 0);
		if (lines.length === before && isQuiet) {
			return words.includes('quiet') ? ['all is still'] : lines;
		}
	}
	throw new AssertionError('the members never come to rest');
};
