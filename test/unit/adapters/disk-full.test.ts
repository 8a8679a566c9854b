import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeBytesAt, roomBytesAt, saysDiskFull } from '../../../src/adapters/disk-full.ts';

const EIO = 5;
const ENOSPC = 28;
const MDB_MAP_FULL = -30792;

test('adapters: disk full: no space and a full map say so themselves', () => {
	assert.deepEqual(
		[ENOSPC, MDB_MAP_FULL].map((code) => saysDiskFull(code, () => assert.fail('not to be asked'))),
		[true, true],
	);
});

test('adapters: disk full: an input/output error is one where the file system has no room', () => {
	assert.equal(
		saysDiskFull(EIO, () => 8 * 4096),
		true,
	);
});

test('adapters: disk full: an input/output error is none where there is room, or nobody knows', () => {
	assert.deepEqual(
		[2 ** 30, null].map((bytes) => saysDiskFull(EIO, () => bytes)),
		[false, false],
	);
});

test('adapters: disk full: the room of a directory is found, and that of none is unknown', () => {
	assert.ok((freeBytesAt('.') ?? 0) > 0);
	assert.equal(freeBytesAt('./none/at/all'), null);
});

test('adapters: disk full: the room for requests is less than what is free', () => {
	const [room, free] = [roomBytesAt('/'), freeBytesAt('/')];
	assert.ok(room !== null && free !== null && room < free, `${room} of ${free}`);
});
