/** What clusters the leader-latency bench looks at: how many members, who is asked, what is wrong with whom. Pure. */
import { type Link, NO_DELAY } from '../load/link-delay.ts';

export interface Scenario {
	readonly name: string;
	readonly about: string;
	readonly members: number;
	/** Which member the clients ask. */
	readonly entry: 'leader' | 'follower';
	/** Between any two members. null: none of its own, they talk straight over loopback. */
	readonly links: Link | null;
	/** Of the one follower that is slow. */
	readonly slowLink: Link | null;
	readonly isOneDown: boolean;
}

/** Milliseconds there and back: one room, one region, a continent, half the world. */
export const ROUND_TRIPS = [1, 10, 50, 150] as const;
/** Of a round trip, at most, on each way. */
const JITTER_SHARE = 0.1;
const LOSS = 0.001;
const SLOW_ROUND_TRIP = 80;

export function scenariosOf(members: number): readonly Scenario[] {
	const plain: Scenario = { name: `${members}`, about: '', members, entry: 'leader', links: null, slowLink: null, isOneDown: false };
	if (members === 1) {
		return [{ ...plain, about: 'one member' }];
	}
	const about = `${members} members, the leader is asked`;
	return [
		{ ...plain, about },
		{ ...plain, name: `${members}-follower`, about: `${members} members, a follower is asked`, entry: 'follower' },
		{ ...plain, name: `${members}-slow`, about: `${about}; the link of one follower takes ${SLOW_ROUND_TRIP} ms`, slowLink: linkOf(SLOW_ROUND_TRIP) },
		{ ...plain, name: `${members}-down`, about: `${about}; one follower is down`, isOneDown: true },
		...ROUND_TRIPS.map((roundTrip) => ({
			...plain,
			name: `${members}-${roundTrip}ms`,
			about: `${about}; every link takes ${roundTrip} ms there and back, with jitter and loss`,
			links: linkOf(roundTrip),
		})),
	];
}

/** The named ones of clusters of any of the sizes; a name that is none of theirs is an Error for the person at the keyboard. */
export function scenariosNamed(names: readonly string[], sizes: readonly number[]): readonly Scenario[] {
	const all = sizes.flatMap(scenariosOf);
	return names.map((name) => {
		const found = all.find((scenario) => scenario.name === name);
		if (found === undefined) {
			throw new Error(`--scenarios ${name}: one of ${all.map((scenario) => scenario.name).join(', ')}`);
		}
		return found;
	});
}

export function needsProxies({ links, slowLink }: Scenario): boolean {
	return links !== null || slowLink !== null;
}

/** The link between two members, of which one may be the slow one. */
export function linkBetween({ links, slowLink }: Scenario, pair: readonly [string, string], slow: string | null): Link {
	return slowLink !== null && slow !== null && pair.includes(slow) ? slowLink : (links ?? NO_DELAY);
}

function linkOf(roundTrip: number): Link {
	return { roundTrip, jitter: roundTrip * JITTER_SHARE, loss: LOSS };
}
