/** Counters behind /v2/stats, with times made by the test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HourTrips } from '../../../src/adapters/hour-trips.ts';
import { AppendMeter, LatencyMeter } from '../../../src/adapters/peer-meters.ts';
import { RecentTrips } from '../../../src/adapters/recent-trips.ts';
import { showGoDuration } from '../../../src/api/v2/go-duration.ts';

const LINK = {
	recent: { count: 0, p50: 0, p99: 0, maximum: 0, jitter: 0, latest: 0 },
	hour: { count: 0, p50: 0, p99: 0, maximum: 0, late: 0, lost: 0 },
	unanswered: null,
	isUp: true,
};

test('peer meters: appends: the rate is over the last two hundred, and gone a second after the newest', () => {
	const meter = new AppendMeter();
	for (let i = 0; i < 300; i++) {
		meter.note(100, i * 10);
	}
	const { count, messagesPerSecond, bytesPerSecond } = meter.figures(3_000);
	assert.equal(count, 300);
	assert.ok(Math.abs(messagesPerSecond - 200 / 1.99) < 1e-9, String(messagesPerSecond));
	assert.ok(Math.abs(bytesPerSecond - 20_000 / 1.99) < 1e-9, String(bytesPerSecond));
	assert.deepEqual(meter.figures(3_991), { count: 300, messagesPerSecond: 0, bytesPerSecond: 0 });
});

test('peer meters: appends: one alone has no rate', () => {
	const meter = new AppendMeter();
	meter.note(100, 5);
	assert.deepEqual(meter.figures(6), { count: 1, messagesPerSecond: 0, bytesPerSecond: 0 });
});

test('peer meters: latency: of what came back, and failures apart', () => {
	const meter = new LatencyMeter();
	for (const milliseconds of [2, 4, 6]) {
		meter.succeed(milliseconds);
	}
	meter.fail();
	const { standardDeviation, ...figures } = meter.figures('ab', LINK);
	assert.deepEqual(figures, { id: 'ab', current: 6, average: 4, minimum: 2, maximum: 6, success: 3, fail: 1, ...LINK });
	assert.ok(Math.abs(standardDeviation - Math.sqrt(8 / 3)) < 1e-9);
});

test('peer meters: latency: the minimum of nothing is what etcd prints', () => {
	assert.equal(new LatencyMeter().figures('ab', LINK).minimum, 2 ** 63);
});

test('v2 stats: durations are spelled as Go spells them', () => {
	assert.deepEqual([0, 350, 1_000, 1_500, 60_000, 3_723_004, 7_200_000].map(showGoDuration), [
		'0s',
		'350ms',
		'1s',
		'1.5s',
		'1m0s',
		'1h2m3.004s',
		'2h0m0s',
	]);
});

test('peer meters: recent trips: of the last minute alone, oldest first where it counts', () => {
	const trips = new RecentTrips();
	trips.note({ at: 0, milliseconds: 500 });
	for (const [i, milliseconds] of [1, 2, 4, 2].entries()) {
		trips.note({ at: 60_001 + i, milliseconds });
	}
	assert.deepEqual(trips.figures(60_010), { count: 4, p50: 2, p99: 4, maximum: 4, jitter: (1 + 2 + 2) / 3, latest: 2 });
});

test('peer meters: hour trips: of the last sixty minutes alone, within a tenth, the maximum exact', () => {
	const trips = new HourTrips(200);
	trips.note({ at: 0, milliseconds: 900 });
	trips.noteLost(0);
	for (let i = 1; i <= 98; i++) {
		trips.note({ at: 30 * 60_000, milliseconds: 10 });
	}
	trips.note({ at: 59 * 60_000, milliseconds: 250 });
	const { p50, ...within } = trips.figures(59.5 * 60_000);
	assert.ok(Math.abs(p50 - 10) <= 1, String(p50));
	assert.deepEqual([within.count, within.maximum, within.late, within.lost], [100, 900, 2, 1]);
	const later = trips.figures(60.5 * 60_000);
	assert.deepEqual([later.count, later.maximum, later.late, later.lost], [99, 250, 1, 0]);
});

test('peer meters: recent trips: a ring that has gone round keeps the newest', () => {
	const trips = new RecentTrips();
	for (let i = 0; i < 300; i++) {
		trips.note({ at: i, milliseconds: i });
	}
	assert.deepEqual([trips.figures(300).count, trips.figures(300).maximum, trips.figures(300).jitter], [256, 299, 1]);
});
