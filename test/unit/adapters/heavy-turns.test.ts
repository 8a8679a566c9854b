import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeavyTurns } from '../../../src/adapters/heavy-turns.ts';

/** A thread whose time goes on as the test says. */
class Thread {
	now = 0;
	readonly turns: HeavyTurns;
	readonly rests: number[] = [];
	readonly #soon: (() => void)[] = [];
	readonly #later: (() => void)[] = [];

	constructor() {
		this.turns = new HeavyTurns({
			now: () => this.now,
			soon: (work) => void this.#soon.push(work),
			after: (milliseconds, work) => {
				this.rests.push(milliseconds);
				this.#later.push(work);
			},
		});
	}

	/** Adds work of so many milliseconds, and comes to its turn. */
	work(milliseconds: number): void {
		this.turns.add(() => {
			this.now += milliseconds;
		});
		this.#soon.shift()?.();
	}

	wake(): void {
		this.#later.shift()?.();
	}
}

test('heavy turns: they follow on one another while nothing else happens', () => {
	const thread = new Thread();
	thread.work(5);
	thread.work(5);
	assert.deepEqual(thread.rests, []);
	assert.equal(thread.now, 10);
});

test('heavy turns: once others have had a turn, there is a rest of twice what the work took', () => {
	const thread = new Thread();
	thread.work(5);
	thread.now += 1;
	thread.work(3);
	assert.deepEqual(thread.rests, [9]);
	assert.equal(thread.now, 6);
});

test('heavy turns: after its rest the work is done, once', () => {
	const thread = new Thread();
	thread.work(5);
	thread.now += 1;
	thread.work(3);
	thread.now += 9;
	thread.wake();
	assert.deepEqual(thread.rests, [9]);
	assert.equal(thread.now, 18);
});

test('heavy turns: what was done in a row counts for one rest, which has an end', () => {
	const thread = new Thread();
	for (let i = 0; i < 100; i++) {
		thread.work(5);
	}
	thread.now += 1;
	thread.work(1);
	assert.deepEqual(thread.rests, [39]);
});
