/** Commands that end nodes: how many at a time, what goes with a directory, and what is no command. The order is tree.test.ts's, against the naive tree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { V2_EXPIRIES_MAX } from '../../../src/base/limits.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { firstDeadline } from '../../../src/v2/deadlines.ts';
import { readEvents } from '../../../src/v2/event-history.ts';
import { eventJson } from '../../../src/v2/event-json.ts';
import { executeV2 } from '../../../src/v2/execute.ts';
import { encodeV2Sync, executeV2Sync, isMoreOver } from '../../../src/v2/expiry.ts';
import { encodeV2Request, V2_OPERATION, type V2Request } from '../../../src/v2/request-codec.ts';
import { readV2Stats } from '../../../src/v2/stats.ts';

const NOW = Date.UTC(2026, 4, 5);
const text = new TextEncoder();

class Expiring {
	readonly engine = new MemoryEngine(STORE_TREE_NAMES);

	set(path: string, expiration: number, fields: Partial<V2Request> = {}): void {
		const compares = { prevValue: new Uint8Array(0), prevIndex: 0n };
		const plain = { directory: false, recursive: false, value: new Uint8Array(0), ...compares, quiet: false, refresh: false, now: NOW };
		const body = encodeV2Request({ operation: V2_OPERATION.set, path: text.encode(path), ...plain, expiration, ...fields });
		this.engine.write((view) => executeV2(view, body, { index: 7, term: 2 }));
	}

	sync(cutoff: number): boolean {
		const answer = this.engine.write((view) => executeV2Sync(view, encodeV2Sync(cutoff)));
		assert.ok(answer);
		return isMoreOver(answer);
	}

	events(from: number): string[] {
		return this.engine.read((view) => readEvents(view, from, 2_000)).map((event) => eventJson(event, false));
	}
}

test('v2: expiry: a command ends so many nodes and says that there are more; the next ones end the rest', () => {
	const store = new Expiring();
	for (let i = 0; i <= V2_EXPIRIES_MAX; i++) {
		store.set(`/n${i}`, NOW + i);
	}
	assert.equal(store.sync(NOW + 10_000), true);
	assert.equal(store.engine.read(firstDeadline)?.at, NOW + V2_EXPIRIES_MAX, 'those that were over first have gone');
	assert.equal(store.sync(NOW + 10_000), false);
	assert.equal(store.engine.read(firstDeadline), null);
	assert.equal(store.engine.read(readV2Stats).expireCount, V2_EXPIRIES_MAX + 1);
});

test('v2: expiry: a directory goes with one event, and deadlines below it with it', () => {
	const store = new Expiring();
	store.set('/d', NOW + 1_000, { directory: true });
	store.set('/d/a', NOW + 2_000);
	store.set('/d/e/f', NOW + 500);
	store.set('/d/e/g', NOW + 9_000);
	assert.equal(store.sync(NOW + 1_500), false);
	assert.equal(store.engine.read(firstDeadline), null);
	const expiration = '"expiration":"2026-05-05T00:00:00.5Z","ttl":-1,';
	assert.deepEqual(store.events(8), [
		`{"action":"expire","node":{"key":"/d/e/f","modifiedIndex":8,"createdIndex":6},"prevNode":{"key":"/d/e/f","value":"",${expiration}"modifiedIndex":6,"createdIndex":6}}\n`,
		'{"action":"expire","node":{"key":"/d","dir":true,"modifiedIndex":9,"createdIndex":4},"prevNode":{"key":"/d","dir":true,"expiration":"2026-05-05T00:00:01Z","modifiedIndex":4,"createdIndex":4}}\n',
	]);
});

test('v2: expiry: what is not over stays, and a body of another version or length does nothing', () => {
	const store = new Expiring();
	store.set('/a', NOW);
	assert.equal(store.sync(NOW - 1), false);
	for (const body of [new Uint8Array(0), encodeV2Sync(NOW).subarray(0, 6), Uint8Array.of(2, 255, 255, 255, 255, 255, 255)]) {
		assert.equal(
			store.engine.write((view) => executeV2Sync(view, body)),
			null,
		);
	}
	assert.equal(store.engine.read(firstDeadline)?.at, NOW);
});
