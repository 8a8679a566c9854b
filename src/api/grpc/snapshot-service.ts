/**
 * Maintenance.Snapshot: a database of etcd's in pieces, then the SHA-256 of them all (reference/etcd-surface.md 2.9). The member goes on meanwhile;
 * what is sent is the state of one commit, made when the call came or, while another one is made, soon after.
 */
import { CODES, GRPC } from '../../base/codes.ts';
import { ETCD_SCHEMA_VERSION } from '../../bbolt/etcd-schema.ts';
import type { RpcMethod, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import type { SnapshotExports, SnapshotFile } from '../../ports/snapshot-exports.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { longFromNumber } from '../../rpc/long-id.ts';
import { endWithCode } from './service-context.ts';

/** As etcd cuts it. */
const BLOB_BYTES = 32 * 2 ** 10;

export function snapshotMethods(exports: SnapshotExports | null): ReadonlyMap<string, RpcMethod> {
	return new Map(exports === null ? [] : [['Snapshot', { shape: 'stream', open: (stream) => new SnapshotCall(exports, stream) }]]);
}

class SnapshotCall implements RpcStreamEvents {
	readonly #exports: SnapshotExports;
	readonly #stream: RpcStream;
	#giveUp: (() => void) | null = null;
	#file: SnapshotFile | null = null;
	/** Read and not sent. */
	#bytes: Uint8Array = new Uint8Array(0);
	#sent = 0;
	#isReading = false;
	#isOver = false;

	constructor(exports: SnapshotExports, stream: RpcStream) {
		this.#exports = exports;
		this.#stream = stream;
	}

	/** The request has no fields. */
	message(): void {
		if (this.#giveUp !== null || this.#isOver) {
			return;
		}
		this.#giveUp = this.#exports.begin((outcome) => {
			if (typeof outcome === 'number') {
				this.#fail(outcome);
			} else if (this.#isOver) {
				outcome.close();
			} else {
				this.#file = outcome;
				this.#pump(outcome);
			}
		});
	}

	halfClosed(): void {
		if (this.#giveUp === null && !this.#isOver) {
			this.#isOver = true;
			this.#stream.end(GRPC.internal, 'grpc: a snapshot needs a request, and none was sent');
		}
	}

	drained(): void {
		if (this.#file !== null && !this.#isReading) {
			this.#pump(this.#file);
		}
	}

	canceled(): void {
		this.#isOver = true;
		this.#giveUp?.();
		this.#close();
	}

	/** Sends what was read for as long as the caller takes it, and reads on when it has. */
	#pump(file: SnapshotFile): void {
		while (this.#bytes.length > 0) {
			const blob = this.#bytes.subarray(0, BLOB_BYTES);
			this.#bytes = this.#bytes.subarray(blob.length);
			this.#sent += blob.length;
			if (!this.#send(blob, file.size - this.#sent)) {
				return;
			}
		}
		this.#isReading = true;
		file.read((bytes) => {
			this.#isReading = false;
			if (this.#isOver) {
				return;
			}
			if (bytes === null || this.#sent + bytes.length > file.size) {
				this.#fail(CODES.snapshot_failed.code);
			} else if (bytes.length > 0) {
				this.#bytes = bytes;
				this.#pump(file);
			} else {
				this.#finish(file);
			}
		});
	}

	#finish(file: SnapshotFile): void {
		if (this.#sent !== file.size) {
			this.#fail(CODES.snapshot_failed.code);
			return;
		}
		this.#isOver = true;
		this.#send(file.digest(), 0);
		this.#stream.end(CODES.ok.grpc, '');
		this.#close();
	}

	#send(blob: Uint8Array, remaining: number): boolean {
		const message = etcdserverpb.SnapshotResponse.encode({ remaining_bytes: longFromNumber(remaining), blob, version: ETCD_SCHEMA_VERSION });
		return this.#stream.send(message.finish());
	}

	#fail(code: number): void {
		this.#isOver = true;
		endWithCode(this.#stream, code);
		this.#close();
	}

	#close(): void {
		this.#file?.close();
		this.#file = null;
	}
}
