/** The arithmetic of raft/tuner.ts, in ticks of 10 ms: what a leader wishes for by what it was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Slot } from '../../../src/base/brand.ts';
import { tunedTiming } from '../../../src/raft/timing.ts';
import { type TimingWord, Tuner } from '../../../src/raft/tuner.ts';

/** 150 to 5000 ms. */
const BOUNDS = { electionTicksMin: 15, electionTicksMax: 500 };
const DEFAULT = 100;
const QUICK: Omit<TimingWord, 'stamp'> = { silence: 0, flush: 0, electionTicks: DEFAULT };
const A = 2 as Slot;
const B = 3 as Slot;
const VOTERS = [A, B];

/** A leader that hears from voters every ten ticks; what it wishes for comes into force at once. */
class Leader {
	readonly tuner = new Tuner(BOUNDS, DEFAULT);
	now = 0;
	inForce: number;
	replicated: number | null;
	readonly wishes: number[] = [];

	constructor(inForce = DEFAULT) {
		this.inForce = inForce;
		this.replicated = inForce === DEFAULT ? null : inForce;
	}

	/** A word whose question left so many ticks ago. */
	hears(from: Slot, trip: number, word: Partial<TimingWord> = {}): void {
		this.tuner.told(from, { ...QUICK, ...word, stamp: this.now - trip }, this.now);
	}

	wish(): number | null {
		const { inForce, replicated, now } = this;
		const wish = this.tuner.wish(VOTERS, { inForce, replicated, now });
		if (wish !== null) {
			this.inForce = wish;
			this.replicated = wish;
			this.wishes.push(wish);
		}
		return wish;
	}

	/** Ticks pass, in which voters answer after so long. */
	reigns(ticks: number, { voters = VOTERS, trip = 0 }: { readonly voters?: readonly Slot[]; readonly trip?: number } = {}): void {
		for (const end = this.now + ticks; this.now < end; ) {
			this.now += 10;
			for (const voter of voters) {
				this.hears(voter, trip);
			}
			this.wish();
		}
	}
}

test('raft: tuner: a round trip that grows raises the timeout at once, to five of them', () => {
	const leader = new Leader();
	leader.now = 100;
	leader.hears(A, 49);
	assert.equal(leader.wish(), 250);
});

test('raft: tuner: a step up is at most to four times what is in force', () => {
	const leader = new Leader(20);
	leader.now = 400;
	leader.hears(A, 300);
	assert.equal(leader.wish(), 80);
});

test('raft: tuner: a silence at a voter, a silence of a voter, and a flush at either count twice', () => {
	const tellers: readonly ((leader: Leader) => void)[] = [
		(leader) => leader.hears(A, 0, { silence: 80 }),
		(leader) => leader.hears(A, 0, { flush: 80 }),
		(leader) => leader.tuner.flushing(80, leader.now),
		(leader) => {
			leader.tuner.unheard(A, 80, leader.now);
			leader.tuner.unheard(A, 0, leader.now + 1);
		},
	];
	for (const [i, tell] of tellers.entries()) {
		const leader = new Leader();
		leader.now = 100;
		tell(leader);
		const need = leader.tuner.need(VOTERS, leader.now + 1);
		assert.ok(need >= 160 && need <= 164, `teller ${i}: ${need}`);
	}
});

test('raft: tuner: a voter whose last word was long ago was killed, and is not late', () => {
	const leader = new Leader();
	leader.now = 100;
	for (const silence of [10, 50, 99, null, null]) {
		leader.tuner.unheard(A, silence, leader.now++);
	}
	leader.tuner.unheard(A, 0, leader.now);
	assert.equal(leader.tuner.need(VOTERS, leader.now), 0);
});

test('raft: tuner: who has no vote is not waited for', () => {
	const leader = new Leader();
	leader.now = 100;
	leader.hears(4 as Slot, 90);
	assert.equal(leader.tuner.need(VOTERS, leader.now), 0);
});

test('raft: tuner: after a long calm it is lowered by half a step, down to the least, and stays there', () => {
	const leader = new Leader();
	leader.reigns(60_000);
	assert.deepEqual(leader.wishes, [50, 25, 15]);
});

test('raft: tuner: nothing is lowered before the calm has lasted', () => {
	const leader = new Leader();
	leader.reigns(990);
	assert.deepEqual(leader.wishes, []);
});

