/**
 * Writes one snapshot: all records that one pinned view sees, to one file, a slice of about 1 MiB at a time. Reading is a step of a turn,
 * writing is off the thread, and at most one slice is in memory. Used by store-directory.ts, one at a time.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import type { PinnedView, Tree } from '../base/engine.ts';
import type { Turn } from '../ports/turn.ts';
import {
	CHUNK_BYTES,
	CHUNK_BYTES_MAX,
	encodeChunkHead,
	encodeHeader,
	encodeTrailer,
	recordBytes,
	type SnapshotHeader,
	writeRecord,
} from './snapshot-format.ts';
import { isSystemError } from './store-files.ts';
import { inTurn } from './store-turns.ts';

export class SnapshotSpool {
	readonly path: string;
	readonly #view: PinnedView;
	readonly #header: SnapshotHeader;
	readonly #turn: Turn;
	/** Where the next slice goes on: the tree, and the least key that was not written yet. */
	#tree: Tree = 0;
	#from: Uint8Array = new Uint8Array(0);
	#records = 0;
	#payloadsCrc = 0;
	#cancelled = false;
	#isReleased = false;

	/** Takes over the view: it is released when run ends. */
	constructor(path: string, view: PinnedView, header: SnapshotHeader, turn: Turn) {
		this.path = path;
		this.#view = view;
		this.#header = header;
		this.#turn = turn;
	}

	/** Whether the whole file is written. False if it was cancelled or the disk refused; the file is gone then. */
	async run(): Promise<boolean> {
		let file: FileHandle | null = null;
		try {
			file = await open(this.path, 'wx', 0o600);
			await file.writeFile(encodeHeader(this.#header));
			for (;;) {
				const payload = await inTurn(this.#turn, () => this.#nextSlice());
				if (payload === null || this.#cancelled) {
					break;
				}
				await file.writeFile(encodeChunkHead(payload));
				await file.writeFile(payload);
			}
			await file.writeFile(encodeTrailer({ records: this.#records, payloadsCrc: this.#payloadsCrc }));
			await file.close();
			file = null;
		} catch (error) {
			// A full disk costs the snapshot and not the member: the store itself has written nothing.
			if (!isSystemError(error)) {
				throw error;
			}
			this.#cancelled = true;
		} finally {
			await file?.close();
			await inTurn(this.#turn, () => this.#release());
		}
		if (this.#cancelled) {
			await rm(this.path, { force: true });
		}
		return !this.#cancelled;
	}

	/** The view is released now, and run ends soon with false. */
	cancel(): void {
		this.#release();
		this.#cancelled = true;
	}

	#release(): void {
		if (!this.#isReleased) {
			this.#isReleased = true;
			this.#view.release();
		}
	}

	/** The payload of the next chunk, or null at the end. */
	#nextSlice(): Buffer | null {
		if (this.#cancelled) {
			return null;
		}
		let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
		let filled = 0;
		while (this.#tree < this.#header.trees.length && filled < CHUNK_BYTES) {
			const tree = this.#tree;
			let more = false;
			this.#view.scan(tree, this.#from, null, (key, value) => {
				const size = recordBytes(key, value);
				if (filled > 0 && filled + size > CHUNK_BYTES) {
					this.#from = key.slice();
					more = true;
					return false;
				}
				if (size > chunk.length) {
					assert(size <= CHUNK_BYTES_MAX, () => `a record of ${size} bytes does not fit a snapshot`);
					chunk = Buffer.allocUnsafe(size);
				}
				filled = writeRecord(chunk, filled, tree, key, value);
				this.#records++;
				return true;
			});
			if (more) {
				break;
			}
			this.#tree++;
			this.#from = new Uint8Array(0);
		}
		const payload = chunk.subarray(0, filled);
		this.#payloadsCrc = crc32(payload, this.#payloadsCrc);
		return filled === 0 ? null : payload;
	}
}
