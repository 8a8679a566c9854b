/** Who the simulated members are, and the command that founds their cluster: the same bytes for each of them. */
import { NOBODY, type RequestId, type Slot, type Term } from '../../src/base/brand.ts';
import { encodeBootstrap } from '../../src/members/commands.ts';
import { COMMAND_KIND, encodeCommand } from '../../src/protocol/command.ts';

export const CLUSTER_ID = 'c1';

/** 64-bit ids as hex. */
export function memberIdOf(slot: Slot): string {
	return `a${slot}`;
}

export function slotsOf(members: number): Slot[] {
	return Array.from({ length: members }, (_, i) => (i + 1) as Slot);
}

export function foundation(members: number): Uint8Array {
	const records = slotsOf(members).map((slot) => ({
		slot,
		id: memberIdOf(slot),
		name: '',
		peerUrls: [`http://member-${slot}:2380`],
		clientUrls: [],
		learner: false,
	}));
	return encodeCommand({
		kind: COMMAND_KIND.bootstrap,
		origin: { slot: NOBODY, boot: 0, requestId: 0 as RequestId },
		term: 0 as Term,
		authRevision: 0,
		user: '',
		body: encodeBootstrap({ clusterId: CLUSTER_ID, members: records }),
	});
}
