/**
 * A cluster that tunes its times, on links with much jitter and some loss, simulated: it must never bring about an election by itself. The short form is a few
 * minutes, the full one 10 hours (`npm run prove -- tuning-sim`). Where links become worse of a sudden it may hold elections, and must end with a leader.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyMessage } from '../../src/protocol/routes.ts';
import type { Address } from '../../src/runtime/host.ts';
import { MembershipFacts } from './checkers/membership-facts.ts';
import { drawPlan, focused } from './draw-plan.ts';
import { MILLISECOND, SECOND } from './timeline.ts';
import { Blind, type Place } from './witness.ts';
import { World } from './world.ts';

const SECONDS = Number(process.env['TUNING_SECONDS'] ?? 240);
const SETTLE_SECONDS = 60;
const QUIET = {
	crash: 0,
	powerCut: 0,
	pause: 0,
	stall: 0,
	partition: 0,
	oneWay: 0,
	clog: 0,
	stop: 0,
	restartMicroseconds: 300 * MILLISECOND,
	driftPercent: 5,
};
const DISK = {
	flushMicroseconds: 300,
	slowPercent: 0,
	failPercent: 0,
	fullPercent: 0,
	stallPercent: 0,
	slowStorePercent: 0,
	spoolFailPercent: 0,
	installFailPercent: 0,
};

/** What is told of leaders and of times. */
class Times extends Blind {
	readonly reigns: string[] = [];
	readonly tuned: number[] = [];
	campaigns = 0;

	override told({ slot }: Place, from: Address, to: string, message: AnyMessage): void {
		if (message.kind === 'role_changed' && to === 'store/0') {
			if (message.role === 'leader') {
				this.reigns.push(`${slot} leads term ${message.term}`);
			}
			this.campaigns += message.role === 'candidate' ? 1 : 0;
		}
		if (message.kind === 'tuned' && from.role === 'store') {
			this.tuned.push(message.electionMilliseconds);
		}
	}
}

function begin(
	seed: number,
	network: { readonly delay: number; readonly even: number; readonly loss: number },
): { readonly world: World; readonly times: Times } {
	const times = new Times();
	const plan = focused(drawPlan(seed), {
		members: 3,
		lanes: 1,
		tunes: true,
		preVote: true,
		checkQuorum: true,
		electionTicks: 10,
		stormMicroseconds: SETTLE_SECONDS * SECOND,
		network: {
			delayMicroseconds: network.delay * MILLISECOND,
			evenMicroseconds: network.even * MILLISECOND,
			inOrder: false,
			lossPercent: network.loss,
			repeatPercent: 0,
			outlivesProcess: false,
		},
		disk: DISK,
		faults: QUIET,
		losses: { mean: 0 },
		changes: { mean: 0 },
		workload: { clients: 1, thinkMicroseconds: SECOND, compact: 0 },
		watches: { clients: 0 },
		leases: { clients: 0 },
	});
	const facts = new MembershipFacts();
	const world = new World({ plan, witnesses: [facts, times], facts, canary: null, trace: null });
	world.storm();
	assert.equal(world.trouble, null, String(world.trouble?.error));
	return { world, times };
}

test(`tuning: sim: at 50 +- 40 ms with 2 % loss there is no election in ${SECONDS} s`, () => {
	const { world, times } = begin(1, { delay: 50, even: 40, loss: 2 });
	const { length: reigns } = times.reigns;
	const { campaigns } = times;
	world.runFor(SECONDS * SECOND);
	assert.equal(world.trouble, null, String(world.trouble?.error));
	assert.deepEqual([times.reigns.slice(reigns), times.campaigns - campaigns], [[], 0], `election timeouts: ${times.tuned.join(' ')}`);
	console.log(`figure: election timeouts in force, in ms, as each member told them: ${times.tuned.join(' ')}`);
});

test('tuning: sim: where quick links become slow of a sudden the cluster finds its leader and its times again, and then holds no election', () => {
	const { world, times } = begin(3, { delay: 1, even: 0.5, loss: 0 });
	world.runFor(60 * SECOND);
	assert.equal(times.tuned.at(-1), 150);
	// Longer than three of the timeouts in force, there and back.
	Object.assign(world.plan.network, { delayMicroseconds: 250 * MILLISECOND, evenMicroseconds: 40 * MILLISECOND, lossPercent: 2 });
	world.runFor(60 * SECOND);
	const settled = { reigns: times.reigns.length, campaigns: times.campaigns };
	world.runFor(SECONDS * SECOND);
	assert.equal(world.trouble, null, String(world.trouble?.error));
	assert.deepEqual({ reigns: times.reigns.length, campaigns: times.campaigns }, settled, times.reigns.join(', '));
	assert.ok((times.tuned.at(-1) ?? 0) >= 2_000, `election timeouts: ${times.tuned.join(' ')}`);
});

test('tuning: sim: on quick links all members settle at the shortest timeout, without an election', () => {
	const { world, times } = begin(2, { delay: 1, even: 0.5, loss: 0 });
	const { length: reigns } = times.reigns;
	world.runFor(60 * SECOND);
	assert.deepEqual([times.tuned.slice(-3), times.reigns.slice(reigns)], [[150, 150, 150], []]);
});
