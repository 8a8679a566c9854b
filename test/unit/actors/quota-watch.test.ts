import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuotaWatch } from '../../../src/actors/quota-watch.ts';
import { ALARM, type Alarm, raiseAlarm } from '../../../src/alarms/table.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { decodeAlarm } from '../../../src/rpc/alarm-codec.ts';
import { FakeProposer } from '../../support/fake-proposer.ts';
import { TestEnvironment } from './store-harness.ts';

const QUOTA_BYTES = 1_000;

function watching(alarms: readonly Alarm[], used: number, quotaBytes = QUOTA_BYTES, room: number | null = null) {
	const environment = new TestEnvironment(new MemoryEngine(STORE_TREE_NAMES));
	environment.used = used;
	environment.engine.write((view) => {
		for (const alarm of alarms) {
			raiseAlarm(view, alarm);
		}
	});
	const proposer = new FakeProposer();
	const watch = new QuotaWatch({ quotaBytes, lookTicks: 10, roomBytes: () => room }, { proposer, environment, logger: SILENT });
	const run = (ticks: number): readonly (readonly [bigint, number])[] => {
		for (let i = 0; i < ticks; i++) {
			watch.tick();
		}
		return proposer.proposed.map(({ body }) => {
			const { memberId, alarm, action } = decodeAlarm(body) ?? { memberId: 0n, alarm: 0, action: 0 };
			assert.equal(action, 2);
			return [memberId, alarm];
		});
	};
	return { environment, proposer, run };
}

const OWN = { kind: ALARM.noSpace, memberId: 5n } as const;

test('quota watch: NOSPACE is cleared for all members once there is room for a while', () => {
	const { run } = watching([OWN, { ...OWN, memberId: 7n }], 899);
	assert.deepEqual(run(29), []);
	assert.deepEqual(run(1), [
		[5n, ALARM.noSpace],
		[7n, ALARM.noSpace],
	]);
});

test('quota watch: it stays while the store is near its quota', () => {
	assert.deepEqual(watching([OWN], 900).run(200), []);
});

test('quota watch: room that goes again begins anew', () => {
	const { environment, run } = watching([OWN], 500);
	run(20);
	environment.used = 950;
	run(10);
	environment.used = 500;
	assert.deepEqual(run(29), []);
	assert.equal(run(1).length, 1);
});

test('quota watch: one who does not lead clears nothing', () => {
	const { proposer, run } = watching([OWN], 0);
	proposer.leadingTerm = null;
	assert.deepEqual(run(200), []);
});

test('quota watch: without a quota there is always room', () => {
	assert.equal(watching([OWN], 10_000, -1).run(30).length, 1);
});

test('quota watch: CORRUPT is not its business', () => {
	assert.deepEqual(watching([{ kind: ALARM.corrupt, memberId: 5n }], 0).run(200), []);
});

test('quota watch: it stays while the disk has hardly any room, quota or not', () => {
	assert.deepEqual(watching([OWN], 10, QUOTA_BYTES, 2 ** 20).run(200), []);
	assert.deepEqual(watching([OWN], 10, -1, -5).run(200), []);
	assert.equal(watching([OWN], 10, -1, 2 ** 30).run(30).length, 1);
});