test('raft: tuner: it is not lowered for less than a fifth', () => {
	const leader = new Leader();
	// Five times 17 ticks are 85.
	leader.reigns(60_000, { trip: 16 });
	assert.deepEqual(leader.wishes, []);
});

test('raft: tuner: a raise makes the next calm twice as long', () => {
	const leader = new Leader();
	leader.now = 100;
	leader.hears(A, 49);
	leader.wish();
	// The first calm has the late word in it; the second ends in a step down.
	leader.reigns(2 * 2_000 - 10);
	assert.deepEqual(leader.wishes, [250]);
	leader.reigns(10);
	assert.equal(leader.wishes.length, 2);
});

test('raft: tuner: a voter that says nothing keeps the timeout from being lowered', () => {
	const leader = new Leader();
	leader.reigns(20_000, { voters: [A] });
	assert.deepEqual(leader.wishes, []);
});

test('raft: tuner: a voter that does not tune itself keeps it at what it has', () => {
	const leader = new Leader(50);
	leader.now = 100;
	leader.hears(A, 0, { electionTicks: 0 });
	assert.equal(leader.wish(), 125);
});

test('raft: tuner: a leader that was elected with more patience than the log knows of says so', () => {
	const leader = new Leader(40);
	leader.inForce = 160;
	leader.now = 10;
	assert.equal(leader.tuner.wish(VOTERS, { inForce: 160, replicated: 40, now: 10 }), 160);
});

test('raft: tuner: a wish that has not come true is wished again, but not at once', () => {
	const { tuner } = new Leader();
	const wishAt = (now: number): number | null => {
		tuner.told(A, { ...QUICK, stamp: now - 49 }, now);
		return tuner.wish(VOTERS, { inForce: DEFAULT, replicated: null, now });
	};
	assert.deepEqual([wishAt(100), wishAt(110), wishAt(190), wishAt(200)], [250, null, null, 250]);
});

test('raft: tuner: the leader speaks as often as the least patient voter needs, and as its own wish will need', () => {
	const leader = new Leader();
	leader.now = 100;
	leader.hears(A, 0, { electionTicks: 30 });
	assert.equal(leader.tuner.leastInForce(100, 100), 30);
	assert.equal(leader.tuner.leastInForce(100, 300), 100, 'not what one has said long ago');
	let wish: number | null = null;
	for (leader.now = 500; wish === null; leader.now += 10) {
		assert.ok(leader.now < 5_000, 'a wish');
		leader.hears(A, 0);
		leader.hears(B, 0);
		wish = leader.tuner.wish(VOTERS, { inForce: DEFAULT, replicated: DEFAULT, now: leader.now });
	}
	assert.deepEqual([wish, leader.tuner.leastInForce(DEFAULT, leader.now)], [50, 50]);
});

test('raft: tuner: whatever it is told, a wish is within the bounds, and no step is larger than four up and two down', () => {
	const word = fc.record({
		voter: fc.constantFrom(...VOTERS),
		trip: fc.nat(2_000),
		silence: fc.nat(2_000),
		flush: fc.nat(2_000),
		wait: fc.nat(1_500),
	});
	fc.assert(
		fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 15, max: 500 }), (words, first) => {
			const leader = new Leader(first);
			for (const { voter, trip, silence, flush, wait } of words) {
				leader.reigns(wait);
				const before = leader.inForce;
				leader.hears(voter, trip, { silence, flush });
				const wish = leader.wish() ?? before;
				assert.ok(wish >= 15 && wish <= 500 && wish <= 4 * before && wish >= Math.floor(before / 2), `${before} -> ${wish}`);
			}
			for (const [i, wish] of leader.wishes.entries()) {
				const before = leader.wishes[i - 1] ?? first;
				assert.ok(Number.isInteger(wish) && wish <= 4 * before && wish >= Math.floor(before / 2), `${before} -> ${wish}`);
			}
		}),
		{ numRuns: 60 },
	);
});

test('raft: timing: ten heartbeats to an election, of at least two ticks each', () => {
	assert.deepEqual(
		[15, 50, 500].map((ticks) => tunedTiming(ticks).heartbeatTicks),
		[2, 5, 50],
	);
});
