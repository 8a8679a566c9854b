import type { Verb } from '../runner.ts';

/** read SLOT [COUNT]: linearizable reads that arrive in one turn. */
export const read: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	const lines: string[] = [];
	for (let i = 0; i < Number(words[1] ?? 1); i++) {
		const requestId = stage.nextRequest();
		lines.push(`${actor.slot} is asked for read ${requestId}`);
		stage.step(actor, { kind: 'read_index', requestId });
	}
	return [...lines, ...stage.turn(actor)];
};
