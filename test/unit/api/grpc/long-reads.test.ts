import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LongRead, LongReads } from '../../../../src/api/grpc/long-reads.ts';
import { READS_DEFERRED_MAX } from '../../../../src/base/limits.ts';

/** Pages that are noted by name; each turn is given by the test. */
class Stage {
	readonly pages: string[] = [];
	readonly reads: LongReads;
	readonly #works: (() => void)[] = [];

	constructor(activeMax: number) {
		this.reads = new LongReads((_milliseconds, work) => void this.#works.push(work), activeMax);
	}

	add(name: string, pages: number, mustWait = false): { mustWait: boolean } & LongRead {
		let left = pages;
		const page = (): boolean => {
			this.pages.push(name);
			left--;
			return left > 0;
		};
		const read = { mustWait, page };
		assert.equal(this.reads.add(read), true);
		return read;
	}

	/** The next turn; false if none is to come. */
	turn(): boolean {
		const work = this.#works.shift();
		work?.();
		return work !== undefined;
	}

	run(): string {
		while (this.turn()) {}
		return this.pages.join('');
	}
}

test('grpc: long reads: a page a turn, in rounds', () => {
	const stage = new Stage(10);
	stage.add('a', 3);
	stage.add('b', 1);
	stage.add('c', 2);
	stage.turn();
	assert.deepEqual(stage.pages, ['a']);
	assert.equal(stage.run(), 'abcaca');
});

test('grpc: long reads: so many at a time, the others after them', () => {
	const stage = new Stage(2);
	stage.add('a', 2);
	stage.add('b', 2);
	stage.add('c', 2);
	assert.equal(stage.run(), 'ababcc');
});

test('grpc: long reads: one that must wait is passed by, and goes on when it may', () => {
	const stage = new Stage(1);
	const waiting = stage.add('a', 1, true);
	stage.add('b', 2);
	for (let turns = 0; turns < 4; turns++) {
		stage.turn();
	}
	assert.deepEqual(stage.pages, ['b', 'b']);
	waiting.mustWait = false;
	assert.equal(stage.run(), 'bba');
});

test('grpc: long reads: only so many wait', () => {
	const stage = new Stage(1);
	for (let i = 0; i < READS_DEFERRED_MAX; i++) {
		stage.add('a', 1);
	}
	assert.equal(stage.reads.add({ mustWait: false, page: () => false }), false);
});
