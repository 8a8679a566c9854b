/** Where a write's time goes on each member, from its metrics: the flush of the log, the store's execution and commit. */
import type { MemberRow } from '../ports/dashboard-state.ts';
import { showMs } from './format.ts';
import type { Live } from './live.ts';
import { titleOf } from './member-title.ts';
import { type Look, millisecondsOf } from './metric-lines.ts';

const STAGES = [
	{ name: 'etcd_disk_wal_fsync_duration_seconds', title: 'flush of the log' },
	{ name: 'quorate_store_apply_seconds', title: 'execution' },
	{ name: 'etcd_disk_backend_commit_duration_seconds', title: 'commit of the store' },
] as const;
const SHARES = [0.5, 0.99] as const;

interface WriteStagesProps {
	readonly members: readonly MemberRow[];
	readonly leader: MemberRow | null;
	readonly live: Live;
}

export function WriteStages({ members, leader, live }: WriteStagesProps) {
	return (
		<>
			<h2>Where a write's time goes</h2>
			{leader !== null && <OfLeader leader={leader} looks={live.looks.get(leader.id) ?? []} />}
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>member</th>
							{STAGES.map(({ title }) => (
								<th class="number" key={title}>
									{title}: p50 / p99, ms
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{members.map((member) => (
							<tr key={member.id} class={member.isStale ? 'stale' : ''}>
								<td>
									{titleOf(member)}
									{member.isStale ? ' (stale)' : ''}
								</td>
								{STAGES.map(({ name }) => (
									<td class="number" key={name}>
										{SHARES.map((share) => show(live.looks.get(member.id) ?? [], name, share)).join(' / ')}
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<p class="faint">Of what was written since the page was opened, for a minute at most; the buckets of the metrics limit how fine it is.</p>
		</>
	);
}

function show(looks: readonly Look[], name: string, share: number, labels: Readonly<Record<string, string>> = {}): string {
	const milliseconds = millisecondsOf(looks, { name, labels }, share);
	return milliseconds === null ? '–' : showMs(milliseconds);
}

/** As the leader has measured it, for batches of writes. */
function OfLeader({ leader, looks }: { readonly leader: MemberRow; readonly looks: readonly Look[] }) {
	const of = (metric: string, stage: string): string => SHARES.map((share) => show(looks, metric, share, { stage })).join(' / ');
	const stage = (name: string): string => of('quorate_write_stage_seconds', name);
	const lane = (name: string): string => of('quorate_write_lane_seconds', name);
	return (
		<p class="panel">
			On the leader, {titleOf(leader)} (p50 / p99, ms): in the queue {lane('queue')}; its own flush {stage('flush')}; then until a majority has
			flushed {stage('quorum')}; then until the store has executed it {stage('apply')}; then until it is answered {lane('answer')}.
		</p>
	);
}
