import type { Slot } from '../../../src/base/brand.ts';
import { NO_MEMBERSHIP } from '../../unit/raft/cluster/changes.ts';
import type { Verb } from '../runner.ts';
import { diskWith, membershipOf } from '../stage.ts';

/**
 * cluster SLOTS... [learners=SLOT,...] [option=value]: members that have founded the cluster and applied its first entry; with `new`, members that
 * are about to.
 */
export const cluster: Verb = (stage, { words, options }) => {
	const voters = words.filter((word) => word !== 'new').map(Number);
	const learners = options.get('learners')?.split(',').map(Number) ?? [];
	const slots = [...voters, ...learners];
	stage.founders = membershipOf(voters, learners);
	for (const [name, value] of options) {
		if (name === 'learners') {
			continue;
		}
		const isSwitch = value === 'true' || value === 'false';
		stage.config = { ...stage.config, [name]: isSwitch ? value === 'true' : Number(value) };
	}
	for (const slot of slots) {
		const isNew = words.includes('new');
		stage.add(slot as Slot, diskWith(isNew ? [] : [1], isNew ? 0 : 1, isNew ? NO_MEMBERSHIP : stage.founders));
		if (!isNew) {
			stage.turn(stage.actor(slot));
		}
	}
	return slots.map((slot) => `${slot} has ${stage.actor(slot).disk.last} entries`);
};
