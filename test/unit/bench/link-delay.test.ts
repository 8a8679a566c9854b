import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { LinkDelay, seededChance } from '../../../bench/load/link-delay.ts';

test('bench: link: a way takes half the round trip', () => {
	const delay = new LinkDelay(() => ({ roundTrip: 50, jitter: 0, loss: 0 }), seededChance(1));
	deepEqual([delay.leaveAt(1_000, 10), delay.leaveAt(1_001, 10)], [1_025, 1_026]);
});

test('bench: link: jitter adds at most what it says, and nothing overtakes', () => {
	const delay = new LinkDelay(() => ({ roundTrip: 10, jitter: 4, loss: 0 }), seededChance(7));
	let last = 0;
	for (let now = 0; now < 1_000; now++) {
		const leaves = delay.leaveAt(now, 100);
		ok(leaves >= last && leaves >= now + 5 && leaves <= now + 9, `${now}: ${leaves}`);
		last = leaves;
	}
});

test('bench: link: a lost packet costs a retransmission, and holds up what comes behind it', () => {
	let chance = 0;
	const delay = new LinkDelay(
		() => ({ roundTrip: 10, jitter: 0, loss: 0.5 }),
		() => chance,
	);
	equal(delay.leaveAt(0, 100), 205);
	chance = 0.99;
	equal(delay.leaveAt(1, 100), 205);
	equal(delay.leaveAt(300, 100), 305);
});

test('bench: link: many packets are lost more often than one', () => {
	const delay = new LinkDelay(
		() => ({ roundTrip: 0, jitter: 0, loss: 0.1 }),
		() => 0.3,
	);
	equal(delay.leaveAt(0, 1_448), 0);
	equal(delay.leaveAt(1_000, 10 * 1_448), 1_200);
});

test('bench: link: it may become another one while bytes are on it', () => {
	let roundTrip = 80;
	const delay = new LinkDelay(() => ({ roundTrip, jitter: 0, loss: 0 }), seededChance(1));
	equal(delay.leaveAt(0, 1), 40);
	roundTrip = 0;
	deepEqual([delay.leaveAt(1, 1), delay.leaveAt(100, 1)], [40, 100]);
});

test('bench: link: chance is the same for the same seed, even, and below 1', () => {
	const [one, other] = [seededChance(3), seededChance(3)];
	const drawn = Array.from({ length: 2_000 }, () => one());
	deepEqual(
		drawn,
		Array.from({ length: 2_000 }, () => other()),
	);
	const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
	ok(Math.min(...drawn) >= 0 && Math.max(...drawn) < 1 && Math.abs(mean - 0.5) < 0.03, `mean ${mean}`);
});
