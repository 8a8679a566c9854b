/**
 * The live data of the page: one event stream, the newest state, and what was seen since the page was opened, for charts and rates. While keys are
 * followed it is a stream that tells of them too: never two, of which browsers have few.
 */
import { useEffect, useState } from 'preact/hooks';
import type { ClusterState, MemberRow } from '../ports/dashboard-state.ts';
import type { TailBatch } from '../ports/key-tail.ts';
import { type Look, readSamples } from './metric-lines.ts';
import { NO_TAIL, type TailSeen, withBatch } from './tail-seen.ts';

export interface TripsSeen {
	/** Unix seconds, as the chart wants them. */
	readonly at: number;
	/** By the follower's id; null: it did not answer. */
	readonly trips: ReadonlyMap<string, number | null>;
}

export interface Live {
	readonly state: ClusterState | null;
	/** Since the last event. */
	readonly ageMs: number;
	readonly trips: readonly TripsSeen[];
	/** The last minute of each member's metrics, oldest first. */
	readonly looks: ReadonlyMap<string, readonly Look[]>;
	readonly tail: TailSeen;
	/** From now on the keys that begin so (base64) are followed; null: none. */
	readonly follow: (prefix: string | null) => void;
}

const TRIPS_MAX = 600;
const LOOKS_MAX = 60;
const CLOCK_MILLISECONDS = 500;

export function leaderOf(state: ClusterState): MemberRow | null {
	const leading = state.members.filter((member) => !member.isStale && member.state?.role === 'leader');
	leading.sort((a, b) => (b.state?.term ?? 0) - (a.state?.term ?? 0));
	return leading[0] ?? null;
}

export function useLive(): Live {
	const [live, setLive] = useState<Pick<Live, 'state' | 'trips' | 'looks'>>({ state: null, trips: [], looks: new Map() });
	const [heardAt, setHeardAt] = useState(performance.now());
	const [now, setNow] = useState(performance.now());
	const [followed, follow] = useState<string | null>(null);
	const [tail, setTail] = useState<TailSeen>(NO_TAIL);
	useEffect(() => {
		setTail(NO_TAIL);
		const source = new EventSource(followed === null ? 'events' : `events?${new URLSearchParams({ tail: followed })}`);
		source.addEventListener('tail', (event: MessageEvent<string>) => {
			const batch = JSON.parse(event.data) as TailBatch;
			setTail((before) => withBatch(before, batch));
		});
		source.onmessage = (event: MessageEvent<string>) => {
			const state = JSON.parse(event.data) as ClusterState;
			setHeardAt(performance.now());
			setNow(performance.now());
			setLive((before) => ({ state, trips: withTrips(before.trips, state), looks: withLooks(before.looks, state) }));
		};
		const clock = setInterval(() => setNow(performance.now()), CLOCK_MILLISECONDS);
		return () => {
			source.close();
			clearInterval(clock);
		};
	}, [followed]);
	return { ...live, tail, follow, ageMs: Math.max(0, now - heardAt) };
}

function withTrips(before: readonly TripsSeen[], state: ClusterState): readonly TripsSeen[] {
	const links = leaderOf(state)?.state?.links ?? [];
	const trips = new Map(links.map(({ id, current, isLate }) => [id, isLate || current === 0 ? null : current]));
	return [...before, { at: state.at / 1_000, trips }].slice(-TRIPS_MAX);
}

function withLooks(before: Live['looks'], { members }: ClusterState): Live['looks'] {
	const looks = new Map<string, readonly Look[]>();
	for (const { id, state, ageMs, isStale } of members) {
		const known = before.get(id) ?? [];
		const look = state === null || isStale ? [] : [{ at: performance.now() - ageMs, samples: readSamples(state.metrics) }];
		looks.set(id, [...known, ...look].slice(-LOOKS_MAX));
	}
	return looks;
}
