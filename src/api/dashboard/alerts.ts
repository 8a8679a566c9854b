/**
 * The conditions of etcd's mixin (reference/dashboards.md 5.3) that can be told from what the members say now, each with its cause and what to
 * do. Unlike Prometheus it does not wait for ten minutes: whoever looks wants to know what is so. Used by cluster-states.ts.
 */
import type { Alert, MemberRow, MemberState } from '../../ports/dashboard-state.ts';

const SLOW_MILLISECONDS = 150;
const SPACE_SHARE = 0.95;
const CHANGES_MAX = 4;
const CHANGES_MINUTES = 15;
const MILLISECONDS_A_MINUTE = 60_000;

/** now: Unix milliseconds. */
export function findAlerts(members: readonly MemberRow[], now: number): readonly Alert[] {
	const fresh = members.filter(({ isStale }) => !isStale);
	const nameOf = (id: string): string => titleOf(members.find((member) => member.id === id)) ?? id;
	return [
		...membership(members, fresh),
		...leadership(fresh, now),
		...fresh.flatMap(({ state }) => (state === null ? [] : [...links(state, nameOf), ...space(state, nameOf)])),
		...alarms(fresh, nameOf),
	];
}

function membership(members: readonly MemberRow[], fresh: readonly MemberRow[]): readonly Alert[] {
	const voters = members.filter(({ learner }) => !learner);
	const up = fresh.filter(({ learner }) => !learner).length;
	const silent = members.filter(({ isStale }) => isStale);
	const needed = Math.floor(voters.length / 2) + 1;
	const found: Alert[] = silent.map((member) => ({
		name: 'etcdMembersDown',
		severity: 'critical',
		cause: `${titleOf(member)} does not answer the member that serves this page.`,
		remedy: 'See whether its process and its machine run, and whether its peer URL can be reached from here.',
	}));
	if (up < needed) {
		const cause = `${up} of ${voters.length} voting members answer, and ${needed} are needed: nothing can be written.`;
		found.push({ name: 'etcdInsufficientMembers', severity: 'critical', cause, remedy: 'Bring members back: their data is what the cluster is.' });
	}
	return found;
}

function leadership(fresh: readonly MemberRow[], now: number): readonly Alert[] {
	const found: Alert[] = [];
	for (const member of fresh) {
		if (member.state?.leader === '') {
			const cause = `${titleOf(member)} knows no leader: it serves no writes and no linearizable reads.`;
			found.push({
				name: 'etcdNoLeader',
				severity: 'critical',
				cause,
				remedy: 'It waits for an election, or cannot reach a majority of the members.',
			});
		}
	}
	const recent = fresh.map(({ state }) =>
		(state?.elections ?? []).filter(({ at, cause }) => cause !== 'boot' && now - at < minutes(CHANGES_MINUTES)),
	);
	const changes = Math.max(0, ...recent.map(({ length }) => length));
	if (changes >= CHANGES_MAX) {
		const cause = `${changes} elections within ${CHANGES_MINUTES} minutes.`;
		const remedy =
			'Round trips or disks that are slow for a moment look like a dead leader: compare the maxima with the election timeout, and raise it.';
		found.push({ name: 'etcdHighNumberOfLeaderChanges', severity: 'warning', cause, remedy });
	}
	return found;
}

/** Only of the leader's links: the others matter little while it leads. */
function links({ role, links: all, electionMs }: MemberState, nameOf: (id: string) => string): readonly Alert[] {
	if (role !== 'leader') {
		return [];
	}
	return all.flatMap(({ id, p99, isLate, unanswered }): Alert[] => {
		if (isLate) {
			const since = unanswered === null ? 'there is no connection to it' : `a probe has had no answer for ${Math.round(unanswered)} ms`;
			const remedy = 'See whether its process is stopped, swapping or out of CPU, then the network between the two.';
			return [{ name: 'etcdMembersDown', severity: 'critical', cause: `The leader does not hear from ${nameOf(id)}: ${since}.`, remedy }];
		}
		if (p99 > SLOW_MILLISECONDS) {
			const cause = `The round trip to ${nameOf(id)} is up to ${Math.round(p99)} ms (p99 of the last minute); the election timeout is ${electionMs} ms.`;
			const remedy =
				'Look at the network and at the load of that machine; if the distance is what it is, raise heartbeat interval and election timeout.';
			return [{ name: 'etcdMemberCommunicationSlow', severity: 'warning', cause, remedy }];
		}
		return [];
	});
}

function space({ id, usedBytes, quotaBytes }: MemberState, nameOf: (id: string) => string): readonly Alert[] {
	if (quotaBytes <= 0 || usedBytes < quotaBytes * SPACE_SHARE) {
		return [];
	}
	const cause = `The store of ${nameOf(id)} uses ${Math.round((100 * usedBytes) / quotaBytes)} % of its quota: at 100 % it takes no more keys.`;
	const remedy = 'Delete keys, compact the history, or raise --quota-backend-bytes.';
	return [{ name: 'etcdDatabaseQuotaLowSpace', severity: 'critical', cause, remedy }];
}

/** They are the cluster's: one member that tells is enough. */
function alarms(fresh: readonly MemberRow[], nameOf: (id: string) => string): readonly Alert[] {
	const told = fresh.find(({ state }) => state !== null)?.state?.alarms ?? [];
	return told.map(({ kind, member }) =>
		kind === 'NOSPACE'
			? {
					name: 'NOSPACE',
					severity: 'critical',
					cause: `${nameOf(member)} has no space left: the cluster refuses puts.`,
					remedy: 'Delete keys or compact the history; the alarm clears itself once there is room.',
				}
			: {
					name: 'CORRUPT',
					severity: 'critical',
					cause: `The store of ${nameOf(member)} differs from the others: the cluster refuses reads and writes of keys.`,
					remedy: 'Stop that member, remove its data directory, and let it join anew; then disarm the alarm.',
				},
	);
}

function titleOf(member: MemberRow | undefined): string | null {
	return member === undefined ? null : member.name === '' ? member.id : member.name;
}

function minutes(count: number): number {
	return count * MILLISECONDS_A_MINUTE;
}
