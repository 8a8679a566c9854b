/**
 * Whether a member that has no data of its own may begin, judged from what others of its cluster tell: a new member of a running one finds its
 * place in it, and one that has run before is refused, since it has voted and acknowledged under its id and has forgotten what (reliability.md
 * 4.2 I21, etcd-surface.md 7.1). Pure; used by cli/join.ts, which does the asking.
 */
import { FatalError } from '../base/fatal.ts';

/** A member as another tells of it. */
export interface ToldMember {
	readonly id: string;
	readonly slot: number;
	/** Empty until it has run. */
	readonly name: string;
	readonly peerUrls: readonly string[];
}

export interface ToldCluster {
	readonly clusterId: string;
	readonly members: readonly ToldMember[];
}

/** What --initial-cluster and --name say. */
export interface JoiningMember {
	readonly name: string;
	readonly initialCluster: readonly { readonly name: string; readonly urls: readonly string[] }[];
}

export type FoundPlace =
	| { readonly ok: true; readonly member: ToldMember; readonly clusterId: string }
	| { readonly ok: false; readonly problem: string };

/** Its place, or what does not fit in this one's answer. */
export function findPlace({ name, initialCluster }: JoiningMember, { clusterId, members }: ToldCluster): FoundPlace {
	if (members.length !== initialCluster.length) {
		return { ok: false, problem: `member count is unequal: the cluster has ${members.length}, the list ${initialCluster.length}` };
	}
	const unmatched = initialCluster.find(({ urls }) => find(members, urls) === undefined);
	if (unmatched !== undefined) {
		const problem = `unmatched member while checking PeerURLs: nobody in the cluster has ${unmatched.urls.join()} (${unmatched.name})`;
		return { ok: false, problem };
	}
	const member = find(members, initialCluster.find((each) => each.name === name)?.urls ?? []);
	return member === undefined ? { ok: false, problem: `this member (${name}) is not in the cluster` } : { ok: true, member, clusterId };
}

/** Throws if any of them knows that this member has run: one that is behind may not know it yet. */
export function refuseIfStarted(memberId: string, told: readonly ToldCluster[]): void {
	for (const { members } of told) {
		if (members.some(({ id, name }) => id === memberId && name !== '')) {
			throw new FatalError('member_known', `member ${memberId} has already been bootstrapped`);
		}
	}
}

function find(members: readonly ToldMember[], urls: readonly string[]): ToldMember | undefined {
	const wanted = [...urls].sort().join();
	return members.find(({ peerUrls }) => [...peerUrls].sort().join() === wanted);
}
