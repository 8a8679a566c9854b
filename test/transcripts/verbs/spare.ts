import type { Slot } from '../../../src/base/brand.ts';
import { NO_MEMBERSHIP } from '../../unit/raft/cluster/changes.ts';
import type { Verb } from '../runner.ts';
import { diskWith } from '../stage.ts';

/** spare SLOT...: processes with empty disks that wait to be added. */
export const spare: Verb = (stage, { words }) => {
	for (const slot of words.map(Number)) {
		stage.add(slot as Slot, diskWith([], 0, NO_MEMBERSHIP));
		stage.turn(stage.actor(slot));
	}
	return words.map((slot) => `${slot} has 0 entries`);
};
