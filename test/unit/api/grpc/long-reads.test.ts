import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LongRead, LongReads, type LongReadsMax } from '../../../../src/api/grpc/long-reads.ts';
import { READS_DEFERRED_MAX } from '../../../../src/base/limits.ts';

/** Pages that are noted by name; each turn is given by the test. */
class Stage {
	readonly pages: string[] = [];
	readonly reads: LongReads;
	readonly #works: (() => void)[] = [];

	constructor(all: number, max: Partial<LongReadsMax> = {}) {
		this.reads = new LongReads((_milliseconds, work) => void this.#works.push(work), { all, ofConnection: all, ofAddress: all, ...max });
	}

	/** from: whose it is; by default its own. */
	add(name: string, pages: number, mustWait = false, from: Partial<LongRead> = {}): { mustWait: boolean; isOver: boolean } & LongRead {
		let left = pages;
		const page = (): boolean => {
			this.pages.push(name);
			left--;
			return left > 0 && !read.isOver;
		};
		const read = { mustWait, isOver: false, connection: {}, remoteAddress: name, page, ...from };
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
	assert.equal(stage.reads.add({ mustWait: false, isOver: false, connection: {}, remoteAddress: '', page: () => false }), false);
});

test('grpc: long reads: the pages are given to connections in turns, however many reads one has', () => {
	const stage = new Stage(10);
	const connection = {};
	for (const name of ['a', 'b', 'c']) {
		stage.add(name, 2, false, { connection });
	}
	stage.add('z', 3);
	assert.equal(stage.run(), 'azbzczabc');
});

test('grpc: long reads: one that waits is begun before the next of a connection that had its turn', () => {
	const stage = new Stage(1);
	const connection = {};
	for (const name of ['a', 'b', 'c']) {
		stage.add(name, 1, false, { connection });
	}
	stage.add('z', 1);
	assert.equal(stage.run(), 'azbc');
});

test('grpc: long reads: of one connection only so many go on at a time', () => {
	const stage = new Stage(4, { ofConnection: 1 });
	const connection = {};
	stage.add('a', 2, false, { connection });
	stage.add('b', 2, false, { connection });
	stage.add('z', 2);
	assert.equal(stage.run(), 'azazbb');
});

test('grpc: long reads: of one address only so many go on at a time, on whatever connections', () => {
	const stage = new Stage(4, { ofAddress: 2 });
	for (const name of ['a', 'b', 'c']) {
		stage.add(name, 2, false, { remoteAddress: '192.0.2.1' });
	}
	stage.add('z', 2);
	assert.equal(stage.run(), 'abzabzcc');
});

test('grpc: long reads: the addresses of one IPv6 network are one', () => {
	const stage = new Stage(4, { ofAddress: 2 });
	for (const name of ['a', 'b', 'c']) {
		stage.add(name, 2, false, { remoteAddress: `2001:db8:1:2::${name}` });
	}
	stage.add('z', 2, false, { remoteAddress: '2001:db8:1:3::1' });
	assert.equal(stage.run(), 'abzabzcc');
});

test('grpc: long reads: one that is over lets go of what it has, though it must wait', () => {
	const stage = new Stage(1);
	const waiting = stage.add('a', 2, true);
	stage.turn();
	waiting.isOver = true;
	assert.equal(stage.run(), 'a');
});

test('grpc: long reads: none is free while another one waits, or the only place is taken', () => {
	const stage = new Stage(1);
	const other: LongRead = { mustWait: false, isOver: false, connection: {}, remoteAddress: '', page: () => false };
	assert(stage.reads.isFreeFor(other));
	const first = stage.add('a', 2);
	assert(!stage.reads.isFreeFor(other));
	assert.equal(stage.reads.waitingOf(first.connection), 1);
	stage.turn();
	assert(!stage.reads.isFreeFor(other));
	stage.turn();
	assert(stage.reads.isFreeFor(other));
	assert.equal(stage.reads.waitingOf(first.connection), 0);
});
