import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Index, Term } from '../../../src/base/brand.ts';
import { encodeReplaceMember } from '../../../src/members/commands.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { command, requestId, StoreHarness } from './store-harness.ts';

const LEAVE = new Uint8Array(0);

function replacement(): Uint8Array {
	const body = encodeReplaceMember({ id: 'e5', peerUrls: ['http://127.0.0.1:5'], replaces: 'd4' });
	return command({ kind: COMMAND_KIND.replace_member, body });
}

test('store: replacement: raft is told the joint membership, and the peer actor of all four members', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([replacement()], ENTRY_KIND.membership);
	harness.actor.flush();
	const { voters, votersOutgoing, autoLeave } = harness.lastApplied()?.membership ?? {};
	assert.deepEqual([voters, votersOutgoing, autoLeave], [[1, 2, 4], [1, 2, 3], true]);
	assert.deepEqual(harness.all('members_changed').at(-1)?.slots, [1, 2, 3, 4]);
});

test('store: replacement: the leave entry ends it, and tells of the id that is gone', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([replacement()], ENTRY_KIND.membership);
	harness.actor.flush();
	harness.apply([LEAVE], ENTRY_KIND.membership);
	harness.actor.flush();
	const { index, voters, votersOutgoing, autoLeave } = harness.lastApplied()?.membership ?? {};
	assert.deepEqual([index, voters, votersOutgoing, autoLeave], [3, [1, 2, 4], [], false]);
	const told = harness.all('members_changed').at(-1);
	assert.deepEqual([told?.slots, told?.removed], [[1, 2, 4], ['d4']]);
	assert.equal(harness.logged.length, 0, 'an entry without data is no damaged command');
});

test('store: replacement: the asker hears once it is whole, not when it is begun', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([replacement()], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.deepEqual(harness.settledOf(0).at(-1)?.requestIds, []);
	harness.apply([LEAVE], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.deepEqual([harness.settledOf(0).at(-1)?.requestIds, harness.settledOf(0).at(-1)?.codes], [[requestId(0, 1)], [0]]);
});

test('store: replacement: both entries in one turn make one membership, the last', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([replacement(), LEAVE], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.deepEqual([harness.lastApplied()?.membership?.index, harness.lastApplied()?.membership?.voters], [3, [1, 2, 4]]);
});

test('store: replacement: a store that opens in the middle of one says so to raft, and can end it', () => {
	const before = StoreHarness.founded(1);
	before.apply([replacement()], ENTRY_KIND.membership);
	before.actor.flush();
	const harness = new StoreHarness(1, before.engine.fork());
	harness.actor.start();
	const [opened] = harness.all('store_opened');
	assert.deepEqual([opened?.membership.votersOutgoing, opened?.membership.autoLeave], [[1, 2, 3], true]);
	harness.actor.receive({ kind: 'apply', first: 3 as Index, terms: [1 as Term], kinds: [ENTRY_KIND.membership], payloads: [LEAVE] });
	harness.actor.flush();
	assert.deepEqual(harness.lastApplied()?.membership?.votersOutgoing, []);
});

test('store: replacement: a leave entry where nothing is joint is applied as nothing', () => {
	const harness = StoreHarness.founded(1);
	harness.apply([LEAVE], ENTRY_KIND.membership);
	harness.actor.flush();
	assert.deepEqual([harness.lastApplied()?.upTo, harness.lastApplied()?.membership], [2, null]);
});
