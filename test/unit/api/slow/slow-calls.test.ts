import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlowCalls } from '../../../../src/api/slow/slow-calls.ts';
import type { Index } from '../../../../src/base/brand.ts';
import { CallMeter } from '../../../../src/base/call-meter.ts';
import type { LogFields } from '../../../../src/ports/logger.ts';
import type { StagesDone, WriteSpan } from '../../../../src/ports/write-stages.ts';
import { etcdserverpb } from '../../../../src/rpc/generated/messages.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TIMES = { queue: 0.001, flush: 0.002, quorum: 0.003, apply: 0.004, answer: 0.005 };
const REQUEST = etcdserverpb.PutRequest.encode({ key: new Uint8Array(Buffer.from('k')) }).finish();

function open() {
	const lines: LogFields[] = [];
	const clock = { now: 0 };
	const spans: WriteSpan[] = [];
	const stages = {
		settling: null as Index | null,
		spans,
		ask: (span: WriteSpan, done: StagesDone): void => {
			spans.push(span);
			done(TIMES);
		},
	};
	const meter = new CallMeter();
	const calls = new SlowCalls(
		{ warningMilliseconds: 300 },
		{
			stages,
			logger: { log: (_level, _message, fields) => lines.push(fields ?? {}), isEnabled: () => true },
			clock: () => 100,
			wallClock: () => clock.now,
			randomHex: (bytes) => 'f'.repeat(2 * bytes),
		},
	);
	calls.watch([{ service: 'etcdserverpb.KV', method: 'Put', type: 'unary', meter }]);
	/** As adapters/h2-call.ts does it. */
	const end = (milliseconds: number, traceparent: string | null = null): void => {
		const seconds = milliseconds / 1_000;
		if (meter.isLookedAt(seconds)) {
			calls.ended(meter, REQUEST, { seconds, status: 0, responseBytes: 9, remoteAddress: '10.0.0.1', metadata: () => traceparent });
		}
	};
	return { calls, clock, stages, lines, end };
}

test('api: slow: calls: the slowest come first, with caller, key, trace and stages', () => {
	const { calls, stages, end } = open();
	end(5);
	stages.settling = 7 as Index;
	end(20, `00-${TRACE}-b7ad6b7169203331-01`);
	const [first, second] = calls.lists().minute;
	assert.deepEqual(
		[first?.milliseconds, first?.method, first?.key, first?.client, first?.trace],
		[20, '/etcdserverpb.KV/Put', 'k', '10.0.0.1', TRACE],
	);
	assert.deepEqual(first?.stages, { queue: 1, flush: 2, quorum: 3, apply: 4, answer: 5 });
	assert.deepEqual([second?.milliseconds, second?.trace, second?.stages], [5, 'f'.repeat(32), null]);
	assert.deepEqual(stages.spans, [{ began: 100 - 0.02, ended: 100, upTo: 7 }]);
});

test('api: slow: calls: both lists are bounded, and keep the slowest', () => {
	const { calls, end } = open();
	for (let milliseconds = 1; milliseconds <= 299; milliseconds++) {
		end(milliseconds);
	}
	const { minute, hour } = calls.lists();
	assert.deepEqual([minute.length, minute[0]?.milliseconds, minute.at(-1)?.milliseconds], [32, 299, 268]);
	assert.deepEqual([hour.length, hour[0]?.milliseconds], [64, 299]);
});

test('api: slow: calls: after a minute a call is in the list of the hour alone, and after an hour in none', () => {
	const { calls, clock, end } = open();
	end(200);
	clock.now = 61_000;
	calls.tick();
	assert.deepEqual([calls.lists().minute.length, calls.lists().hour.length], [0, 1]);
	clock.now = 3_601_000;
	calls.tick();
	assert.equal(calls.lists().hour.length, 0);
});

test('api: slow: calls: one beyond the warning gets the line that etcd writes, the key alone of what it said', () => {
	const { lines, end } = open();
	end(299);
	end(301);
	assert.equal(lines.length, 1);
	assert.deepEqual(
		[lines[0]?.['time spent'], lines[0]?.['response type'], lines[0]?.['request content'], lines[0]?.['remote']],
		['301.000ms', '/etcdserverpb.KV/Put', 'key:"k"', '10.0.0.1'],
	);
});

test('api: slow: calls: lines have a bound a second, and what was left out is counted', () => {
	const { calls, lines, end } = open();
	for (let i = 0; i < 250; i++) {
		end(400);
	}
	calls.tick();
	assert.equal(lines.length, 101);
	assert.deepEqual(lines.at(-1), { requests: 150 });
});

test('api: slow: calls: of the quick ones few a second are asked for', () => {
	const { calls, stages, end } = open();
	for (let i = 0; i < 32; i++) {
		end(250);
	}
	calls.tick();
	stages.settling = 7 as Index;
	for (let i = 0; i < 1_000; i++) {
		end(1);
	}
	assert.equal(stages.spans.length, 10);
});
