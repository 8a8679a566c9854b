/**
 * Who this member is and what cluster it founds, from the options that are read once (reference/etcd-surface.md 7.1).
 * Every founding member must come to the same bytes: entry 1 of the log is not sent, each writes its own. So names are left out; members publish them.
 */
import { THE_MEMBER } from '../auth/identity.ts';
import { NOBODY, type RequestId, type Slot, type Term } from '../base/brand.ts';
import { idToHex } from '../base/bytes.ts';
import type { Config } from '../config/config.ts';
import { type BootstrapBody, encodeBootstrap } from '../members/commands.ts';
import { clusterIdOf, memberId, type Sha1 } from '../members/member-id.ts';
import type { MemberRecord } from '../members/record.ts';
import { COMMAND_KIND, encodeCommand } from '../protocol/command.ts';

export interface Founding {
	readonly memberId: string;
	readonly clusterId: string;
	/** This member's slot in the founding membership. */
	readonly slot: number;
	/** As a command, and what it says. */
	readonly bootstrap: Uint8Array;
	readonly body: BootstrapBody;
}

export function foundCluster(config: Config, sha1: Sha1): Founding {
	const members = config.initialCluster
		.map(({ name, urls }) => ({ name, urls: [...urls].sort(), id: memberId(urls, config.initialClusterToken, sha1) }))
		.sort((a, b) => (a.id < b.id ? -1 : 1));
	const ids = members.map(({ id }) => id);
	const clusterId = idToHex(clusterIdOf(ids, sha1));
	const records = members.map(
		({ id, urls }, i): MemberRecord => ({ slot: (i + 1) as Slot, id: idToHex(id), name: '', peerUrls: urls, clientUrls: [], learner: false }),
	);
	const self = members.findIndex(({ name }) => name === config.name);
	const body: BootstrapBody = { clusterId, members: records };
	const bootstrap = encodeCommand({
		kind: COMMAND_KIND.bootstrap,
		origin: { slot: NOBODY, boot: 0, requestId: 0 as RequestId },
		term: 0 as Term,
		who: THE_MEMBER,
		body: encodeBootstrap(body),
	});
	return { memberId: self === -1 ? '' : idToHex(ids[self] as bigint), clusterId, slot: self + 1, bootstrap, body };
}
