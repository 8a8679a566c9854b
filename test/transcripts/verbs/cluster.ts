import type { Slot } from '../../../src/base/brand.ts';
import type { Verb } from '../runner.ts';
import { diskWith, membershipOf } from '../stage.ts';

/** cluster SLOTS... [option=value]: members that have founded the cluster and applied its first entry; with `new`, members that are about to. */
export const cluster: Verb = (stage, { words, options }) => {
	const slots = words.filter((word) => word !== 'new').map(Number);
	stage.founders = membershipOf(slots);
	for (const [name, value] of options) {
		const isSwitch = value === 'true' || value === 'false';
		stage.config = { ...stage.config, [name]: isSwitch ? value === 'true' : Number(value) };
	}
	for (const slot of slots) {
		const isNew = words.includes('new');
		stage.add(slot as Slot, diskWith(isNew ? [] : [1], isNew ? 0 : 1, isNew ? { ...membershipOf([]), index: 0 as never } : stage.founders));
		if (!isNew) {
			stage.turn(stage.actor(slot));
		}
	}
	return slots.map((slot) => `${slot} has ${stage.actor(slot).disk.last} entries`);
};
