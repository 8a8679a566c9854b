/**
 * What a first boot asks the other members before it settles who this member is: whether it has run before, and, for a cluster that runs
 * already, who is in it (reference/etcd-surface.md 7.1). Called by serve.ts; what the answers mean is members/joining.ts.
 */
import type { MemberIdentity } from '../adapters/member-identity.ts';
import type { PeerTls } from '../adapters/peer-http-client.ts';
import { askMembers } from '../adapters/peer-questions.ts';
import { FatalError } from '../base/fatal.ts';
import type { Config } from '../config/config.ts';
import { agreedPlace, findPlace, refuseIfFounded, type ToldCluster } from '../members/joining.ts';

const ASK_MILLISECONDS = 1_000;
/** A member that is asked may not have applied yet that this one was added. */
const ROUNDS_MAX = 5;
const PAUSE_MILLISECONDS = 500;

/** Refuses a member that is about to found its cluster for the second time. Members that do not answer are ignored, for in a new cluster nobody may be there. */
export async function refuseIfKnown(config: Config, tls: PeerTls, own: { readonly memberId: string; readonly clusterId: string }): Promise<void> {
	const answers = await Promise.all(otherUrls(config).map((url) => askMembers(url, tls, ASK_MILLISECONDS)));
	refuseIfFounded(own, answers.filter(isTold));
}

/** This member's place in the cluster that it was added to; FatalError if it cannot be found out or is not what --initial-cluster says. */
export async function joinCluster(config: Config, tls: PeerTls): Promise<MemberIdentity> {
	const urls = otherUrls(config);
	if (urls.length === 0) {
		throw new FatalError('join_failed', '--initial-cluster: lists nobody but this member: with --initial-cluster-state=existing it must list all');
	}
	const { name, initialClusterToken } = config;
	const problems = new Set<string>();
	for (let round = 1; round <= ROUNDS_MAX; round++) {
		problems.clear();
		const answers = await Promise.all(urls.map((url) => askMembers(url, tls, ASK_MILLISECONDS)));
		const place = agreedPlace(config, answers.filter(isTold));
		if (place?.ok === true) {
			const { member, clusterId } = place;
			return { memberId: member.id, clusterId, name, initialClusterToken, slot: member.slot };
		}
		if (place !== null) {
			problems.add(place.problem);
		}
		for (const [i, answer] of answers.entries()) {
			const problem = isTold(answer) ? problemOf(config, answer) : answer.reason;
			if (problem !== null) {
				problems.add(`${urls[i]}: ${problem}`);
			}
		}
		if (round < ROUNDS_MAX) {
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
		}
	}
	throw new FatalError('join_failed', `--initial-cluster: cannot join the cluster that it describes: ${[...problems].join('; ')}`);
}

function problemOf(config: Config, told: ToldCluster): string | null {
	const found = findPlace(config, told);
	return found.ok ? null : found.problem;
}

function isTold(answer: ToldCluster | { readonly reason: string }): answer is ToldCluster {
	return 'members' in answer;
}

function otherUrls({ initialCluster, name }: Config): readonly string[] {
	return initialCluster.filter((member) => member.name !== name).flatMap(({ urls }) => urls);
}
