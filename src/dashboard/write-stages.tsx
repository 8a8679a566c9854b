/** Where a write's time goes on each member, from its metrics: the flush of the log, the store's execution and commit. */
import type { MemberRow } from '../ports/dashboard-state.ts';
import { showMs } from './format.ts';
import { type Live, titleOf } from './live.ts';
import { type Look, quantileBetween } from './metric-lines.ts';

const STAGES = [
	{ name: 'etcd_disk_wal_fsync_duration_seconds', title: 'flush of the log' },
	{ name: 'quorate_store_apply_seconds', title: 'execution' },
	{ name: 'etcd_disk_backend_commit_duration_seconds', title: 'commit of the store' },
] as const;
const SHARES = [0.5, 0.99] as const;
const MILLISECONDS_A_SECOND = 1_000;

export function WriteStages({ members, live }: { readonly members: readonly MemberRow[]; readonly live: Live }) {
	return (
		<>
			<h2>Where a write's time goes</h2>
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

function show(looks: readonly Look[], name: string, share: number): string {
	const [first, last] = [looks[0], looks.at(-1)];
	const seconds = first === undefined || last === undefined ? null : quantileBetween(first, last, { name }, share);
	return seconds === null ? '–' : showMs(seconds * MILLISECONDS_A_SECOND);
}
