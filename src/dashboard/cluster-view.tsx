/** Who is in the cluster, in which role, how far, and how full. */
import type { ClusterState, MemberRow } from '../ports/dashboard-state.ts';
import { showAge, showBytes } from './format.ts';
import { type Live, leaderOf } from './live.ts';
import { titleOf } from './member-title.ts';
import { type Look, totalOf } from './metric-lines.ts';

export function ClusterView({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	const leader = leaderOf(state);
	const last = leader?.state?.lastIndex ?? null;
	const leaderLooks = live.looks.get(leader?.id ?? '') ?? [];
	const alarms = state.members.find(({ isSelf }) => isSelf)?.state?.alarms ?? [];
	return (
		<>
			<h2>Members</h2>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>member</th>
							<th>role</th>
							<th class="number">term</th>
							<th>version</th>
							<th>up for</th>
							<th class="number">raft index</th>
							<th class="number">behind</th>
							<th class="number">applied behind</th>
							<th class="number">behind, ms</th>
							<th class="number">revision</th>
							<th>store, used of quota</th>
							<th>client URLs</th>
						</tr>
					</thead>
					<tbody>
						{state.members.map((member) => (
							<Member key={member.id} member={member} last={last} lag={lagOf(member, leaderLooks)} />
						))}
					</tbody>
				</table>
			</div>
			<h2>Alarms</h2>
			{alarms.length === 0 ? (
				<p class="good">None is raised.</p>
			) : (
				alarms.map(({ kind, member }) => (
					<p class="bad" key={kind + member}>
						{kind} of {titleOf(state.members.find(({ id }) => id === member) ?? { id: member, name: '' })}
					</p>
				))
			)}
			<Comparison state={state} live={live} />
			<Certificates state={state} live={live} />
		</>
	);
}

/**
 * How long ago the leader had applied what this member has, by its figures of each second: 0 is less than that. null: not known, or longer than the
 * page has seen.
 */
function lagOf({ state }: MemberRow, leaderLooks: readonly Look[]): number | null {
	const applied = (look: Look): number => totalOf(look.samples, 'quorate_raft_applied_index');
	const newest = leaderLooks.at(-1);
	if (state === null || newest === undefined) {
		return null;
	}
	if (applied(newest) <= state.applied) {
		return 0;
	}
	const past = leaderLooks.findLast((look) => applied(look) <= state.applied);
	return past === undefined ? null : newest.at - past.at;
}

interface MemberProps {
	readonly member: MemberRow;
	readonly last: number | null;
	readonly lag: number | null;
}

function Member({ member, last, lag }: MemberProps) {
	const { state } = member;
	const name = (
		<td>
			{titleOf(member)}
			<br />
			<span class="faint">{member.id}</span>
		</td>
	);
	const role = member.isStale ? (
		<td class="bad">{state === null ? 'has not answered yet' : `stale: no answer for ${showAge(member.ageMs)}`}</td>
	) : (
		<td>{member.learner ? 'learner' : (state?.role.replace('_', '-') ?? '')}</td>
	);
	if (state === null) {
		return (
			<tr class="stale">
				{name}
				{role}
				<td colSpan={9} />
				<td class="wrap">{member.clientUrls.join(' ')}</td>
			</tr>
		);
	}
	return (
		<tr class={member.isStale ? 'stale' : ''} data-member={titleOf(member)}>
			{name}
			{role}
			<td class="number">{state.term}</td>
			<td>{state.version}</td>
			<td>{showAge(Date.now() - state.startedAt)}</td>
			<td class="number">{state.lastIndex}</td>
			<td class="number">{last === null ? '–' : Math.max(0, last - state.lastIndex)}</td>
			<td class="number">{Math.max(0, state.commit - state.applied)}</td>
			<td class="number">{lag === null ? '–' : lag === 0 ? '0' : `≤ ${lag.toFixed(0)}`}</td>
			<td class="number">{state.revision}</td>
			<td>
				{showBytes(state.usedBytes)} of {state.quotaBytes > 0 ? showBytes(state.quotaBytes) : 'no quota'}
				<br />
				<span class="faint">file {showBytes(state.fileBytes)}</span>
			</td>
			<td class="wrap">{member.clientUrls.join(' ')}</td>
		</tr>
	);
}

/** The newest that any member tells: leaders make them, and those that were leaders remember theirs. */
function Comparison({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	const found = state.members.flatMap((member) => {
		const look = live.looks.get(member.id)?.at(-1);
		const age = look === undefined ? 0 : totalOf(look.samples, 'quorate_store_comparison_age_seconds');
		return look === undefined || age === 0 ? [] : [{ member, look, ageMs: age * 1_000 + performance.now() - look.at }];
	});
	const [newest] = found.sort((a, b) => a.ageMs - b.ageMs);
	const count = (result: string): number => newest?.look.samples.get(`quorate_store_comparison_members{result="${result}"}`)?.value ?? 0;
	const [equal, different, unknown] = [count('equal'), count('different'), count('unknown')];
	return (
		<>
			<h2>Comparison of the members' stores</h2>
			{newest === undefined ? (
				<p class="faint">None yet: a leader makes them, if corrupt-check-time or compact-hash-check-time say so.</p>
			) : (
				<p class={different > 0 ? 'bad' : unknown > 0 ? 'warn' : 'good'} data-comparison={different > 0 ? 'different' : 'equal'}>
					{equal} equal, {different} different, {unknown} not known: by {titleOf(newest.member)}, {showAge(newest.ageMs)} ago.
				</p>
			)}
		</>
	);
}

/** Nothing where there is no TLS. */
function Certificates({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	const rows = state.members.flatMap((member) => {
		const samples = live.looks.get(member.id)?.at(-1)?.samples ?? new Map();
		return [...samples.values()]
			.filter(({ name }) => name === 'quorate_certificate_expiry_timestamp_seconds')
			.map(({ labels, value }) => ({ member: titleOf(member), endpoint: String(labels['endpoint'] ?? ''), until: value * 1_000 }));
	});
	if (rows.length === 0) {
		return null;
	}
	return (
		<>
			<h2>Certificates</h2>
			{rows.map(({ member, endpoint, until }) => (
				<p key={member + endpoint}>
					{member}, {endpoint} port: until {new Date(until).toLocaleString()} (in {showAge(until - Date.now())})
				</p>
			))}
		</>
	);
}
