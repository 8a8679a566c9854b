import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALARM, type Alarm, listAlarms } from '../../../src/alarms/table.ts';
import { CODES } from '../../../src/base/codes.ts';
import { COMMAND_KIND, type CommandKind } from '../../../src/protocol/command.ts';
import { encodeClear, encodeRaise } from '../../../src/rpc/alarm-codec.ts';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { BOOT, command, requestId, SLOT, StoreHarness } from './store-harness.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const PUT = { key: encode('k'), value: encode('v') };
const NO_SPACE: Alarm = { kind: ALARM.noSpace, memberId: 0xa1n };
const CORRUPT: Alarm = { kind: ALARM.corrupt, memberId: 0xa1n };

type Step = readonly [CommandKind, Uint8Array];

function txnOf(...success: pb.RequestOp.$Properties[]): Step {
	return [COMMAND_KIND.txn, pb.TxnRequest.encode({ success }).finish()];
}

const STEPS = {
	put: [COMMAND_KIND.put, pb.PutRequest.encode(PUT).finish()],
	delete: [COMMAND_KIND.delete_range, pb.DeleteRangeRequest.encode({ key: PUT.key }).finish()],
	'a txn that puts': txnOf({ request_put: PUT }),
	'a txn that puts if it fails': [COMMAND_KIND.txn, pb.TxnRequest.encode({ failure: [{ request_put: PUT }] }).finish()],
	'a txn whose nested txn puts': txnOf({ request_txn: { success: [{ request_put: PUT }] } }),
	'a txn that deletes': txnOf({ request_delete_range: { key: PUT.key } }),
	compact: [COMMAND_KIND.compact, pb.CompactionRequest.encode({ revision: 1 as never }).finish()],
} as const satisfies Record<string, Step>;

/** A store that has executed these commands, and the answers to them in order. */
function play(steps: readonly Step[], harness = StoreHarness.founded(1)) {
	harness.posted.length = 0;
	harness.apply(steps.map(([kind, body], i) => command({ kind, body, origin: { slot: SLOT, boot: BOOT, requestId: requestId(0, i + 1) } })));
	harness.actor.flush();
	const [settled] = harness.settledOf(0);
	assert.ok(settled !== undefined);
	return { harness, settled };
}

const raise = (alarm: Alarm): Step => [COMMAND_KIND.alarm, encodeRaise(alarm)];
const clear = (alarm: Alarm): Step => [COMMAND_KIND.alarm, encodeClear(alarm)];
const get = (alarm: number): Step => [COMMAND_KIND.alarm, pb.AlarmRequest.encode({ alarm }).finish()];

function codeAfter(alarm: Alarm, step: Step): number | undefined {
	return play([raise(alarm), step]).settled.codes[1];
}

/** What the last answer lists. */
function listed(steps: readonly Step[]): readonly string[] {
	const response = play(steps).settled.responses.at(-1);
	assert.ok(response !== undefined);
	return pb.AlarmResponse.decode(response).alarms.map(({ memberID, alarm }) => `${alarm} of ${memberID}`);
}

const REFUSED = ['put', 'a txn that puts', 'a txn that puts if it fails', 'a txn whose nested txn puts'];

for (const [title, step] of Object.entries(STEPS)) {
	const code = REFUSED.includes(title) ? CODES.no_space.code : CODES.ok.code;
	test(`store: alarms: NOSPACE ${code === 0 ? 'lets pass' : 'refuses'} ${title}`, () => {
		assert.equal(codeAfter(NO_SPACE, step), code);
	});
	test(`store: alarms: CORRUPT refuses ${title}`, () => {
		assert.equal(codeAfter(CORRUPT, step), CODES.corrupt.code);
	});
}

test('store: alarms: once cleared it refuses nothing', () => {
	assert.deepEqual(play([raise(NO_SPACE), STEPS.put, clear(NO_SPACE), STEPS.put]).settled.codes, [0, CODES.no_space.code, 0, 0]);
});

test("store: alarms: one member's going leaves another's", () => {
	const other: Alarm = { ...NO_SPACE, memberId: 7n };
	assert.deepEqual(play([raise(NO_SPACE), raise(other), clear(NO_SPACE), STEPS.put]).settled.codes, [0, 0, 0, CODES.no_space.code]);
});

test('store: alarms: without a member none is cleared but its own', () => {
	assert.deepEqual(listed([raise(NO_SPACE), clear({ ...NO_SPACE, memberId: 0n })]), []);
	assert.deepEqual(listed([raise(NO_SPACE), clear({ ...NO_SPACE, memberId: 0n }), get(0)]), ['1 of 161']);
});

test('store: alarms: raising and clearing answer with the alarm, getting with those of its kind', () => {
	assert.deepEqual(listed([raise(NO_SPACE)]), ['1 of 161']);
	assert.deepEqual(listed([raise(NO_SPACE), raise(NO_SPACE)]), ['1 of 161']);
	assert.deepEqual(listed([raise(NO_SPACE), clear(NO_SPACE)]), ['1 of 161']);
	assert.deepEqual(listed([raise(NO_SPACE), raise(CORRUPT), get(0)]), ['1 of 161', '2 of 161']);
	assert.deepEqual(listed([raise(NO_SPACE), raise(CORRUPT), get(2)]), ['2 of 161']);
});

for (const alarm of [0, 3, -1]) {
	test(`store: alarms: raising the unknown kind ${alarm} does nothing`, () => {
		const body = pb.AlarmRequest.encode({ action: 1, memberID: 1 as never, alarm }).finish();
		const { harness, settled } = play([[COMMAND_KIND.alarm, body], STEPS.put]);
		assert.deepEqual(settled.codes, [0, 0]);
		assert.deepEqual(harness.engine.read(listAlarms), []);
	});
}

test('store: alarms: they hold after a restart', () => {
	const { engine } = play([raise(NO_SPACE)]).harness;
	const again = StoreHarness.reopened(1, engine);
	assert.deepEqual(play([STEPS.put], again).settled.codes, [CODES.no_space.code]);
});
