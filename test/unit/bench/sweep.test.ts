import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSaturation, parseBusy, saturation } from '../../../bench/load/actor-figures.ts';
import { candidatesFor, configOf, judge, nameOf, type SweepRun } from '../../../bench/sweep/candidates.ts';
import { parseSweepOptions } from '../../../bench/sweep/options.ts';
import { makePlacement } from '../../../src/config/placement.ts';

function run(candidate: string, row: string, p50: number, opsPerSecond: number, errors = 0): SweepRun {
	return { candidate, row, p50, p99: p50 * 3, opsPerSecond, errors, actors: {} };
}

test('bench: sweep: every candidate is a placement that the daemon takes', () => {
	for (const { placement, apiLanes, watchLanes } of candidatesFor(8)) {
		assert.equal(makePlacement({ placement, lanes: { api: apiLanes, watch: watchLanes }, cores: 8 }).ok, true, placement);
	}
});

test('bench: sweep: no candidate has more api lanes than there are cores', () => {
	assert.deepEqual([...new Set(candidatesFor(2).map(({ apiLanes }) => apiLanes))], [1, 2]);
});

test('bench: sweep: rows of one client count by latency, those of many by throughput, and medians hold', () => {
	const runs = [
		run('a', 'put@1', 100, 1),
		run('a', 'put@1', 900, 1),
		run('a', 'put@1', 100, 1),
		run('b', 'put@1', 200, 9),
		run('b', 'put@1', 200, 9),
		run('b', 'put@1', 200, 9),
		run('a', 'put@100', 1, 4_000),
		run('b', 'put@100', 9, 8_000),
	];
	assert.deepEqual(
		judge(runs).map(({ candidate, score }) => [candidate, score.toFixed(3)]),
		[
			['a', '1.414'],
			['b', '1.414'],
		],
	);
	assert.equal(judge([...runs, run('c', 'put@1', 100, 1), run('c', 'put@100', 1, 8_000)])[0]?.candidate, 'c');
});

test('bench: sweep: a candidate whose requests failed is out', () => {
	assert.deepEqual(
		judge([run('a', 'put@1', 1, 1, 1), run('b', 'put@1', 2, 1)]).map(({ candidate }) => candidate),
		['b'],
	);
});

test('bench: sweep: the best becomes lines of a config file', () => {
	const [candidate] = candidatesFor(1);
	assert.equal(configOf(candidate ?? assert.fail(), 'why'), '# why\nplacement: "raft+log+store+peer+watch+api"\napi-lanes: 1\nwatch-lanes: 1\n');
	assert.equal(nameOf({ placement: 'own', apiLanes: 2, watchLanes: 1 }), 'own (2 api lanes)');
});

test('bench: sweep: its own options and those of the bench go together', () => {
	const options = parseSweepOptions(['--out', 'here', '--runs', '2', '--members', '3']);
	assert.ok(options !== 'help');
	assert.deepEqual([options.out, options.runs, options.members, options.rows.length], ['here', 2, 3, 4]);
});

test('bench: actor figures: shares of a thread between two looks, the busiest first; none of them below zero', () => {
	const page = (raft: number, api: number) =>
		`# HELP\nquorate_actor_busy_seconds_total{actor="raft/0",role="raft",thread="t"} ${raft}\nquorate_actor_busy_seconds_total{actor="api/0",role="api",thread="t"} ${api}\n`;
	const shares = saturation(parseBusy(page(1, 5)), parseBusy(page(1.5, 7)), 4);
	assert.deepEqual(shares, { 'raft/0': 0.125, 'api/0': 0.5 });
	assert.equal(describeSaturation(shares), 'api/0 50 %  raft/0 13 %');
	assert.deepEqual(saturation(parseBusy(page(9, 9)), parseBusy(page(1, 2)), 1), { 'raft/0': 0, 'api/0': 0 });
});
