/** How far the followers are from the leader, in time: what a commit waits for, and how close that is to an election. */
import type { ClusterState, LinkState, MemberRow, MemberState, SlowCause } from '../ports/dashboard-state.ts';
import { type Acknowledged, acknowledgedBy } from './acknowledgements.ts';
import { Chart } from './chart.tsx';
import { Elections } from './elections.tsx';
import { showMs } from './format.ts';
import { type Live, leaderOf } from './live.ts';
import { judgeMajority } from './majority.ts';
import { titleOf } from './member-title.ts';
import { WriteStages } from './write-stages.tsx';

export function LatencyView({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	const leader = leaderOf(state);
	return (
		<>
			<h2>Leader latency</h2>
			{leader?.state == null ? (
				<p class="bad">No leader is known here: nothing can be written until one is elected.</p>
			) : (
				<Followers members={state.members} leader={leader} told={leader.state} live={live} causes={state.causes} />
			)}
			<WriteStages members={state.members} leader={leader} live={live} />
			<Elections members={state.members} />
		</>
	);
}

interface FollowersProps {
	readonly members: readonly MemberRow[];
	readonly leader: MemberRow;
	readonly told: MemberState;
	readonly live: Live;
	readonly causes: readonly SlowCause[];
}

function Followers({ members, leader, told, live, causes }: FollowersProps) {
	const followers = members.filter(({ id }) => id !== leader.id);
	if (followers.length === 0) {
		return <p class="panel">{titleOf(leader)} is the only member: a write waits for its own disk alone.</p>;
	}
	const lines = followers.map((member) => ({ label: titleOf(member), values: live.trips.map(({ trips }) => trips.get(member.id) ?? null) }));
	const acknowledged = acknowledgedBy(live.looks.get(leader.id) ?? []);
	return (
		<>
			<Causes members={members} causes={causes} />
			<Majority members={members} leader={leader} told={told} acknowledged={acknowledged} />
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>follower of {titleOf(leader)}</th>
							<th>state</th>
							<th class="number">now, ms</th>
							<th class="number">p50 / p99 / max, minute</th>
							<th class="number">jitter</th>
							<th class="number">p50 / p99 / max, hour</th>
							<th class="number">late, lost in the hour</th>
							<th class="number">writes durable, p50 / p99</th>
							<th class="number">behind, entries</th>
							<th class="number">lost connections</th>
							<th>of the election timeout</th>
						</tr>
					</thead>
					<tbody>
						{followers.map((member) => (
							<Follower key={member.id} member={member} told={told} acknowledged={acknowledged.get(member.id)} />
						))}
					</tbody>
				</table>
			</div>
			<p class="faint">
				Round trips of probes on the connection that heartbeats take; jitter is the mean difference between one and the next. Late: over two
				heartbeats; lost: with the connection. The election timeout is {told.electionMs} ms, a heartbeat is sent every {told.heartbeatMs} ms.
			</p>
			<Chart at={live.trips.map(({ at }) => at)} lines={lines} unit="ms" />
		</>
	);
}

interface FollowerProps {
	readonly member: MemberRow;
	readonly told: MemberState;
	readonly acknowledged: Acknowledged | undefined;
}

function Follower({ member, told, acknowledged }: FollowerProps) {
	const link = told.links.find(({ id }) => id === member.id);
	const progress = told.progress.find(({ id }) => id === member.id);
	const share =
		link === undefined ? 0 : Math.min(1, Math.max(link.maximum, link.isLate ? (link.unanswered ?? told.electionMs) : 0) / told.electionMs);
	return (
		<tr class={link === undefined || link.isLate ? 'bad' : ''} data-follower={titleOf(member)} data-state={stateOf(link)}>
			<td>
				{titleOf(member)}
				{member.learner ? ' (learner)' : ''}
			</td>
			<td>{describe(link)}</td>
			<td class="number">{link === undefined || link.count === 0 ? '–' : showMs(link.current)}</td>
			<td class="number">{showSpread(link)}</td>
			<td class="number">{link === undefined || link.count === 0 ? '–' : showMs(link.jitter)}</td>
			<td class="number">{showSpread(link?.hour)}</td>
			<td class="number">{link === undefined ? '–' : `${link.hour.late}, ${link.hour.lost}`}</td>
			<td class="number">{acknowledged === undefined ? '–' : `${showMs(acknowledged.p50)} / ${showMs(acknowledged.p99)}`}</td>
			<td class="number">{progress === undefined ? '–' : Math.max(0, told.lastIndex - progress.match)}</td>
			<td class="number">{link?.failures ?? '–'}</td>
			<td>
				<meter min={0} max={1} low={0.3} high={0.6} optimum={0} value={share} title={`${Math.round(share * 100)} %`} />
			</td>
		</tr>
	);
}

function stateOf(link: LinkState | undefined): 'late' | 'ok' {
	return link === undefined || link.isLate ? 'late' : 'ok';
}

function describe(link: LinkState | undefined): string {
	if (link === undefined || !link.isUp) {
		return 'no connection';
	}
	return link.isLate ? `no answer for ${showMs(link.unanswered ?? 0)} ms` : 'answers';
}

function showSpread(trips: { readonly count: number; readonly p50: number; readonly p99: number; readonly maximum: number } | undefined): string {
	return trips === undefined || trips.count === 0 ? '–' : [trips.p50, trips.p99, trips.maximum].map(showMs).join(' / ');
}

/** Nothing where nobody stands out. */
function Causes({ members, causes }: Pick<FollowersProps, 'members' | 'causes'>) {
	return (
		<>
			{causes.map(({ member: id, cause, milliseconds }) => {
				const name = titleOf(members.find((member) => member.id === id) ?? { id, name: '' });
				return (
					<p class="panel warn" key={id + cause} data-slow={name} data-cause={cause}>
						{cause === 'network'
							? `The network to ${name} is slow: a round trip takes ${showMs(milliseconds)} ms.`
							: `The disk of ${name} is slow: a flush of its log takes ${showMs(milliseconds)} ms.`}
					</p>
				);
			})}
		</>
	);
}

interface MajorityProps extends Omit<FollowersProps, 'live' | 'causes'> {
	readonly acknowledged: ReadonlyMap<string, Acknowledged>;
}

function Majority({ members, leader, told, acknowledged }: MajorityProps) {
	const medians = new Map([...acknowledged].map(([id, { p50 }]) => [id, p50]));
	const { slowest, without, isMeasured } = judgeMajority(members, { leader: leader.id, acknowledged: medians }, told.links);
	const nameOf = (id: string): string => titleOf(members.find((member) => member.id === id) ?? { id, name: '' });
	if (slowest === null) {
		return <p class="panel bad">Too few voting members answer the leader: a write cannot be committed.</p>;
	}
	const name = nameOf(slowest.id);
	const cause = slowest.trip > slowest.milliseconds / 2 ? 'most of it the network' : 'most of it its disk and CPU';
	return (
		<section class="panel" data-slowest={name}>
			<p>
				A commit waits for <strong>{name}</strong>, the slowest of the fastest majority:{' '}
				{isMeasured
					? `it has a batch durable after ${showMs(slowest.milliseconds)} ms (p50), ${cause} (round trip ${showMs(slowest.trip)} ms).`
					: `${showMs(slowest.milliseconds)} ms on the network (p50), and its disk on top, of which more is known once something is written.`}
			</p>
			<p class="faint">
				{without === null
					? `Without ${name} there would be no majority that answers.`
					: `Without ${name} it would wait for ${nameOf(without.id)}: ${showMs(without.milliseconds)} ms.`}
			</p>
		</section>
	);
}
