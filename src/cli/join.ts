/**
 * What a first boot asks the other members before it settles who this member is: whether it has run before, and, for a cluster that runs
 * already, who is in it (reference/etcd-surface.md 7.1). Called by serve.ts.
 */
import type { MemberIdentity } from '../adapters/member-identity.ts';
import { askMembers, type ToldCluster, type ToldMember } from '../adapters/peer-questions.ts';
import { FatalError } from '../base/fatal.ts';
import type { Config } from '../config/config.ts';

const ASK_MILLISECONDS = 1_000;
/** A member that is asked may not have applied yet that this one was added. */
const ROUNDS_MAX = 5;
const PAUSE_MILLISECONDS = 500;

/**
 * Refuses a member that is about to found its cluster for the second time, its disk having been lost: it has voted and acknowledged under
 * this id, and has forgotten what (reliability.md 4.2 I21). Members that do not answer are ignored, for in a new cluster nobody may be there.
 */
export async function refuseIfKnown(config: Config, memberId: string): Promise<void> {
	const answers = await Promise.all(otherUrls(config).map((url) => askMembers(url, ASK_MILLISECONDS)));
	for (const answer of answers) {
		if ('members' in answer) {
			refuseIfStarted(answer.members.find(({ id }) => id === memberId));
		}
	}
}

/** This member's place in the cluster that it was added to; FatalError if it cannot be found out or is not what --initial-cluster says. */
export async function joinCluster(config: Config): Promise<MemberIdentity> {
	const urls = otherUrls(config);
	if (urls.length === 0) {
		throw new FatalError('join_failed', '--initial-cluster: lists nobody but this member: with --initial-cluster-state=existing it must list all');
	}
	const problems = new Set<string>();
	for (let round = 1; round <= ROUNDS_MAX; round++) {
		problems.clear();
		for (const url of urls) {
			const answer = await askMembers(url, ASK_MILLISECONDS);
			const found = 'members' in answer ? place(config, answer) : answer.reason;
			if (typeof found !== 'string') {
				return found;
			}
			problems.add(`${url}: ${found}`);
		}
		if (round < ROUNDS_MAX) {
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
		}
	}
	throw new FatalError('join_failed', `--initial-cluster: cannot join the cluster that it describes: ${[...problems].join('; ')}`);
}

/** The identity, or what does not fit. */
function place(config: Config, { clusterId, members }: ToldCluster): MemberIdentity | string {
	const { initialCluster, name, initialClusterToken } = config;
	if (members.length !== initialCluster.length) {
		return `member count is unequal: the cluster has ${members.length}, the list ${initialCluster.length}`;
	}
	const unmatched = initialCluster.find(({ urls }) => find(members, urls) === undefined);
	if (unmatched !== undefined) {
		return `unmatched member while checking PeerURLs: nobody in the cluster has ${unmatched.urls.join()} (${unmatched.name})`;
	}
	const urls = initialCluster.find((member) => member.name === name)?.urls ?? [];
	const self = find(members, urls);
	if (self === undefined) {
		return `this member (${name}) is not in the cluster`;
	}
	refuseIfStarted(self);
	return { memberId: self.id, clusterId, name, initialClusterToken, slot: self.slot };
}

function refuseIfStarted(self: ToldMember | undefined): void {
	if (self !== undefined && self.name !== '') {
		throw new FatalError('member_known', `member ${self.id} has already been bootstrapped`);
	}
}

function find(members: readonly ToldMember[], urls: readonly string[]): ToldMember | undefined {
	const wanted = [...urls].sort().join();
	return members.find(({ peerUrls }) => [...peerUrls].sort().join() === wanted);
}

function otherUrls({ initialCluster, name }: Config): readonly string[] {
	return initialCluster.filter((member) => member.name !== name).flatMap(({ urls }) => urls);
}
