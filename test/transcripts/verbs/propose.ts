import { ENTRY_KIND } from '../../../src/raft/state.ts';
import type { Verb } from '../runner.ts';

/** propose SLOT TEXT...: one proposal for each text, all in one turn. */
export const propose: Verb = (stage, { words }) => {
	const actor = stage.actor(Number(words[0]));
	for (const text of words.slice(1)) {
		const requestId = stage.nextRequest();
		stage.step(actor, { kind: 'propose', onlyTerm: null, requestId, entryKind: ENTRY_KIND.command, data: Buffer.from(text) });
	}
	return stage.turn(actor);
};
