import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric } from '../../../src/base/metric.ts';
import { SeatMeter, TurnMeter } from '../../../src/runtime/turn-meter.ts';

const RAFT = { role: 'raft', lane: 0 } as const;
const API = { role: 'api', lane: 1 } as const;

function read(metrics: readonly Metric[], name: string): readonly (readonly [string | undefined, number])[] {
	const found = metrics.find((metric) => metric.name === name);
	assert.ok(found !== undefined, name);
	return found.values.map(({ labels, value }) => [labels['actor'] ?? labels['thread'], value]);
}

/** So long by the clock that is measured with. */
function work(milliseconds: number): void {
	const end = performance.now() + milliseconds;
	while (performance.now() < end) {
		// Busy.
	}
}

test('runtime: turn meter: time goes to whoever it was charged to, and after it to nobody', () => {
	const meter = new TurnMeter();
	const [raft, api] = [new SeatMeter(), new SeatMeter()];
	meter.charge(raft);
	work(4);
	const before = meter.charge(api);
	work(2);
	assert.equal(before, raft);
	meter.charge(before);
	meter.charge(null);
	work(2);
	meter.charge(api);
	meter.charge(null);
	assert.ok(raft.milliseconds >= 4 && api.milliseconds >= 2, `${raft.milliseconds}, ${api.milliseconds}`);
	const rows = read(
		meter.metrics(
			[
				[RAFT, raft],
				[API, api],
			],
			0,
		),
		'quorate_actor_busy_seconds_total',
	);
	assert.deepEqual(rows, [
		['raft/0', raft.milliseconds / 1_000],
		['api/1', api.milliseconds / 1_000],
	]);
});

test('runtime: turn meter: turns, those that were cut, and what waits are told by thread', () => {
	const meter = new TurnMeter();
	meter.turn(1, 10, false);
	meter.turn(3, 2_000, true);
	const metrics = meter.metrics([[RAFT, new SeatMeter()]], 5);
	assert.deepEqual(read(metrics, 'quorate_thread_turns_total'), [['raft/0', 2]]);
	assert.deepEqual(read(metrics, 'quorate_thread_turns_cut_total'), [['raft/0', 1]]);
	assert.deepEqual(read(metrics, 'quorate_thread_mailbox_depth'), [['raft/0', 5]]);
	assert.deepEqual(read(metrics, 'quorate_thread_busy_seconds_total'), [['raft/0', 0.004]]);
});
