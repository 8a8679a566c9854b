/** How busy the actors of each member are, so that a person sees which to give more room; from its metrics. */
import type { ClusterState } from '../ports/dashboard-state.ts';
import { showMs, showRate } from './format.ts';
import type { Live } from './live.ts';
import { titleOf } from './member-title.ts';
import { increases, type Look, type MetricSample, millisecondsOf } from './metric-lines.ts';

export function ActorsView({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	return (
		<>
			{state.members.map((member) => (
				<Member key={member.id} title={`${titleOf(member)}${member.isStale ? ' (stale)' : ''}`} looks={live.looks.get(member.id) ?? []} />
			))}
			<p class="faint">
				Saturation: the share of time at work. One that nears 100 % is what the others wait for: give it a thread of its own (--placement), or more
				lanes. Over the last minute at most; the mailbox is that of the moment.
			</p>
		</>
	);
}

function Member({ title, looks }: { readonly title: string; readonly looks: readonly Look[] }) {
	const [first, last] = [looks[0], looks.at(-1)];
	if (first === undefined || last === undefined || first === last) {
		return (
			<>
				<h2>{title}</h2>
				<p class="faint">No two figures yet.</p>
			</>
		);
	}
	const seconds = (last.at - first.at) / 1_000;
	const rates = (name: string, label: string): ReadonlyMap<string, number> => {
		const pick = (sample: MetricSample): string | null => (sample.name === name ? (sample.labels[label] ?? '') : null);
		return new Map([...increases(first, last, pick)].map(([key, increase]) => [key, increase / seconds]));
	};
	const messages = rates('quorate_actor_messages_total', 'actor');
	const depths = new Map(
		[...last.samples.values()].flatMap(({ name, labels, value }) =>
			name === 'quorate_thread_mailbox_depth' ? [[labels['thread'] ?? '', value]] : [],
		),
	);
	const turn = (thread: string, share: number): string => {
		const milliseconds = millisecondsOf(looks, { name: 'quorate_thread_turn_seconds', labels: { thread } }, share);
		return milliseconds === null ? '–' : showMs(milliseconds);
	};
	return (
		<>
			<h2>{title}</h2>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>actor or thread</th>
							<th>saturation</th>
							<th class="number">messages a second</th>
							<th class="number">turn p50 / p99, ms</th>
							<th class="number">mailbox</th>
						</tr>
					</thead>
					<tbody>
						{[...rates('quorate_actor_busy_seconds_total', 'actor')].map(([actor, busy]) => (
							<tr key={actor}>
								<td>{actor}</td>
								<Saturation busy={busy} />
								<td class="number">{showRate(messages.get(actor) ?? 0)}</td>
								<td />
								<td />
							</tr>
						))}
						{[...rates('quorate_thread_busy_seconds_total', 'thread')].map(([thread, busy]) => (
							<tr key={thread}>
								<td class="wrap">thread {thread}</td>
								<Saturation busy={busy} />
								<td />
								<td class="number">{[0.5, 0.99].map((share) => turn(thread, share)).join(' / ')}</td>
								<td class="number">{depths.get(thread) ?? 0}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</>
	);
}

function Saturation({ busy }: { readonly busy: number }) {
	return (
		<td>
			<meter min={0} max={1} low={0.6} high={0.85} optimum={0} value={Math.min(1, busy)} /> {(100 * busy).toFixed(1)} %
		</td>
	);
}
