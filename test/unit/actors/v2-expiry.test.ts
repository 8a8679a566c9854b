import assert from 'node:assert/strict';
import { test } from 'node:test';
import { V2Expiry } from '../../../src/actors/v2-expiry.ts';
import { EMPTY_BYTES } from '../../../src/base/bytes.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { addDeadline } from '../../../src/v2/deadlines.ts';
import { encodeV2Sync } from '../../../src/v2/expiry.ts';
import { ROOT } from '../../../src/v2/nodes.ts';
import { FakeProposer } from '../../support/fake-proposer.ts';
import { TestEnvironment } from './store-harness.ts';

const OVER = 1_700_000_000_000;

/** A store whose first deadline is OVER, at a time of the test's own. */
function expiring(now: number, mayRead = () => true) {
	const environment = new TestEnvironment(new MemoryEngine(STORE_TREE_NAMES));
	environment.engine.write((view) => addDeadline(view, { ...ROOT, expiration: OVER, expirationIndex: 4 }, Uint8Array.of(0x2f, 0x61)));
	const proposer = new FakeProposer();
	const clock = { now };
	const expiry = new V2Expiry({ intervalTicks: 5, now: () => clock.now }, { proposer, environment, mayRead });
	const run = (ticks: number): number => {
		for (let i = 0; i < ticks; i++) {
			expiry.tick();
		}
		return proposer.proposed.length;
	};
	return { proposer, clock, run };
}

test('v2 expiry: a leader proposes its own time once something is over, at its next look', () => {
	const { proposer, clock, run } = expiring(OVER - 1);
	assert.equal(run(20), 0);
	clock.now = OVER;
	assert.equal(run(5), 1);
	assert.equal(proposer.proposed[0]?.kind, COMMAND_KIND.v2_sync);
	assert.deepEqual(proposer.proposed[0]?.body, encodeV2Sync(OVER));
});

test('v2 expiry: one command is under way at a time, and a lost one is followed by another', () => {
	const { proposer, run } = expiring(OVER);
	assert.equal(run(50), 1);
	proposer.lose();
	assert.equal(run(5), 2);
});

test('v2 expiry: where more is over than one command ends, the next one follows at the next tick', () => {
	const { proposer, run } = expiring(OVER);
	run(5);
	proposer.proposed[0]?.done({ kind: 'settled', code: 0, response: Uint8Array.of(1) });
	assert.equal(run(1), 2);
	proposer.proposed[1]?.done({ kind: 'settled', code: 0, response: Uint8Array.of(0) });
	assert.equal(run(4), 2);
});

test('v2 expiry: a command that another term has made void is no word that there is more', () => {
	const { proposer, run } = expiring(OVER);
	run(5);
	proposer.proposed[0]?.done({ kind: 'settled', code: 1, response: EMPTY_BYTES });
	assert.equal(run(4), 1);
});

test('v2 expiry: who does not lead ends nothing, nor does a store that is about to be another', () => {
	const follower = expiring(OVER);
	follower.proposer.leadingTerm = null;
	assert.equal(follower.run(50), 0);
	assert.equal(expiring(OVER, () => false).run(50), 0);
});
