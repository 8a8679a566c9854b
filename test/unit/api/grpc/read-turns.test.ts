import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadTurns } from '../../../../src/api/grpc/read-turns.ts';
import { READ_TURN_BYTES_MAX, READS_DEFERRED_MAX } from '../../../../src/base/limits.ts';
import type { RpcCall } from '../../../../src/ports/rpc-engine.ts';

interface Caller extends RpcCall {
	isOver: boolean;
	isClogged: boolean;
	readonly failures: string[];
}

function makeCaller(connection: object = {}): Caller {
	const failures: string[] = [];
	return {
		isOver: false,
		isClogged: false,
		isLoaded: false,
		failures,
		metadata: () => null,
		connection,
		remoteAddress: '',
		certificateName: null,
		succeed: () => {},
		succeedInPieces: () => {},
		fail: (_status, message) => failures.push(message),
	};
}

/** Turns that come when the test says so. */
function makeTurns(mustWait?: (call: RpcCall) => boolean): { readonly turns: ReadTurns; readonly next: () => void } {
	const works: (() => void)[] = [];
	const turns = new ReadTurns((_milliseconds, work) => works.push(work), mustWait);
	return { turns, next: () => works.shift()?.() };
}

test('grpc: read turns: small reads are all done at once', () => {
	const { turns } = makeTurns();
	const done: number[] = [];
	for (let i = 0; i < 3; i++) {
		turns.run(makeCaller(), () => done.push(i));
	}
	assert.deepEqual(done, [0, 1, 2]);
});

test('grpc: read turns: after a large answer the others have the next turn, each as much as fits', () => {
	const { turns, next } = makeTurns();
	const done: number[] = [];
	for (let i = 0; i < 3; i++) {
		turns.run(makeCaller(), () => {
			done.push(i);
			return READ_TURN_BYTES_MAX;
		});
	}
	assert.deepEqual(done, [0]);
	next();
	assert.deepEqual(done, [0, 1]);
	next();
	assert.deepEqual(done, [0, 1, 2]);
});

test('grpc: read turns: a turn later there is room again', () => {
	const { turns, next } = makeTurns();
	const done: number[] = [];
	turns.run(makeCaller(), () => READ_TURN_BYTES_MAX);
	next();
	turns.run(makeCaller(), () => done.push(1));
	assert.deepEqual(done, [1]);
});

test('grpc: read turns: a call that is over by its turn is not read for', () => {
	const { turns, next } = makeTurns();
	const caller = makeCaller();
	turns.run(makeCaller(), () => READ_TURN_BYTES_MAX);
	turns.run(caller, () => assert.fail('read for nobody'));
	caller.isOver = true;
	next();
});

test('grpc: read turns: a caller that does not take its answers waits, and nobody else does', () => {
	const { turns, next } = makeTurns();
	const done: string[] = [];
	const clogged = makeCaller();
	clogged.isClogged = true;
	turns.run(clogged, () => done.push('clogged'));
	next();
	turns.run(makeCaller(), () => done.push('other'));
	assert.deepEqual(done, ['other']);
	clogged.isClogged = false;
	next();
	assert.deepEqual(done, ['other', 'clogged']);
});

test('grpc: read turns: only so many wait', () => {
	const { turns } = makeTurns();
	const clogged = makeCaller();
	clogged.isClogged = true;
	for (let i = 0; i <= READS_DEFERRED_MAX; i++) {
		turns.run(clogged, () => 0);
	}
	assert.deepEqual(clogged.failures, ['etcdserver: too many requests']);
});

test('grpc: read turns: connections have turns, however much one of them has asked for', () => {
	const { turns, next } = makeTurns();
	const done: string[] = [];
	const connection = {};
	const large = (name: string, from: object): void => {
		turns.run(makeCaller(from), () => {
			done.push(name);
			return READ_TURN_BYTES_MAX;
		});
	};
	for (const name of ['a', 'b', 'c', 'd']) {
		large(name, connection);
	}
	large('z', {});
	for (let i = 0; i < 4; i++) {
		next();
	}
	assert.equal(done.join(''), 'abzcd');
});

test('grpc: read turns: who must wait for a reason of his own is passed by until it is gone', () => {
	let mustWait = true;
	const greedy = {};
	const { turns, next } = makeTurns(({ connection }) => mustWait && connection === greedy);
	const done: string[] = [];
	turns.run(makeCaller(greedy), () => done.push('greedy'));
	turns.run(makeCaller(), () => done.push('other'));
	next();
	assert.deepEqual(done, ['other']);
	mustWait = false;
	next();
	assert.deepEqual(done, ['other', 'greedy']);
});
