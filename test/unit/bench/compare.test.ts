import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { compare, seriesOf, verdictOf } from '../../../bench/latency/compare.ts';
import { failOver, rateRun, results } from './latency-fixture.ts';

const BEFORE = [10, 11, 12, 11, 10];

test('bench: compare: spans that touch are noise, whatever their medians', () => {
	equal(verdictOf({ before: BEFORE, after: [12, 20, 20, 20, 20], isMoreBetter: false }), 'noise');
});

test('bench: compare: spans apart are a difference, and what is better depends on the figure', () => {
	const after = [13, 14, 13, 14, 13];
	equal(verdictOf({ before: BEFORE, after, isMoreBetter: false }), 'worse');
	equal(verdictOf({ before: BEFORE, after, isMoreBetter: true }), 'better');
	equal(verdictOf({ before: after, after: BEFORE, isMoreBetter: false }), 'better');
});

test('bench: compare: fewer than five runs say nothing, nor do runs without a figure', () => {
	equal(verdictOf({ before: BEFORE.slice(1), after: [99, 99, 99, 99, 99], isMoreBetter: false }), 'too few runs');
	equal(verdictOf({ before: BEFORE, after: [99, 99, 99, 99, Number.NaN], isMoreBetter: false }), 'too few runs');
});

/** Runs of both systems on a machine that is so many times slower. */
function file(slowness: number, ours: number): ReturnType<typeof results> {
	const runs = BEFORE.flatMap((p99, run) => [
		rateRun({ run, p99: p99 * slowness * ours }),
		rateRun({ run, p99: p99 * slowness, system: 'etcd' }),
		rateRun({ run: -1, rate: 333 }),
	]);
	return results({ runs, failOvers: BEFORE.map((firstWriteMs, kill) => failOver({ kill, firstWriteMs })) });
}

function verdictsOf(before: unknown, after: unknown): readonly string[] {
	return compare(seriesOf(before) ?? [], seriesOf(after) ?? []).map(({ row, figure, of, verdict }) => `${row}, ${figure}, ${of}: ${verdict}`);
}

test('bench: compare: beside etcd it is ratios that count, so a slow day is no difference', () => {
	deepEqual(verdictsOf(file(1, 1), file(3, 1)), [
		'3 put 1000/s, p50, quorate / etcd: noise',
		'3 put 1000/s, p99, quorate / etcd: noise',
		'3 put 1000/s, server CPU, quorate / etcd: noise',
		'fail-over 3, first write, quorate: noise',
	]);
	equal(verdictsOf(file(1, 1), file(3, 0.5))[1], '3 put 1000/s, p99, quorate / etcd: better');
});

test('bench: compare: files of the closed loop are known too, and others are not', () => {
	const measurements = BEFORE.map((p50) => ({ row: 'put@1', system: 'quorate', opsPerSecond: 1_000 / p50, p50, p99: p50 }));
	const slower = measurements.map((run) => ({ ...run, opsPerSecond: run.opsPerSecond / 2 }));
	deepEqual(verdictsOf({ measurements }, { measurements: slower }), [
		'put@1, ops/s, quorate: worse',
		'put@1, p50, quorate: noise',
		'put@1, p99, quorate: noise',
	]);
	equal(seriesOf({ rows: [] }), null);
});
