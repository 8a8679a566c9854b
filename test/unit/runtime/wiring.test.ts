import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, addressKey } from '../../../src/runtime/host.ts';
import { wirePorts } from '../../../src/runtime/wiring.ts';

const OWN: readonly (readonly Address[])[] = [
	[{ role: 'raft', lane: 0 }],
	[{ role: 'log', lane: 0 }],
	[{ role: 'store', lane: 0 }],
	[{ role: 'peer', lane: 0 }],
	[{ role: 'watch', lane: 0 }],
	[{ role: 'api', lane: 0 }],
	[{ role: 'api', lane: 1 }],
];

function pairs(threads: readonly (readonly Address[])[]): string[] {
	const wired = wirePorts(threads);
	for (const { port } of wired.flat()) {
		port.close();
	}
	return wired
		.flat()
		.map(({ local, remote }) => `${addressKey(local)} ${addressKey(remote)}`)
		.sort();
}

test('wiring: own threads: each pair that may talk has a port at both ends', () => {
	const found = pairs(OWN);
	for (const pair of found) {
		assert.ok(found.includes(pair.split(' ').reverse().join(' ')), pair);
	}
	assert.ok(found.includes('raft/0 log/0'));
	assert.ok(found.includes('store/0 api/1'));
	assert.ok(found.includes('log/0 peer/0'));
	assert.ok(found.includes('watch/0 api/1'));
});

test('wiring: own threads: actors without a route between them have no port', () => {
	const found = pairs(OWN);
	assert.ok(!found.includes('api/0 api/1'));
	assert.ok(!found.includes('api/0 log/0'));
	assert.ok(!found.includes('log/0 store/0'));
	assert.ok(!found.includes('watch/0 log/0'));
});

test('wiring: one thread: needs no ports', () => {
	assert.deepEqual(pairs([OWN.flat()]), []);
});
