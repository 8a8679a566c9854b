import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import type { Index, Slot } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { ApiHarness, REQUEST_TICKS, SELF } from './api-harness.ts';

const OTHER = 1 as Slot;

test('api: inquiries: raft answers how far the members are, or time ends it', () => {
	const harness = new ApiHarness();
	const seen: unknown[] = [];
	harness.actor.inquireProgress((progress) => seen.push(progress));
	harness.actor.inquireProgress((progress) => seen.push(progress));
	const asked = must(harness.take('inquire_progress')[0], 'an inquiry');
	assert.equal(asked.by, 'api');
	const columns = { slots: [SELF, OTHER], matches: [9 as Index, 4 as Index], active: [true, false] };
	harness.actor.receive({ kind: 'raft_progress', requestId: asked.requestId, ...columns });
	harness.ticks(REQUEST_TICKS + 1);
	const rows = [
		{ slot: SELF, match: 9, isActive: true },
		{ slot: OTHER, match: 4, isActive: false },
	];
	assert.deepEqual(seen, [rows, null]);
});

test('api: standing: a lane knows that its member is a learner, and that it no longer is', () => {
	const harness = new ApiHarness();
	harness.actor.receive({ kind: 'standing_changed', learner: true });
	assert.equal(harness.actor.isLearner, true);
	harness.actor.receive({ kind: 'standing_changed', learner: false });
	assert.equal(harness.actor.isLearner, false);
});

test('api: membership: a change that finds another one unapplied is proposed again, as an entry of its own kind', () => {
	const harness = new ApiHarness();
	const seen: number[] = [];
	harness.leader(SELF);
	harness.take('propose');
	harness.actor.propose(COMMAND_KIND.remove_member, new Uint8Array(0), (code) => seen.push(code));
	const [first] = harness.take('propose');
	assert.equal(first?.entryKind, ENTRY_KIND.membership);
	harness.actor.receive({ kind: 'refused', requestId: must(first, 'a proposal').requestId, code: CODES.membership_pending.code });
	assert.deepEqual(seen, []);
	harness.ticks(1);
	const [second] = harness.take('propose');
	assert.equal(second?.entryKind, ENTRY_KIND.membership);
	assert.notEqual(second?.requestId, first?.requestId);
});
