/**
 * Whether a member that has no data of its own may begin, judged from what others of its cluster tell. A new member of a running cluster finds
 * its place in it. One that has run before is refused: it has voted and acknowledged under its id, and has forgotten what (reliability.md 4.2
 * I21, etcd-surface.md 7.1). Pure; used by cli/join.ts, which does the asking.
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
		return refused(`member count is unequal: the cluster has ${members.length}, the list ${initialCluster.length}`);
	}
	const unmatched = initialCluster.find(({ urls }) => find(members, urls) === undefined);
	if (unmatched !== undefined) {
		return refused(`unmatched member while checking PeerURLs: nobody in the cluster has ${unmatched.urls.join()} (${unmatched.name})`);
	}
	const member = find(members, initialCluster.find((each) => each.name === name)?.urls ?? []);
	return member === undefined ? refused(`this member (${name}) is not in the cluster`) : { ok: true, member, clusterId };
}

/**
 * The place that those who fit tell of, or null if nobody does. Throws if any of them knows that it has run. That one is behind shows when they
 * differ: it may still tell of a member that had the same URLs and has left, whose id must not be taken up again.
 */
export function agreedPlace(joining: JoiningMember, told: readonly ToldCluster[]): FoundPlace | null {
	const places = told.map((each) => findPlace(joining, each)).filter((place) => place.ok);
	const first = places[0];
	if (first === undefined) {
		return null;
	}
	if (places.some(({ member }) => member.id !== first.member.id)) {
		return refused(`the members tell of different members at its URLs: ${[...new Set(places.map(({ member }) => member.id))].join(', ')}`);
	}
	refuseIfStarted(first.member.id, told);
	return first;
}

/** For a member that is about to found its cluster: throws if that was founded before, and has known it, or has removed it since. */
export function refuseIfFounded(own: { readonly memberId: string; readonly clusterId: string }, told: readonly ToldCluster[]): void {
	refuseIfStarted(own.memberId, told);
	for (const { clusterId, members } of told) {
		// Of nobody tell those whose store has not opened.
		if (clusterId === own.clusterId && members.length > 0 && !members.some(({ id }) => id === own.memberId)) {
			throw new FatalError('member_removed', `member ${own.memberId} has been removed from the cluster ${clusterId}, which it founded`);
		}
	}
}

function refuseIfStarted(memberId: string, told: readonly ToldCluster[]): void {
	for (const { members } of told) {
		if (members.some(({ id, name }) => id === memberId && name !== '')) {
			throw new FatalError('member_known', `member ${memberId} has already been bootstrapped`);
		}
	}
}

function refused(problem: string): FoundPlace {
	return { ok: false, problem };
}

function find(members: readonly ToldMember[], urls: readonly string[]): ToldMember | undefined {
	const wanted = [...urls].sort().join();
	return members.find(({ peerUrls }) => [...peerUrls].sort().join() === wanted);
}
