import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { withFigures } from '../../../bench/figures/readme.ts';
import { failOverRows, kneeTable, latencyTable, sourceLine } from '../../../bench/figures/tables.ts';
import { distributionOf } from '../../../bench/latency/results.ts';
import { failOver, rateRun, results } from './latency-fixture.ts';

test('bench: figures: a rate has the medians of both, and the ratio run by run', () => {
	const slow = distributionOf([4_000, 900, 9_000, 100]);
	const runs = [rateRun({}), rateRun({ system: 'etcd', ...slow }), rateRun({ run: -1, rate: 7 })];
	const [, , ...rows] = latencyTable(results({ runs }));
	deepEqual(rows, ['| 3 members, the leader is asked | put | 1000/s | 2.0, 9.0 ms | 4.0, 9.0 ms | 0.50, 1.00 |']);
});

test('bench: figures: what was not answered is told beside the latency of what was', () => {
	const [, , row] = latencyTable(results({ runs: [rateRun({ errors: 7 })] }));
	equal(row, '| 3 members, the leader is asked | put | 1000/s | 2.0, 9.0 ms (7 errors) |  |  |');
});

test('bench: figures: a knee is the median of what was found', () => {
	const knees = [1_000, 3_000, 2_000].map((rate, run) => ({ scenario: '1', mode: 'get', system: 'quorate', limitMs: 25, run, rate }));
	const [, , ...rows] = kneeTable(results({ knees }));
	deepEqual(rows, ['| one member | get | 25 ms | 2000/s |  |']);
});

test('bench: figures: kills without a write are told', () => {
	const failOvers = [failOver({}), failOver({ kill: 1, firstWriteMs: null }), failOver({ system: 'etcd', firstWriteMs: 3_000 })];
	deepEqual(failOverRows(results({ failOvers }), 'x'), [
		'| 3 members, the leader is asked | x | 2 | 1200 / **1200** / 1200 ms (1 without) | 3000 / **3000** / 3000 ms |',
	]);
});

test('bench: figures: machine and commit are told, and whether it was changed', () => {
	const { machine } = results({});
	equal(
		sourceLine('a.json', results({ machine: { ...machine, isDirty: true } })),
		'[a.json](a.json): commit abc, changed, 2026-01-01; 2 cores of a <processor>, 4 GiB, Linux 6, ext4.',
	);
});

test('bench: figures: only what is between the marks is written anew', () => {
	const read = (): string => JSON.stringify(results({}));
	const once = withFigures('before\n<!-- figures, written by npm run bench -- figures -->\nold\n<!-- end of figures -->\nafter\n', read);
	equal(once.startsWith('before\n'), true);
	equal(once.endsWith('<!-- end of figures -->\nafter\n'), true);
	equal(once.includes('old'), false);
	equal(withFigures(once, read), once);
});

test('bench: figures: a text without the marks is refused', () => {
	throws(() => withFigures('text', () => '{}'), /README\.md: the marks/);
});
