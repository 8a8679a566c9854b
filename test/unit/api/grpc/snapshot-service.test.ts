/** Maintenance.Snapshot over a file that a test holds: the pieces, the digest, a slow caller, one that goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotMethods } from '../../../../src/api/grpc/snapshot-service.ts';
import { CODES } from '../../../../src/base/codes.ts';
import type { RpcStreamEvents } from '../../../../src/ports/rpc-engine.ts';
import type { SnapshotExports, SnapshotFile } from '../../../../src/ports/snapshot-exports.ts';
import { etcdserverpb } from '../../../../src/rpc/generated/messages.js';

const DIGEST = new Uint8Array(32).fill(9);
const REQUEST = new Uint8Array(0);
const BLOB_BYTES = 32 * 1_024;

/** Gives its bytes in portions, each when the test says so. */
class HeldFile implements SnapshotFile {
	readonly size: number;
	closed = 0;
	#at = 0;
	#reading: ((bytes: Uint8Array | null) => void) | null = null;

	constructor(size: number) {
		this.size = size;
	}

	get isRead(): boolean {
		return this.#reading !== null;
	}

	read(done: (bytes: Uint8Array | null) => void): void {
		this.#reading = done;
	}

	give(count: number): void {
		const done = this.#reading;
		this.#reading = null;
		const bytes = new Uint8Array(Math.min(count, this.size - this.#at)).fill(this.#at % 251);
		this.#at += bytes.length;
		done?.(bytes);
	}

	fail(): void {
		this.#reading?.(null);
	}

	digest(): Uint8Array {
		return DIGEST;
	}

	close(): void {
		this.closed += 1;
	}
}

class Call {
	readonly file: HeldFile;
	readonly events: RpcStreamEvents;
	readonly sent: { readonly remaining: number; readonly bytes: number; readonly version: string }[] = [];
	ended: string | null = null;
	isSlow = false;
	givenUp = 0;
	begin: (outcome: SnapshotFile | number) => void = () => {};

	constructor(size: number) {
		this.file = new HeldFile(size);
		const exports: SnapshotExports = {
			begin: (done) => {
				this.begin = done;
				return () => {
					this.givenUp += 1;
				};
			},
		};
		const method = snapshotMethods(exports).get('Snapshot');
		assert.ok(method?.shape === 'stream');
		this.events = method.open({
			metadata: () => null,
			connection: {},
			remoteAddress: '',
			certificateName: null,
			send: (message) => {
				const { remaining_bytes: remaining, blob, version } = etcdserverpb.SnapshotResponse.decode(message);
				this.sent.push({ remaining: remaining.toNumber(), bytes: blob.length, version });
				return !this.isSlow;
			},
			end: (status, words) => {
				this.ended = `${status} ${words}`;
			},
		});
		this.events.message(REQUEST);
	}
}

test('grpc: snapshot: pieces of 32 KiB with what remains, then the digest, then the end', () => {
	const call = new Call(80 * 1_024);
	call.begin(call.file);
	call.file.give(256 * 1_024);
	call.file.give(256 * 1_024);
	assert.deepEqual(
		call.sent.map(({ bytes, remaining }) => [bytes, remaining]),
		[
			[BLOB_BYTES, 48 * 1_024],
			[BLOB_BYTES, 16 * 1_024],
			[16 * 1_024, 0],
			[32, 0],
		],
	);
	assert.deepEqual([call.ended, call.file.closed, call.sent[0]?.version], ['0 ', 1, '3.5.0']);
});

test('grpc: snapshot: a caller that takes nothing gets nothing more, and nothing more is read for it', () => {
	const call = new Call(80 * 1_024);
	call.begin(call.file);
	call.isSlow = true;
	call.file.give(80 * 1_024);
	assert.deepEqual([call.sent.length, call.file.isRead], [1, false]);
	call.events.drained();
	call.events.drained();
	assert.deepEqual([call.sent.length, call.file.isRead], [3, false]);
	call.isSlow = false;
	call.events.drained();
	assert.equal(call.file.isRead, true);
});

test('grpc: snapshot: when the caller goes, the file goes, and one that is being made is no longer wanted', () => {
	const waiting = new Call(10);
	waiting.events.canceled();
	assert.equal(waiting.givenUp, 1);
	const reading = new Call(10);
	reading.begin(reading.file);
	reading.events.canceled();
	reading.file.give(10);
	assert.deepEqual([reading.file.closed, reading.sent.length, reading.ended], [1, 0, null]);
});

test('grpc: snapshot: a file that cannot be made, read or is too short is an error, never a short snapshot', () => {
	const failed = `${CODES.snapshot_failed.grpc} ${CODES.snapshot_failed.text}`;
	const unmade = new Call(10);
	unmade.begin(CODES.snapshot_failed.code);
	const unread = new Call(10);
	unread.begin(unread.file);
	unread.file.fail();
	const short = new Call(10);
	short.begin(short.file);
	short.file.give(5);
	short.file.give(0);
	assert.deepEqual([unmade.ended, unread.ended, short.ended], [failed, failed, failed]);
	assert.deepEqual([unread.file.closed, short.file.closed], [1, 1]);
});
