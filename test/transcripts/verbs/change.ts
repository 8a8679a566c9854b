import { must } from '../../../src/base/assert.ts';
import type { Slot } from '../../../src/base/brand.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { type Change, encodeChange } from '../../unit/raft/cluster/changes.ts';
import type { Verb } from '../runner.ts';
import type { Command } from '../script.ts';

/** change SLOT learner|voter|remove SLOT, or joint SLOT,... [learners=SLOT,...] [auto], or leave: a change of membership is proposed. */
export const change: Verb = (stage, command) => {
	const actor = stage.actor(Number(command.words[0]));
	const requestId = stage.nextRequest();
	const data = command.words[1] === 'leave' ? new Uint8Array(0) : encodeChange(parse(command), requestId);
	stage.step(actor, { kind: 'propose', onlyTerm: null, requestId, entryKind: ENTRY_KIND.membership, data });
	return stage.turn(actor);
};

function parse({ words, options }: Command): Change {
	const op = must(words[1], 'what to change');
	const slots = slotsOf(words[2]);
	if (op === 'joint') {
		return { op, voters: slots, learners: slotsOf(options.get('learners')), autoLeave: words.includes('auto') };
	}
	return { op: op as 'learner' | 'voter' | 'remove', slot: must(slots[0], 'a slot') };
}

function slotsOf(text: string | undefined): readonly Slot[] {
	return text === undefined ? [] : (text.split(',').map(Number) as readonly number[] as readonly Slot[]);
}
