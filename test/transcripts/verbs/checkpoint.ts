import type { Verb } from '../runner.ts';

/** checkpoint SLOT: the store's newest state becomes durable, and raft is told. */
export const checkpoint: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	actor.disk.durable = actor.disk.store;
	stage.step(actor, { kind: 'checkpointed', ...actor.disk.durable.applied });
	return stage.turn(actor);
};
