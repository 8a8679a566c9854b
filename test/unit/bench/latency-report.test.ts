import { doesNotMatch, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { htmlReport } from '../../../bench/latency/html-report.ts';
import { barOf, Progress } from '../../../bench/latency/progress.ts';
import { distributionOf } from '../../../bench/latency/results.ts';
import { drawPlot, evenTicks, logarithmicTicks } from '../../../bench/latency/svg-plot.ts';
import { describeAll } from '../../../bench/latency/table.ts';
import { failOver, rateRun, results } from './latency-fixture.ts';

const RESULTS = results({
	runs: [
		rateRun({}),
		rateRun({ system: 'etcd', ...distributionOf([1_000, 1_000]) }),
		rateRun({ rate: 2_000, ...distributionOf(null), errors: 7, errorTexts: { '<script>alert(1)</script>': 7 } }),
	],
	knees: [{ scenario: '3', mode: 'put', system: 'quorate', limitMs: 25, run: 0, rate: 1_500 }],
	failOvers: [failOver({}), failOver({ kill: 1, firstWriteMs: null })],
});

test('bench: report: the page fetches nothing, runs nothing, and has every plot', () => {
	const page = htmlReport(RESULTS);
	doesNotMatch(page, /<script|<link|<img|https?:|url\(/);
	equal(page.match(/<svg /g)?.length, 4);
	match(page, /a &lt;processor&gt;/);
});

test('bench: report: what was not measured draws nothing that is no number', () => {
	doesNotMatch(htmlReport(RESULTS), /points="[^"]*(NaN|Infinity)/);
	doesNotMatch(htmlReport(results({ failOvers: [failOver({ firstWriteMs: null, slices: [] })] })), /points="[^"]*(NaN|Infinity)/);
});

test('bench: report: runs of very different latencies make one line', () => {
	const runs = [rateRun({}), rateRun({ run: 1, ...distributionOf([3_000_000, 500]) })];
	match(htmlReport(results({ runs })), /points="[^"]+"/);
});

test('bench: report: the table names rates, errors, ratios, knees and kills without a write', () => {
	const text = describeAll(RESULTS);
	match(text, /1000\/s {2}quorate .*p99 9\.0/);
	match(text, /ratio .*p50 2\.00/);
	match(text, /2000\/s {2}quorate .*ERRORS 7/);
	match(text, /p99 under 25 ms {2}quorate {2}up to 1500/);
	match(text, /2 kills: first write after 1200 .*NO WRITE IN TIME after 1/);
});

test('bench: report: a logarithmic axis has equal room for equal factors', () => {
	const axis = { title: '', isLogarithmic: true, ticks: logarithmicTicks([1, 100], String) };
	const even = { title: '', isLogarithmic: false, ticks: evenTicks(0, 1) };
	const line = {
		name: 'a',
		colour: 0,
		dash: 0,
		points: [
			[1, 0],
			[10, 0.5],
			[100, 1],
		],
	} as const;
	const [, points = ''] = /points="([^"]*)"/.exec(drawPlot({ title: '', x: axis, y: even, lines: [line] })) ?? [];
	equal(points, '64.0,276.0 300.0,152.0 536.0,28.0');
});

test('bench: report: ticks enclose the values in round numbers', () => {
	equal(
		logarithmicTicks([0.3, 18], String)
			.map(({ text }) => text)
			.join(' '),
		'0.2 0.5 1 2 5 10 20',
	);
	equal(
		logarithmicTicks([Number.NaN], String)
			.map(({ text }) => text)
			.join(' '),
		'1 10',
	);
	equal(
		evenTicks(-500, 3_000)
			.map(({ text }) => text)
			.join(' '),
		'-500 0 500 1000 1500 2000 2500 3000',
	);
});

test('bench: progress: the bar says how far, how long, and how long it may still take', () => {
	equal(barOf({ share: 0.25, what: '3 put', seconds: 60 }), '[######..................] 25 %  1:00, about 3:00 left  3 put');
	equal(barOf({ share: 0, what: '', seconds: 3_725 }), '[........................] 0 %  1:02:05  ');
});

test('bench: progress: a terminal gets one line drawn again, a file a line now and then', () => {
	let now = 0;
	let written = '';
	const write = (text: string): void => {
		written += text;
	};
	const onTerminal = new Progress({ isTTY: true, columns: 40, write }, () => now);
	onTerminal.show(0, 'a');
	onTerminal.show(0, 'b');
	equal(written.split('\r').length - 1, 2);
	equal(written.includes('\n'), false);
	written = '';
	const inFile = new Progress({ write }, () => now);
	for (now = 0; now <= 20_000; now += 1_000) {
		inFile.show(0.5, 'c');
	}
	equal(written.split('\n').length - 1, 3);
});
