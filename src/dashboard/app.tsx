/** The frame of the page: who is asked, how fresh the figures are, and the views, which numbers of the keyboard choose. */
import { useEffect, useState } from 'preact/hooks';
import type { Alert } from '../ports/dashboard-state.ts';
import { ActorsView } from './actors-view.tsx';
import { AlertsView } from './alerts-view.tsx';
import { ClusterView } from './cluster-view.tsx';
import { showAge } from './format.ts';
import { KeysView } from './keys-view.tsx';
import { LatencyView } from './latency-view.tsx';
import { type Live, leaderOf, useLive } from './live.ts';
import { LoadView } from './load-view.tsx';
import { measuredAlerts } from './measured-alerts.ts';
import { titleOf } from './member-title.ts';

const VIEWS = [
	{ name: 'latency', title: 'Leader latency' },
	{ name: 'cluster', title: 'Cluster' },
	{ name: 'load', title: 'Load' },
	{ name: 'actors', title: 'Actors' },
	{ name: 'keys', title: 'Keys' },
	{ name: 'alerts', title: 'Alerts' },
] as const;

const STALE_MILLISECONDS = 3_000;

export function App() {
	const live = useLive();
	const view = useView();
	const alerts = alertsOf(live).length;
	const isStale = live.state !== null && live.ageMs > STALE_MILLISECONDS;
	return (
		<>
			{isStale && (
				<div class="stale-banner" role="alert">
					No word from this member for {showAge(live.ageMs)}: what is shown is stale.
				</div>
			)}
			<Header live={live} />
			<nav aria-label="Views">
				{VIEWS.map(({ name, title }, i) => (
					<a key={name} href={`#${name}`} title={`Key ${i + 1}`} {...(name === view ? { 'aria-current': 'page' as const } : {})}>
						{title}
						{name === 'alerts' && alerts > 0 ? ` (${alerts})` : ''}
					</a>
				))}
			</nav>
			<main>{live.state === null ? <p>Waiting for the first figures…</p> : <View view={view} live={live} state={live.state} />}</main>
		</>
	);
}

/** Of the member that serves the page, and of what the page has measured. */
function alertsOf({ state, looks }: Live): readonly Alert[] {
	return state === null ? [] : [...state.alerts, ...measuredAlerts(state, looks)];
}

function View({ view, live, state }: { readonly view: string; readonly live: Live; readonly state: NonNullable<Live['state']> }) {
	switch (view) {
		case 'cluster':
			return <ClusterView state={state} live={live} />;
		case 'load':
			return <LoadView state={state} live={live} />;
		case 'actors':
			return <ActorsView state={state} live={live} />;
		case 'keys':
			return <KeysView writes={state.writes} live={live} />;
		case 'alerts':
			return <AlertsView alerts={alertsOf(live)} />;
		default:
			return <LatencyView state={state} live={live} />;
	}
}

function Header({ live: { state } }: { readonly live: Live }) {
	const leader = state === null ? null : leaderOf(state);
	const self = state?.members.find(({ isSelf }) => isSelf);
	return (
		<header>
			<strong>quorate</strong>
			{self !== undefined && <span>seen from {titleOf(self)}</span>}
			{state !== null && (leader === null ? <span class="bad">no leader</span> : <span>leader {titleOf(leader)}</span>)}
			{state !== null && <span class="faint">cluster {state.clusterId}</span>}
		</header>
	);
}

function useView(): string {
	const read = (): string => location.hash.slice(1) || VIEWS[0].name;
	const [view, setView] = useState(read());
	useEffect(() => {
		const changed = (): void => setView(read());
		const pressed = (event: KeyboardEvent): void => {
			const isTyping = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
			const chosen = VIEWS[Number(event.key) - 1];
			if (chosen !== undefined && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
				location.hash = chosen.name;
			}
		};
		addEventListener('hashchange', changed);
		addEventListener('keydown', pressed);
		return () => {
			removeEventListener('hashchange', changed);
			removeEventListener('keydown', pressed);
		};
	}, []);
	return view;
}
