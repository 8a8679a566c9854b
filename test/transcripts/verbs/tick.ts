import type { Verb } from '../runner.ts';

/** tick SLOT [COUNT]: time passes for this member, a turn after each tick. */
export const tick: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	const lines: string[] = [];
	for (let i = 0; i < Number(words[1] ?? 1); i++) {
		stage.step(actor, { kind: 'tick' });
		lines.push(...stage.turn(actor));
	}
	return lines;
};
