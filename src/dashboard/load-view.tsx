/** What the members are asked: rates and p99 by method, from the counters that /metrics shows; and what they use. */
import type { ClusterState } from '../ports/dashboard-state.ts';
import { showBytes, showMs, showRate } from './format.ts';
import type { Live } from './live.ts';
import { titleOf } from './member-title.ts';
import { increases, type Look, quantileBetween, totalOf } from './metric-lines.ts';
import { SlowRequests } from './slow-requests.tsx';

const MILLISECONDS_A_SECOND = 1_000;

export function LoadView({ state, live }: { readonly state: ClusterState; readonly live: Live }) {
	return (
		<>
			<h2>Members</h2>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>member</th>
							<th class="number">CPU, cores</th>
							<th class="number">memory</th>
							<th class="number">proposals open</th>
							<th class="number">proposals failed</th>
							<th class="number">watchers</th>
							<th class="number">of these behind</th>
							<th class="number">leases</th>
							<th class="number">calls a second</th>
						</tr>
					</thead>
					<tbody>
						{state.members.map((member) => {
							const looks = live.looks.get(member.id) ?? [];
							const last = looks.at(-1);
							const cell = (name: string): string => (last === undefined ? '–' : String(totalOf(last.samples, name)));
							return (
								<tr key={member.id} class={member.isStale ? 'stale' : ''}>
									<td>
										{titleOf(member)}
										{member.isStale ? ' (stale)' : ''}
									</td>
									<td class="number">{rateOf(looks, 'process_cpu_seconds_total')}</td>
									<td class="number">{last === undefined ? '–' : showBytes(totalOf(last.samples, 'process_resident_memory_bytes'))}</td>
									<td class="number">{cell('etcd_server_proposals_pending')}</td>
									<td class="number">{cell('etcd_server_proposals_failed_total')}</td>
									<td class="number">{cell('etcd_debugging_mvcc_watcher_total')}</td>
									<td class="number">{cell('etcd_debugging_mvcc_slow_watcher_total')}</td>
									<td class="number">{member.state?.role === 'leader' ? cell('quorate_leases') : '–'}</td>
									<td class="number">{rateOf(looks, 'grpc_server_handled_total')}</td>
								</tr>
							);
						})}
					</tbody>
				</table>
			</div>
			<h2>Calls by method</h2>
			<div class="scroll">
				<table>
					<thead>
						<tr>
							<th>member</th>
							<th>method</th>
							<th class="number">a second</th>
							<th class="number">p50, ms</th>
							<th class="number">p99, ms</th>
							<th class="number">failed</th>
						</tr>
					</thead>
					<tbody>
						{state.members.flatMap((member) =>
							methodsOf(live.looks.get(member.id) ?? []).map((row) => (
								<tr key={member.id + row.method}>
									<td>{titleOf(member)}</td>
									<td>{row.method}</td>
									<td class="number">{showRate(row.rate)}</td>
									<td class="number">{row.p50}</td>
									<td class="number">{row.p99}</td>
									<td class={`number ${row.failed > 0 ? 'warn' : ''}`}>{row.failed}</td>
								</tr>
							)),
						)}
					</tbody>
				</table>
			</div>
			<p class="faint">gRPC, over what was seen since the page was opened, a minute at most.</p>
			<SlowRequests members={state.members} />
		</>
	);
}

function secondsOf(first: Look, last: Look): number {
	return Math.max(0.001, (last.at - first.at) / MILLISECONDS_A_SECOND);
}

function rateOf(looks: readonly Look[], name: string): string {
	const [first, last] = [looks[0], looks.at(-1)];
	if (first === undefined || last === undefined || first === last) {
		return '–';
	}
	const increase = increases(first, last, (sample) => (sample.name === name ? '' : null)).get('') ?? 0;
	const perSecond = increase / secondsOf(first, last);
	return name === 'process_cpu_seconds_total' ? perSecond.toFixed(2) : showRate(perSecond);
}

interface MethodRow {
	readonly method: string;
	readonly rate: number;
	readonly p50: string;
	readonly p99: string;
	readonly failed: number;
}

function methodsOf(looks: readonly Look[]): readonly MethodRow[] {
	const [first, last] = [looks[0], looks.at(-1)];
	if (first === undefined || last === undefined || first === last) {
		return [];
	}
	const calls = increases(first, last, ({ name, labels }) =>
		name === 'grpc_server_handled_total' ? `${labels['grpc_service']}/${labels['grpc_method']}` : null,
	);
	const failed = increases(first, last, ({ name, labels }) =>
		name === 'grpc_server_handled_total' && labels['grpc_code'] !== 'OK' ? `${labels['grpc_service']}/${labels['grpc_method']}` : null,
	);
	return [...calls]
		.filter(([, count]) => count > 0)
		.map(([method, count]) => {
			const [grpc_service = '', grpc_method = ''] = method.split('/');
			const which = { name: 'grpc_server_handling_seconds', labels: { grpc_service, grpc_method } };
			const show = (share: number): string => {
				const seconds = quantileBetween(first, last, which, share);
				return seconds === null ? '–' : showMs(seconds * MILLISECONDS_A_SECOND);
			};
			return { method, rate: count / secondsOf(first, last), p50: show(0.5), p99: show(0.99), failed: failed.get(method) ?? 0 };
		})
		.sort((a, b) => b.rate - a.rate);
}
