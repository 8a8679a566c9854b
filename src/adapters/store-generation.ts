/**
 * One generation of the store on disk: a directory with LMDB's data file, whose commits are not flushed, and the side file of its last
 * checkpoint (design section 5). Opening always starts from that checkpoint, after a kill as after a power cut.
 *
 * Why it holds: LMDB copies on write and reuses no page that a read transaction can see. The page tree of the last durable checkpoint is
 * always held by such a transaction, so whatever a crash leaves of the pages written since, that tree is untouched, and its meta page is
 * in the side file. Hence the order: hold the new commit, flush the data file, replace the side file, and only then let the former go.
 *
 * Used by store-directory.ts, which knows which generation is current, and by snapshot-install.ts, which builds the next one.
 */
import fs from 'node:fs';
import path from 'node:path';
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import { STORE_WHOLE_CHECK_BYTES_MAX } from '../base/limits.ts';
import { REBUILD } from '../base/rebuild.ts';
import type { AppliedPoint } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import { type Checkpoint, encodeCheckpoint, readCheckpoint } from './checkpoint-file.ts';
import { fdatasyncNow } from './flushes.ts';
import { type LmdbEngine, openLmdbEngine } from './lmdb-engine.ts';
import { readNewerMetaPage, writeBothMetaPages } from './lmdb-meta-page.ts';
import { listTrees, type VisitRecord } from './lmdb-walk.ts';
import { checkStore } from './store-check.ts';
import {
	asDiskFault,
	flushDescriptorOff,
	flushDirectory,
	flushDirectoryOff,
	flushFile,
	isTemporary,
	replaceFile,
	writeTemporaryOff,
} from './store-files.ts';

/** Which of the checkpoint's rules are kept. Only the controls of test/crash break one, to show that the test would see it. */
export interface CheckpointRules {
	readonly holdCheckpoint: boolean;
	readonly holdOpening: boolean;
	readonly restoreMetaPage: boolean;
}

export const ALL_RULES: CheckpointRules = { holdCheckpoint: true, holdOpening: true, restoreMetaPage: true };

export interface GenerationOptions {
	readonly directory: string;
	readonly trees: readonly string[];
	readonly mapBytes: number;
	readonly rules: CheckpointRules;
	readonly turn: Turn;
	/** Monotonic milliseconds. */
	readonly now: () => number;
	/** Verifies a record that is read at opening; default: none is. */
	readonly checkRecord?: VisitRecord;
}

/**
 * A checkpoint is due after this long, or this many bytes of written pages, though not sooner than the shortest time after the last; past the last bound,
 * execution waits for the one that runs. The bytes are few because the journal's flushes stand behind a checkpoint's on the same disk: what it has to
 * write at once is what a client waits for.
 */
const CHECKPOINT_MILLISECONDS = 1_000;
const CHECKPOINT_BYTES = 4 * 2 ** 20;
const CHECKPOINT_MILLISECONDS_MIN = 40;
const BEYOND_CHECKPOINT_BYTES_MAX = 256 * 2 ** 20;

const EMPTY: AppliedPoint = { index: 0 as Index, term: 0 as Term };
const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
const SIDE_FILE = 'checkpoint';

/** A commit that is held, with its meta page: a checkpoint that is not durable yet, or the last one that is. */
interface Held {
	readonly checkpoint: Checkpoint;
	readonly release: () => void;
}

/** A checkpoint that is being flushed off the thread; superseded once a later one, made on the thread, is durable. */
interface Flush {
	readonly held: Held;
	superseded: boolean;
}

export class StoreGeneration {
	readonly engine: LmdbEngine;
	readonly #options: GenerationOptions;
	/** Opened before the first write and kept: a write-back error is reported once to each descriptor that was open when it happened. */
	readonly #descriptor: number;
	/** The last durable checkpoint; null only while a new generation is being made. */
	#durable: Held | null;
	#running: Flush | null = null;
	/** Written since the last checkpoint began. */
	#dirtied = 0;
	#begunAt: number;
	#closed = false;

	private constructor(options: GenerationOptions, descriptor: number, engine: LmdbEngine, durable: Held | null) {
		this.#options = options;
		this.#descriptor = descriptor;
		this.engine = engine;
		this.#durable = durable;
		this.#begunAt = options.now();
	}

	/** A new, empty generation. It counts as one only when its first checkpoint is durable. */
	static create(options: GenerationOptions): StoreGeneration {
		const { directory } = options;
		fs.mkdirSync(directory, { mode: 0o700 });
		const engine = openLmdbEngine({ ...options, path: directory, mode: 'checkpointed' });
		return new StoreGeneration(options, fs.openSync(path.join(directory, DATA_FILE), 'r+'), engine, null);
	}

	/** The generation as its last checkpoint left it, or null if it never had one. */
	static recover(options: GenerationOptions): StoreGeneration | null {
		const { directory, rules } = options;
		const sideFile = path.join(directory, SIDE_FILE);
		const checkpoint = readCheckpoint(sideFile);
		if (checkpoint === null) {
			return null;
		}
		// A rename that only a kill left behind may still vanish in a power cut, and the state before it is no longer held.
		flushFile(sideFile);
		flushDirectory(directory);
		for (const name of fs.readdirSync(directory)) {
			if (isTemporary(name) || name === LOCK_FILE) {
				fs.rmSync(path.join(directory, name));
			}
		}
		const dataFile = path.join(directory, DATA_FILE);
		if (!fs.existsSync(dataFile)) {
			throw new FatalError('store_damaged', `store: ${directory} has a checkpoint but no ${DATA_FILE}; ${REBUILD}`);
		}
		const descriptor = fs.openSync(dataFile, 'r+');
		if (rules.restoreMetaPage) {
			const visit = options.checkRecord ?? (() => {});
			checkStore({ descriptor, path: dataFile, checkpoint, wholeBytesMax: STORE_WHOLE_CHECK_BYTES_MAX, visit });
			writeBothMetaPages(descriptor, checkpoint.meta);
		}
		const engine = openLmdbEngine({ ...options, path: directory, mode: 'checkpointed', pinAtOpening: rules.holdOpening });
		if (rules.holdOpening && rules.restoreMetaPage) {
			const { transactionId } = checkpoint.meta;
			assert(
				engine.hasReaderAt(transactionId),
				() => `${directory} did not open at its checkpoint ${transactionId}: is it open elsewhere in this process?`,
			);
		}
		return new StoreGeneration(options, descriptor, engine, { checkpoint, release: () => engine.releaseOpeningPin() });
	}

