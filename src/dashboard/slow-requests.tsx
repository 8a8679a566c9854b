/** The slowest calls of the last minute and hour on all members, with where the time of writes went. Part of the load view. */
import { useState } from 'preact/hooks';
import type { MemberRow, SlowCall } from '../ports/dashboard-state.ts';
import { showMs, showTime } from './format.ts';
import { titleOf } from './member-title.ts';

const SHOWN_MAX = 20;
/** Characters; the whole is shown when pointed at. */
const KEY_MAX = 32;
const TRACE_MAX = 8;

export function SlowRequests({ members }: { readonly members: readonly MemberRow[] }) {
	const [span, setSpan] = useState<'minute' | 'hour'>('minute');
	const rows = members
		.flatMap((member) => (member.state?.slow?.[span] ?? []).map((call) => ({ call, member: titleOf(member) })))
		.sort((a, b) => b.call.milliseconds - a.call.milliseconds)
		.slice(0, SHOWN_MAX);
	return (
		<>
			<h2>Slowest requests</h2>
			<label class="row">
				of the last{' '}
				<select value={span} onChange={(event) => setSpan(event.currentTarget.value === 'hour' ? 'hour' : 'minute')}>
					<option value="minute">minute</option>
					<option value="hour">hour</option>
				</select>
			</label>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>when</th>
							<th>member</th>
							<th>method</th>
							<th>key</th>
							<th>client</th>
							<th class="number">ms</th>
							<th>queue / flush / quorum / apply / answer, ms</th>
							<th>trace</th>
						</tr>
					</thead>
					<tbody>
						{rows.map(({ call, member }) => (
							<tr key={call.trace + call.at}>
								<td>{showTime(call.at)}</td>
								<td>{member}</td>
								<td>{call.method.slice(call.method.lastIndexOf('.') + 1)}</td>
								<td title={call.key}>{cut(call.key, KEY_MAX)}</td>
								<td>{call.client}</td>
								<td class="number">{showMs(call.milliseconds)}</td>
								<td>{showStages(call)}</td>
								<td class="faint" title={call.trace}>
									{cut(call.trace, TRACE_MAX)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
			<p class="faint">Unary gRPC calls; more, as JSON, at /debug/slow of each member. Stages are known of writes through the leader.</p>
		</>
	);
}

function cut(text: string, charactersMax: number): string {
	return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}

function showStages({ stages }: SlowCall): string {
	return stages === null ? '–' : [stages.queue, stages.flush, stages.quorum, stages.apply, stages.answer].map(showMs).join(' / ');
}
