/**
 * What an administrator was told of a change of membership is what the committed log holds: a change that was acknowledged is there
 * (reliability.md 1.5, for the v3 Cluster service).
 */
import { COMMAND_KIND, decodeCommand } from '../../../src/protocol/command.ts';
import { demand } from '../verdict.ts';
import type { Committed } from './state-machine-safety.ts';

export interface AcknowledgedChange {
	readonly method: string;
	/** Of the member that it is about, as hex. */
	readonly id: string;
}

const KINDS: Readonly<Record<string, readonly number[]>> = {
	MemberAdd: [COMMAND_KIND.add_member],
	MemberRemove: [COMMAND_KIND.remove_member],
	MemberPromote: [COMMAND_KIND.promote_member],
	MemberUpdate: [COMMAND_KIND.update_member],
	MemberReplace: [COMMAND_KIND.replace_member],
};

export function checkMembershipAnswers(acknowledged: readonly AcknowledgedChange[], committed: readonly Committed[]): void {
	const found = new Set<string>();
	for (const { payload } of committed) {
		const command = decodeCommand(payload);
		if (command !== null && Object.values(KINDS).some((kinds) => kinds.includes(command.kind))) {
			const { id } = JSON.parse(Buffer.from(command.body).toString()) as { readonly id: string };
			found.add(`${command.kind} ${id}`);
		}
	}
	for (const { method, id } of acknowledged) {
		const isThere = (KINDS[method] ?? []).some((kind) => found.has(`${kind} ${id}`));
		demand(isThere, 'acknowledged changes survive', () => `${method} of ${id} was acknowledged and is not in the log`);
	}
}