	get checkpointed(): AppliedPoint {
		return this.#durable?.checkpoint.point ?? EMPTY;
	}

	get mustWait(): boolean {
		return this.#running !== null && this.#dirtiedSince() > BEYOND_CHECKPOINT_BYTES_MAX;
	}

	get sweepMustWait(): boolean {
		return this.#running !== null && this.#dirtiedSince() > BEYOND_CHECKPOINT_BYTES_MAX / 4;
	}

	isCheckpointDue(): boolean {
		if (this.#running !== null) {
			return false;
		}
		const dirtied = this.#dirtiedSince();
		const patience = dirtied >= CHECKPOINT_BYTES ? CHECKPOINT_MILLISECONDS_MIN : CHECKPOINT_MILLISECONDS;
		return dirtied > 0 && this.#options.now() - this.#begunAt >= patience;
	}

	startCheckpoint(point: AppliedPoint, done: (point: AppliedPoint) => void): boolean {
		assert(!this.#closed, 'a checkpoint of a closed generation');
		const held = this.#running === null ? this.#hold(point) : null;
		if (held === null) {
			return false;
		}
		this.#running = { held, superseded: false };
		void this.#flushOff(this.#running, done);
		return true;
	}

	/** Takes the place of one that is running, whose side file is then thrown away. */
	checkpointNow(point: AppliedPoint): void {
		assert(!this.#closed, 'a checkpoint of a closed generation');
		const held = this.#hold(point);
		if (held === null) {
			return;
		}
		try {
			fdatasyncNow(this.#descriptor);
			replaceFile(this.#sideFile, encodeCheckpoint(held.checkpoint));
		} catch (error) {
			throw asDiskFault(error, `a checkpoint of ${this.#options.directory}`);
		}
		this.#becomeDurable(held);
		if (this.#running !== null && !this.#running.superseded) {
			this.#running.superseded = true;
			this.#running.held.release();
		}
	}

	close(): void {
		assert(!this.#closed, 'a generation is closed twice');
		this.#closed = true;
		this.engine.close();
		// A flush that is under way off the thread still uses the descriptor, and closes it when it ends.
		if (this.#running === null) {
			fs.closeSync(this.#descriptor);
		}
	}

	get #sideFile(): string {
		return path.join(this.#options.directory, SIDE_FILE);
	}

	#dirtiedSince(): number {
		this.#dirtied += this.engine.takeDirtied();
		return this.#dirtied;
	}

	/** Begins to hold the newest commit and reads its meta page, in one synchronous turn; null if it is the durable one. */
	#hold(point: AppliedPoint): Held | null {
		const { directory, rules } = this.#options;
		const pin = this.engine.pin();
		const meta = readNewerMetaPage(this.#descriptor, directory);
		assert(this.engine.hasReaderAt(meta.transactionId), () => `${directory}: nothing holds the meta page's transaction ${meta.transactionId}`);
		this.#dirtiedSince();
		this.#dirtied = 0;
		this.#begunAt = this.#options.now();
		const durable = this.#durable?.checkpoint ?? null;
		if (durable !== null && durable.meta.transactionId === meta.transactionId) {
			pin.release();
			return null;
		}
		assert(point.index >= this.checkpointed.index, () => `a checkpoint at ${point.index} after one at ${this.checkpointed.index}`);
		const checkpoint = { point, meta, trees: listTrees(this.#descriptor, meta) };
		if (!rules.holdCheckpoint) {
			pin.release();
			return { checkpoint, release: () => {} };
		}
		return { checkpoint, release: () => pin.release() };
	}

	async #flushOff(flush: Flush, done: (point: AppliedPoint) => void): Promise<void> {
		const { directory, turn } = this.#options;
		try {
			await flushDescriptorOff(this.#descriptor);
			const temporary = await writeTemporaryOff(this.#sideFile, encodeCheckpoint(flush.held.checkpoint));
			// The rename is on this thread, so that it cannot happen after a later checkpoint's, or after close.
			if (flush.superseded || this.#closed) {
				fs.rmSync(temporary, { force: true });
			} else {
				fs.renameSync(temporary, this.#sideFile);
				await flushDirectoryOff(directory);
			}
			turn.run(() => this.#finish(flush, done));
		} catch (error) {
			turn.run(() => {
				// A generation that was closed promises nothing more, and its directory may be gone.
				if (!this.#closed) {
					throw asDiskFault(error, `a checkpoint of ${directory}`);
				}
				this.#finish(flush, done);
			});
		}
	}

	#finish(flush: Flush, done: (point: AppliedPoint) => void): void {
		assert(this.#running === flush, 'one checkpoint runs at a time');
		this.#running = null;
		if (this.#closed) {
			fs.closeSync(this.#descriptor);
		} else if (!flush.superseded) {
			this.#becomeDurable(flush.held);
		}
		done(this.checkpointed);
	}

	#becomeDurable(held: Held): void {
		this.#durable?.release();
		this.#durable = held;
	}
}
