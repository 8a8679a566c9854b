/** A change of membership for the storm. Most would do something, were they applied now; null leaves a joint configuration. */
import type { Slot } from '../../../../src/base/brand.ts';
import type { Random } from '../../../../src/base/random.ts';
import type { Membership } from '../../../../src/raft/state.ts';
import { type Change, everybody } from './changes.ts';

export function drawChange(random: Random, membership: Membership, anySlot: () => Slot, slotMax: number): Change | null {
	if (membership.votersOutgoing.length > 0 && random.below(4) > 0) {
		return null;
	}
	const slot = anySlot();
	switch (random.below(8)) {
		case 0:
		case 4:
			return { op: 'learner', slot };
		case 1:
		case 2:
		case 5:
			return { op: 'voter', slot };
		case 3:
			return { op: 'remove', slot: random.below(2) === 0 ? slot : (membership.voters[0] ?? slot) };
		default:
			return drawJoint(random, membership, slot, slotMax);
	}
}

/** Most stay, one comes, and some may come to learn. */
function drawJoint(random: Random, membership: Membership, slot: Slot, slotMax: number): Change {
	const stays = (): boolean => random.below(6) > 0;
	const slots = Array.from({ length: slotMax }, (_, i) => (i + 1) as Slot);
	const present = everybody(membership);
	const staying = slots.filter((each) => present.includes(each) && stays());
	const learners = slots.filter((each) => !staying.includes(each) && random.below(4) === 0);
	const voters = learners.includes(slot) ? staying : [...new Set([...staying, slot])];
	return { op: 'joint', voters, learners, autoLeave: stays() };
}
