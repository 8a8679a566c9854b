import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../../../src/base/histogram.ts';
import { counter, gauge, histogram, type Metric } from '../../../src/base/metric.ts';
import { shownMetrics } from '../../../src/base/shown-metrics.ts';
import { MetricsPage } from '../../../src/runtime/metrics-page.ts';

function write(...threads: readonly (readonly Metric[])[]): Promise<string> {
	return new MetricsPage({ memberId: 'a1', quotaBytes: 2_048 }).write(threads.map((metrics) => JSON.stringify(metrics)));
}

function figureOf(page: string, name: string): string | undefined {
	return page
		.split('\n')
		.find((line) => line.startsWith(`${name} `))
		?.slice(name.length + 1);
}

test('runtime: metrics page: what several threads have counted is added up, label by label', async () => {
	const calls = (value: number) =>
		counter('calls_total', 'Calls.', [
			{ labels: { to: 'x' }, value },
			{ labels: { to: 'y' }, value: 1 },
		]);
	const page = await write([calls(2)], [calls(40)]);
	assert.equal(figureOf(page, 'calls_total{to="x"}'), '42');
	assert.equal(figureOf(page, 'calls_total{to="y"}'), '2');
});

test('runtime: metrics page: what all threads say of one thing counts once', async () => {
	const page = await write([gauge('ends', 'End.', 7, 'max')], [gauge('ends', 'End.', 7, 'max')]);
	assert.equal(figureOf(page, 'ends'), '7');
});

test('runtime: metrics page: buckets of several threads are added up, bound by bound', async () => {
	const one = new Histogram([1, 2]);
	one.observe(1);
	const two = new Histogram([1, 2]);
	two.observe(2, 3);
	const page = await write([histogram('x_seconds', 'X.', one)], [histogram('x_seconds', 'X.', two)]);
	assert.equal(figureOf(page, 'x_seconds_bucket{le="1"}'), '1');
	assert.equal(figureOf(page, 'x_seconds_bucket{le="+Inf"}'), '4');
	assert.equal(figureOf(page, 'x_seconds_sum'), '7');
});

test('runtime: metrics page: it says who the member is, and when its process began, to the second', async () => {
	const page = await write([]);
	assert.equal(figureOf(page, 'etcd_server_id{server_id="a1"}'), '1');
	assert.equal(figureOf(page, 'etcd_server_quota_backend_bytes'), '2048');
	assert.ok(Math.abs(Number(figureOf(page, 'process_start_time_seconds')) - (Date.now() / 1_000 - process.uptime())) < 5, page);
});

test("runtime: metrics page: heaps and loops of main's thread are not told, for they would be taken for the member's", async () => {
	assert.doesNotMatch(await write([]), /heap|eventloop/);
});

test('runtime: metrics page: text of a label is escaped', async () => {
	const page = await write([gauge('g', 'G.', [{ labels: { name: 'a"b\\c\nd' }, value: 1 }])]);
	assert.equal(figureOf(page, 'g{name="a\\"b\\\\c\\nd"}'), '1');
});

test('runtime: metrics page: lines of zero that threads have spelled stand once, and give way to what another thread has counted', async () => {
	const calls = (values: Metric['values'], zeros: string): Metric => ({ ...counter('calls_total', 'Calls.', values), zeros });
	const zero = (to: string): string => `calls_total{to="${to}"} 0\n`;
	const page = await write(
		[calls([{ labels: { to: 'x' }, value: 2 }], zero('y') + zero('z'))],
		[calls([{ labels: { to: 'y' }, value: 5 }], zero('x') + zero('z'))],
	);
	const lines = page.split('\n').filter((line) => line.startsWith('calls_total'));
	assert.deepEqual(lines, ['calls_total{to="x"} 2', 'calls_total{to="y"} 5', 'calls_total{to="z"} 0']);
});

test('runtime: metrics page: lines of zero that a thread has told before need not be told again, until they are others', async () => {
	const page = new MetricsPage({ memberId: 'a1', quotaBytes: 2_048 });
	const look = async (zeros: string | null): Promise<readonly string[]> => {
		const text = await page.write([JSON.stringify([{ ...counter('calls_total', 'Calls.', []), zeros }])]);
		return text.split('\n').filter((line) => line.startsWith('calls_total'));
	};
	assert.deepEqual(await look('calls_total{to="x"} 0\n'), ['calls_total{to="x"} 0']);
	assert.deepEqual(await look(null), ['calls_total{to="x"} 0']);
	assert.deepEqual(await look('calls_total{to="y"} 0\n'), ['calls_total{to="y"} 0']);
	assert.deepEqual(await look(null), ['calls_total{to="y"} 0']);
});

test('runtime: metrics page: what dashboards show is the same lines as on the whole page, and nothing else', async () => {
	const page = new MetricsPage({ memberId: 'a1', quotaBytes: 2_048 });
	const text = JSON.stringify([counter('quorate_turns_total', 'Turns.', 7), counter('etcd_server_proposals_committed_total', 'Committed.', 8)]);
	const [whole, shown] = [await page.write([text]), await page.writeShown([text])];
	const lines = shownMetrics(shown);
	assert.ok(lines.includes('quorate_turns_total 7'));
	assert.deepEqual(new Set(lines.map(nameOf)), new Set(shownMetrics(whole).map(nameOf)));
	assert.deepEqual(
		shown.split('\n').filter((line) => line.includes('proposals_committed')),
		[],
	);
});

test('runtime: metrics page: lines of zero that a thread tells when dashboards ask stand on the whole page afterwards', async () => {
	const page = new MetricsPage({ memberId: 'a1', quotaBytes: 2_048 });
	const calls = (zeros: string | null): string => JSON.stringify([{ ...counter('calls_total', 'Calls.', []), zeros }]);
	await page.writeShown([calls('calls_total{to="x"} 0\n')]);
	assert.ok((await page.write([calls(null)])).includes('\ncalls_total{to="x"} 0\n'));
});

/** Of a line: samples of the process differ from look to look. */
function nameOf(line: string): string {
	return line.slice(0, line.lastIndexOf(' '));
}
