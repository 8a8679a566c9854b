/** --tuning: the times that each profile stands for, and what may not stand beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Loaded, loadConfig } from '../../../src/config/load.ts';
import { raftTicks } from '../../../src/config/ticks.ts';

function load(...argv: readonly string[]): Loaded {
	return loadConfig(argv, {}, () => ({ ok: false, problem: 'no such file' }));
}

function timesOf(...argv: readonly string[]): readonly [number, number, boolean] {
	const loaded = load(...argv);
	assert.equal(loaded.kind, 'serve', JSON.stringify(loaded));
	const { heartbeatMs, electionMs, tunes } = (loaded as Extract<Loaded, { kind: 'serve' }>).config;
	return [heartbeatMs, electionMs, tunes];
}

function lineOf(loaded: Loaded): string {
	assert.equal(loaded.kind, 'error', JSON.stringify(loaded));
	return (loaded as Extract<Loaded, { kind: 'error' }>).line;
}

test('config: tuning: each profile has its times', () => {
	assert.deepEqual(timesOf('--tuning=off'), [100, 1_000, false]);
	assert.deepEqual(timesOf('--tuning=lan'), [50, 500, false]);
	assert.deepEqual(timesOf('--tuning=cloud'), [150, 1_500, false]);
	assert.deepEqual(timesOf('--tuning=wan'), [300, 3_000, false]);
	assert.deepEqual(timesOf('--tuning=auto'), [100, 1_000, true]);
});

test('config: tuning: an interval beside a profile that says otherwise is refused, and both are named', () => {
	assert.match(lineOf(load('--tuning=lan', '--heartbeat-interval=100')), /--heartbeat-interval: "?100"? contradicts --tuning: lan, which is 50/);
	assert.match(lineOf(load('--tuning=wan', '--election-timeout=1000')), /--election-timeout: "?1000"? contradicts --tuning: wan, which is 3000/);
});

test('config: tuning: the same interval beside a profile says nothing else', () => {
	assert.deepEqual(timesOf('--tuning=lan', '--heartbeat-interval=50', '--election-timeout=500'), [50, 500, false]);
});

test('config: tuning: with auto the intervals are those to begin with', () => {
	assert.deepEqual(timesOf('--tuning=auto', '--heartbeat-interval=200', '--election-timeout=2000'), [200, 2_000, true]);
});

test('config: tuning: a word that is no profile is refused, and all are named', () => {
	assert.match(lineOf(load('--tuning=fast')), /--tuning: "?fast"?.*off.*lan.*wan.*cloud.*auto/);
});

test('config: tuning: raft alone has short ticks, and only with auto', () => {
	const times = { heartbeatMs: 100, electionMs: 1_000 };
	assert.deepEqual(raftTicks({ ...times, tunes: false }), { tickMilliseconds: 100, electionTicks: 10, heartbeatTicks: 1, tuning: null });
	assert.deepEqual(raftTicks({ ...times, tunes: true }), {
		tickMilliseconds: 10,
		electionTicks: 100,
		heartbeatTicks: 10,
		tuning: { electionTicksMin: 15, electionTicksMax: 500 },
	});
});
