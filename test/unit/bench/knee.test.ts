import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { KneeSearch, ladder } from '../../../bench/latency/knee.ts';

const OPTIONS = { first: 250, least: 50, most: 64_000, precision: 1.1 };
const RUNS_MAX = 60;

/** Runs a search against a system that holds every rate up to a capacity; disturbed says whether the nth run is spoiled. */
function searched(capacity: number, disturbed: (run: number) => boolean = () => false): { readonly knee: number; readonly runs: number } {
	const search = new KneeSearch(OPTIONS);
	let runs = 0;
	for (let rate = search.next(); rate !== null && runs < RUNS_MAX; rate = search.next()) {
		search.tell(rate, rate <= capacity && !disturbed(runs));
		runs++;
	}
	return { knee: search.knee, runs };
}

test('bench: knee: it is found within the precision from below, wherever it is', () => {
	for (const capacity of [60, 249, 250, 251, 1_000, 3_333, 47_000]) {
		const { knee } = searched(capacity);
		ok(knee <= capacity && knee * OPTIONS.precision >= capacity * 0.99, `${capacity}: ${knee}`);
	}
});

test('bench: knee: a single spoiled run changes nothing', () => {
	for (let spoiled = 0; spoiled < 10; spoiled++) {
		const { knee } = searched(5_000, (run) => run === spoiled);
		ok(knee <= 5_000 && knee * OPTIONS.precision >= 4_950, `run ${spoiled}: ${knee}`);
	}
});

test('bench: knee: a system that holds nothing has none, and one that holds all has the highest rate', () => {
	equal(searched(0).knee, 0);
	equal(searched(1_000_000).knee, 64_000);
});

test('bench: knee: a search is over after few runs', () => {
	for (const capacity of [0, 70, 4_000, 40_000]) {
		ok(searched(capacity).runs <= 24, `${capacity}: ${searched(capacity).runs}`);
	}
});

test('bench: knee: what other runs have shown need not be tried again', () => {
	const search = new KneeSearch(OPTIONS);
	search.tell(1_000, true);
	search.tell(1_200, false);
	search.tell(1_200, false);
	equal(search.next(), 1_095);
});

test('bench: knee: the ladder doubles, and does not leave the range', () => {
	deepEqual(ladder(250, 2_100), [250, 500, 1_000, 2_000]);
	deepEqual(ladder(250, 250), [250]);
});
