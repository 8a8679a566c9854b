/** Who the simulated founding members are, and the command that founds their cluster: the same bytes for each of them. */
import { THE_MEMBER } from '../../src/auth/identity.ts';
import { NOBODY, type RequestId, type Slot, type Term } from '../../src/base/brand.ts';
import { encodeBootstrap } from '../../src/members/commands.ts';
import { COMMAND_KIND, encodeCommand } from '../../src/protocol/command.ts';
import type { Plan } from './plan.ts';

/** Hex, as ids are. Also the cluster's token. */
export const CLUSTER_ID = 'c1';

/** Who a member is, for as long as it has its data. */
export interface Identity {
	readonly slot: Slot;
	/** The 64-bit id as hex. */
	readonly id: string;
	/** Its machine: where its peer URLs lead. At most one member at a time runs there. */
	readonly machine: number;
	readonly isFounder: boolean;
}

export function founders(members: number): Identity[] {
	return Array.from({ length: members }, (_, i) => ({ slot: (i + 1) as Slot, id: `a${i + 1}`, machine: i + 1, isFounder: true }));
}

/** A machine is reached by its name, at any port. */
export function peerUrl(machine: number, port = 2380): string {
	return `http://machine-${machine}:${port}`;
}

export function machineOf(url: string): number {
	return Number(/^http:\/\/machine-(\d+):/.exec(url)?.[1] ?? 0);
}

export function foundation({ members }: Plan): Uint8Array {
	const records = founders(members).map(({ slot, id, machine }) => ({
		slot,
		id,
		name: '',
		peerUrls: [peerUrl(machine)],
		clientUrls: [],
		learner: false,
	}));
	return encodeCommand({
		kind: COMMAND_KIND.bootstrap,
		origin: { slot: NOBODY, boot: 0, requestId: 0 as RequestId },
		term: 0 as Term,
		who: THE_MEMBER,
		body: encodeBootstrap({ clusterId: CLUSTER_ID, members: records }),
	});
}
