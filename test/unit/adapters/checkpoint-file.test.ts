import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { readCheckpoint } from '../../../src/adapters/checkpoint-file.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';
import { digest, key, LATEST, number64, openStore, pointAt } from '../../support/store-fixture.ts';

const COPY_BYTES = 8_192;
let directory = '';
const generation = (): string => path.join(directory, 'store', '1');
const sideFile = (): string => path.join(generation(), 'checkpoint');

/** A store of 200 records in one tree. */
beforeEach(() => {
	directory = makeTempDirectory('checkpoint-file');
	const store = openStore(directory);
	store.engine.write((view) => {
		for (let i = 0; i < 200; i++) {
			view.put(LATEST, key(`key ${i}`), number64(i));
		}
	});
	store.checkpointNow(pointAt(7));
	store.close();
});
afterEach(() => removeTempDirectory(directory));

/** Both copies changed alike, their sums right. */
function rewrite(change: (copy: Buffer) => void): void {
	const bytes = fs.readFileSync(sideFile());
	for (const at of [0, COPY_BYTES]) {
		const copy = bytes.subarray(at, at + COPY_BYTES);
		change(copy);
		copy.writeUInt32LE(crc32(copy.subarray(0, COPY_BYTES - 4)), COPY_BYTES - 4);
	}
	fs.writeFileSync(sideFile(), bytes);
}

const reopen = () => openStore(directory, { isLogEmpty: false });
const isDamage = (error: unknown): boolean => error instanceof FatalError && error.reason === 'store_damaged';

it('store: checkpoint file: it counts the records of each tree', () => {
	assert.deepEqual(readCheckpoint(sideFile())?.trees, [
		{ name: 'history', entries: 0 },
		{ name: 'latest', entries: 200 },
		{ name: 'meta', entries: 0 },
	]);
});

it('store: checkpoint file: a tree with another number of records is damage', () => {
	// The first count is that of history.
	rewrite((copy) => copy.writeBigUInt64LE(1n, 64 + 4_096 + 4));
	assert.throws(reopen, isDamage);
});

it('store: checkpoint file: a tree that is gone is damage', () => {
	const data = path.join(generation(), 'data.mdb');
	const bytes = fs.readFileSync(data);
	for (let at = bytes.indexOf('latest\0'); at >= 0; at = bytes.indexOf('latest\0', at + 1)) {
		bytes.write('latesu', at);
	}
	fs.writeFileSync(data, bytes);
	assert.throws(reopen, isDamage);
});

it('store: checkpoint file: one of format 1, which counts nothing, is read', () => {
	rewrite((copy) => {
		copy.writeUInt32LE(1, 4);
		copy.fill(0, 64 + 4_096, COPY_BYTES - 4);
	});
	const store = reopen();
	assert.ok(store.engine.read((view) => view.get(LATEST, key('key 5'))) !== null, digest(store.engine));
	store.close();
});
