/** What measured links and flushes say about --tuning, and the page that says it. Pure. Used by check-latency.ts. */
import { ELECTION_MARGIN, FLUSHES_AN_ELECTION, HEARTBEATS_AN_ELECTION, TRIPS_AN_ELECTION } from '../base/election-needs.ts';
import { quantile } from '../base/quantile.ts';
import { TUNED_ELECTION_MILLISECONDS_MAX, TUNED_ELECTION_MILLISECONDS_MIN } from '../config/ticks.ts';
import { PROFILES } from '../config/tuning-profile.ts';

export interface Measured {
	readonly what: string;
	/** Milliseconds; empty: it could not be measured, for this reason. */
	readonly values: readonly number[];
	readonly trouble: string | null;
}

const COLUMN = 12;

/** The least election timeout that these links and this disk allow, in whole tens of milliseconds. */
export function electionFor(links: readonly Measured[], flush: Measured): number {
	const trip = Math.max(0, ...links.flatMap(({ values }) => values));
	const need = ELECTION_MARGIN * (TRIPS_AN_ELECTION * trip + FLUSHES_AN_ELECTION * Math.max(0, ...flush.values));
	const within = Math.min(TUNED_ELECTION_MILLISECONDS_MAX, Math.max(TUNED_ELECTION_MILLISECONDS_MIN, need));
	return Math.ceil(within / 10) * 10;
}

/** The profile with the shortest times that are long enough. */
export function profileFor(electionMs: number): keyof typeof PROFILES | null {
	const names = ['lan', 'cloud', 'wan'] as const;
	return names.find((name) => PROFILES[name].electionMs >= electionMs) ?? null;
}

export function describeVerdict(links: readonly Measured[], flush: Measured): string {
	const what = Math.max(...[...links, flush].map((row) => row.what.length));
	const head = `${'milliseconds'.padEnd(what)}${['min', 'median', 'p99', 'max'].map((each) => each.padStart(COLUMN)).join('')}`;
	const rows = [...links, flush].map((row) => `${row.what.padEnd(what)}${figures(row)}`);
	if (links.every(({ values }) => values.length === 0) || flush.values.length === 0) {
		return [head, ...rows, '', 'Nothing can be said: measure at least one link, and the disk.', ''].join('\n');
	}
	const election = electionFor(links, flush);
	const profile = profileFor(election);
	const fixed = profile === null ? `none of the profiles is long enough` : `--tuning=${profile}`;
	return [
		head,
		...rows,
		'',
		`--tuning=auto would settle at about ${election} ms for an election and ${Math.ceil(election / HEARTBEATS_AN_ELECTION)} ms between heartbeats.`,
		`Fixed: ${fixed}.`,
		'Measured on quiet links: under load, with pauses of the machines, times are longer; auto sees that, a profile does not.',
		'',
	].join('\n');
}

function figures({ values, trouble }: Measured): string {
	if (trouble !== null) {
		return `  ${trouble}`;
	}
	const sorted = values.toSorted((a, b) => a - b);
	return [0, 0.5, 0.99, 1].map((share) => quantile(sorted, share).toFixed(3).padStart(COLUMN)).join('');
}
