/**
 * A lane's exports: has the offload pool write the file, opens it and removes its name at once, so that the disk has its space back when the last
 * byte is sent, when the client goes and when this process ends. What a kill leaves behind the store removes at the next start.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { CODES } from '../base/codes.ts';
import type { Logger } from '../ports/logger.ts';
import type { SnapshotExports, SnapshotFile } from '../ports/snapshot-exports.ts';
import type { ExportSnapshotJob, OffloadResult } from '../protocol/offload-jobs.ts';

export interface LaneSnapshotOptions {
	/** Where the store keeps its spools. */
	readonly directory: string;
	readonly lane: number;
}

export interface LaneSnapshotPorts {
	/** The store generation that the lane reads. */
	readonly storePath: () => string;
	readonly offload: (job: ExportSnapshotJob) => Promise<OffloadResult>;
	readonly logger: Logger;
}

/** Each holds a file as large as the store. */
const OPEN_MAX = 4;
const READ_BYTES = 256 * 2 ** 10;

export class LaneSnapshotExports implements SnapshotExports {
	readonly #options: LaneSnapshotOptions;
	readonly #ports: LaneSnapshotPorts;
	#made = 0;
	#open = 0;

	constructor(options: LaneSnapshotOptions, ports: LaneSnapshotPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	begin(done: (outcome: SnapshotFile | number) => void): () => void {
		if (this.#open === OPEN_MAX) {
			done(CODES.too_many_requests.code);
			return () => {};
		}
		this.#open += 1;
		const unwanted = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
		const flag = new Int32Array(unwanted);
		const isWanted = (): boolean => Atomics.load(flag, 0) === 0;
		void this.#make(unwanted, isWanted).then((handle) => {
			if (handle === null || !isWanted()) {
				void handle?.handle.close();
				this.#open -= 1;
				if (isWanted()) {
					done(CODES.snapshot_failed.code);
				}
				return;
			}
			done(new OpenSnapshot(handle.handle, handle.size, () => (this.#open -= 1)));
		});
		return () => Atomics.store(flag, 0, 1);
	}

	/** Null: it could not be written, which was logged, or nobody wants it. */
	async #make(unwanted: SharedArrayBuffer, isWanted: () => boolean): Promise<{ readonly handle: FileHandle; readonly size: number } | null> {
		const { directory, lane } = this.#options;
		const { storePath, offload, logger } = this.#ports;
		this.#made += 1;
		const file = path.join(directory, `export-${lane}-${this.#made}.spool`);
		try {
			const result = await offload({ kind: 'export_snapshot', store: storePath(), file, unwanted });
			if (!result.ok) {
				throw new Error(result.why);
			}
			const handle = await open(file, 'r');
			await rm(file);
			return { handle, size: (await handle.stat()).size };
		} catch (error) {
			if (isWanted()) {
				logger.log('error', 'a snapshot for a client could not be written', {
					path: file,
					reason: error instanceof Error ? error.message : String(error),
				});
			}
			return null;
		}
	}
}

class OpenSnapshot implements SnapshotFile {
	readonly size: number;
	readonly #handle: FileHandle;
	readonly #closed: () => void;
	readonly #hash = createHash('sha256');
	#isClosed = false;

	constructor(handle: FileHandle, size: number, closed: () => void) {
		this.#handle = handle;
		this.size = size;
		this.#closed = closed;
	}

	read(done: (bytes: Uint8Array | null) => void): void {
		this.#handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null).then(
			({ buffer, bytesRead }) => {
				const bytes = buffer.subarray(0, bytesRead);
				this.#hash.update(bytes);
				done(bytes);
			},
			() => done(null),
		);
	}

	digest(): Uint8Array {
		return this.#hash.digest();
	}

	close(): void {
		if (!this.#isClosed) {
			this.#isClosed = true;
			this.#closed();
			void this.#handle.close();
		}
	}
}
