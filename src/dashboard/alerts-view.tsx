/** What is wrong now, each with its cause and what to do. */
import type { Alert } from '../ports/dashboard-state.ts';

export function AlertsView({ alerts }: { readonly alerts: readonly Alert[] }) {
	return (
		<>
			<h2>Alerts</h2>
			{alerts.length === 0 && <p class="good">Nothing is wrong, as far as the members can tell.</p>}
			{alerts.map((alert) => (
				<section class="panel" key={`${alert.name} ${alert.cause}`}>
					<p class={alert.severity === 'critical' ? 'bad' : 'warn'}>
						{alert.severity}: {alert.name}
					</p>
					<p>{alert.cause}</p>
					<p class="faint">{alert.remedy}</p>
				</section>
			))}
			<p class="faint">
				The conditions are those of etcd's alerts: an alert is here as soon as its condition holds, not after minutes. Rates and times are judged by
				what this page has seen, a minute at most.
			</p>
		</>
	);
}
