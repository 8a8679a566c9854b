/**
 * The store's directories: which generation is current, snapshots out of it and into a new one.
 *
 *   <data-dir>/store/CURRENT            the number of the current generation, replaced as a whole
 *   <data-dir>/store/<generation>/      data.mdb (commits not flushed) and checkpoint (store-generation.ts)
 *   <data-dir>/spool/*.spool            snapshots for other members, of no use to a later process
 *
 * Implements the port that the store actor runs on. Lanes read the same environment by their own handles (openLmdbReader on `path`), which
 * they open after this one and move when the generation changes. Not here: who may open the data directory (the socket lock).
 */
import fs from 'node:fs';
import path from 'node:path';
import { assert } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { Engine } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import type { Metric } from '../base/metric.ts';
import { REBUILD } from '../base/rebuild.ts';
import type { Logger } from '../ports/logger.ts';
import type { AppliedPoint, StoreEnvironment } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import { roomBytesAt } from './disk-full.ts';
import type { VisitRecord } from './lmdb-walk.ts';
import { loadSnapshot } from './snapshot-install.ts';
import { SnapshotSpool } from './snapshot-spool.ts';
import { StoreCurrent } from './store-current.ts';
import { engineMetrics } from './store-engine-metrics.ts';
import { asDiskFault, flushDirectory, isMissing, isSystemError, removeOff } from './store-files.ts';
import { ALL_RULES, type CheckpointRules, type GenerationOptions, StoreGeneration } from './store-generation.ts';
import { inTurn, runJob } from './store-turns.ts';

export interface StoreDirectoryOptions {
	readonly dataDirectory: string;
	readonly trees: readonly string[];
	readonly mapBytes: number;
	/** Whether the log holds nothing either: only then may a store be made where none is whole. */
	readonly isLogEmpty: boolean;
	/** Verifies a record that is read at opening; default: none is. */
	readonly checkRecord?: VisitRecord;
	/** Broken only by the controls of test/crash. */
	readonly rules?: CheckpointRules;
}

export interface StoreDirectoryPorts {
	readonly turn: Turn;
	/** Monotonic milliseconds. */
	readonly now: () => number;
	readonly logger: Logger;
}

const NOTHING_APPLIED: AppliedPoint = { index: 0 as Index, term: 0 as Term };
const SPOOL_SUFFIX = '.spool';

export class StoreDirectory implements StoreEnvironment {
	readonly #options: StoreDirectoryOptions;
	readonly #ports: StoreDirectoryPorts;
	readonly #currentFile: StoreCurrent;
	readonly #spoolPath: string;
	#generation: number;
	#current: StoreGeneration;
	#spooling: {
		readonly spool: SnapshotSpool;
		readonly point: AppliedPoint;
		readonly waiting: ((path: string | null, point: AppliedPoint) => void)[];
	} | null = null;
	/** How often each spooled file was handed out and not discarded yet. */
	readonly #handedOut = new Map<string, number>();
	#spooled = 0;
	#isInstalling = false;
	#isClosed = false;

	/** Opens the store at its last checkpoint, or makes an empty one. */
	static open(options: StoreDirectoryOptions, ports: StoreDirectoryPorts): StoreDirectory {
		try {
			return new StoreDirectory(options, ports);
		} catch (error) {
			if (isSystemError(error)) {
				throw new FatalError('data_dir_unusable', `store: cannot open ${options.dataDirectory}: ${String(error)}`, { cause: error });
			}
			throw error;
		}
	}

	private constructor(options: StoreDirectoryOptions, ports: StoreDirectoryPorts) {
		this.#options = options;
		this.#ports = ports;
		this.#currentFile = new StoreCurrent(path.join(options.dataDirectory, 'store'));
		this.#spoolPath = path.join(options.dataDirectory, 'spool');
		fs.mkdirSync(this.#currentFile.directory, { recursive: true, mode: 0o700 });
		fs.mkdirSync(this.#spoolPath, { recursive: true, mode: 0o700 });
		flushDirectory(options.dataDirectory);
		const named = this.#currentFile.read();
		const recovered = named === null ? null : StoreGeneration.recover(this.#generationOptions(named));
		if (named === null || recovered === null) {
			this.#generation = 1;
			this.#current = this.#create();
		} else {
			this.#generation = named;
			this.#current = recovered;
		}
		this.#removeStaleFiles();
	}

	get generation(): number {
		return this.#generation;
	}

	/** The environment's directory, for the readers of other threads. */
	get path(): string {
		return this.#currentFile.pathOf(this.#generation);
	}

	get engine(): Engine {
		return this.#current.engine;
	}

	get checkpointed(): AppliedPoint {
		return this.#current.checkpointed;
	}

	get mustWait(): boolean {
		return this.#current.mustWait;
	}

	get sweepMustWait(): boolean {
		return this.#current.sweepMustWait;
	}

	usedBytes(): number {
		return this.#current.engine.sizes().usedBytes;
	}

	/** What the disk still has for it, a margin kept, its own free pages included; null: the disk does not say. */
	roomBytes(): number | null {
		const room = roomBytesAt(this.path);
		const { fileBytes, usedBytes } = this.#current.engine.sizes();
		return room === null ? null : room + fileBytes - usedBytes;
	}

	/** Sizes and commits of the current generation, under etcd's names (reference/etcd-surface.md 6.3). */
	metrics(): readonly Metric[] {
		return engineMetrics(this.#current.engine);
	}

	isCheckpointDue(): boolean {
		return this.#current.isCheckpointDue();
	}

	startCheckpoint(point: AppliedPoint, done: (point: AppliedPoint) => void): boolean {
		// An install may have taken this generation's place meanwhile; then the new one's checkpoint is what is durable.
		return this.#current.startCheckpoint(point, () => {
			if (!this.#isClosed) {
				done(this.checkpointed);
			}
		});
	}

	checkpointNow(point: AppliedPoint): void {
		this.#current.checkpointNow(point);
	}

	spool(point: AppliedPoint, done: (path: string | null, point: AppliedPoint) => void): void {
		assert(!this.#isClosed, 'a spool of a closed store');
		if (this.#spooling !== null) {
			this.#spooling.waiting.push(done);
			return;
		}
		this.#spooled++;
		const file = path.join(this.#spoolPath, `${point.index}-${point.term}-${this.#spooled}${SPOOL_SUFFIX}`);
		const header = { point, trees: this.#options.trees };
		const spool = new SnapshotSpool(file, this.#current.engine.pin(), header, this.#ports.turn);
		const spooling = { spool, point, waiting: [done] };
		this.#spooling = spooling;
		runJob(this.#ports.turn, async () => {
			const isWhole = await spool.run();
			await inTurn(this.#ports.turn, () => {
				this.#spooling = null;
				if (this.#isClosed) {
					return;
				}
				if (isWhole) {
					this.#handedOut.set(file, spooling.waiting.length);
				} else {
					this.#ports.logger.log('error', 'a snapshot could not be written', { path: file, index: point.index });
				}
				for (const each of spooling.waiting) {
					each(isWhole ? file : null, point);
				}
			});
		});
	}

	install(file: string, expected: AppliedPoint, done: (ok: boolean) => void): void {
		assert(!this.#isInstalling && !this.#isClosed, 'one snapshot is installed at a time, into an open store');
		this.#isInstalling = true;
		const { turn } = this.#ports;
		const number = this.#generation + 1;
		runJob(turn, async () => {
			const next = await inTurn(turn, () => {
				this.#currentFile.remove(number);
				return StoreGeneration.create(this.#generationOptions(number));
			});
			const point = await this.#load(file, expected, next);
			if (point !== null) {
				await this.#checkpoint(next, point);
			}
			await inTurn(turn, () => {
				this.#isInstalling = false;
				this.#finishInstall(number, next, point !== null);
				// A member that is stopping does not wait for an install: nobody may touch the closed store on its account.
				if (!this.#isClosed) {
					done(point !== null);
				}
			});
		});
	}

	dropOlderGenerations(): void {
		for (const generation of this.#currentFile.list().filter((each) => each < this.#generation)) {
			removeOff(this.#currentFile.pathOf(generation), this.#ports.logger);
		}
	}

	discardFile(file: string): void {
		const left = (this.#handedOut.get(file) ?? 1) - 1;
		if (left > 0) {
			this.#handedOut.set(file, left);
			return;
		}
		this.#handedOut.delete(file);
		removeOff(file, this.#ports.logger);
	}

	/** Without a checkpoint: what the log holds beyond the last one is replayed at the next opening. */
	close(): void {
		assert(!this.#isClosed, 'the store is closed twice');
		this.#isClosed = true;
		this.#spooling?.spool.cancel();
		this.#current.close();
	}

	/** An empty store, where there is none; one that has lost its checkpoint is not replaced while the log still holds what it had. */
	#create(): StoreGeneration {
		if (!this.#options.isLogEmpty) {
			const { file, directory } = this.#currentFile;
			throw new FatalError(
				'store_damaged',
				`store: no ${file}, or no checkpoint in what it names, in ${directory}, but the log is not empty; ${REBUILD}`,
			);
		}
		// Left by a creation that was cut short: CURRENT is written last.
		for (const generation of this.#currentFile.list()) {
			this.#currentFile.remove(generation);
		}
		const created = StoreGeneration.create(this.#generationOptions(this.#generation));
		created.checkpointNow(NOTHING_APPLIED);
		this.#currentFile.write(this.#generation);
		return created;
	}

	#generationOptions(generation: number): GenerationOptions {
		const { trees, mapBytes, rules, checkRecord } = this.#options;
		return {
			directory: this.#currentFile.pathOf(generation),
			trees,
			mapBytes,
			rules: rules ?? ALL_RULES,
			turn: this.#ports.turn,
			now: this.#ports.now,
			...(checkRecord === undefined ? {} : { checkRecord }),
		};
	}

	/** Null: the file is unusable, or not what was announced. */
	async #load(file: string, expected: AppliedPoint, next: StoreGeneration): Promise<AppliedPoint | null> {
		try {
			const point = await loadSnapshot(file, next.engine, this.#options.trees, this.#ports.turn);
			return point?.index === expected.index && point.term === expected.term ? point : null;
		} catch (error) {
			if (isMissing(error)) {
				return null;
			}
			throw asDiskFault(error, `reading the snapshot ${file}`);
		}
	}

	#checkpoint(next: StoreGeneration, point: AppliedPoint): Promise<AppliedPoint> {
		return new Promise((resolve, reject) => {
			inTurn(this.#ports.turn, () => {
				assert(next.startCheckpoint(point, resolve), 'a new generation has something to checkpoint');
			}).catch(reject);
		});
	}

	#finishInstall(number: number, next: StoreGeneration, isWhole: boolean): void {
		if (!isWhole || this.#isClosed) {
			next.close();
			this.#currentFile.remove(number);
			return;
		}
		assert(number > this.#generation, () => `generation ${number} would follow ${this.#generation}`);
		const former = this.#current;
		this.#spooling?.spool.cancel();
		this.#generation = number;
		this.#current = next;
		try {
			this.#currentFile.write(number);
		} catch (error) {
			throw asDiskFault(error, 'switching to an installed snapshot');
		}
		former.close();
	}

	#removeStaleFiles(): void {
		for (const generation of this.#currentFile.list().filter((each) => each !== this.#generation)) {
			this.#currentFile.remove(generation);
		}
		this.#currentFile.removeTemporaryFiles();
		for (const name of fs.readdirSync(this.#spoolPath).filter((each) => each.endsWith(SPOOL_SUFFIX))) {
			fs.rmSync(path.join(this.#spoolPath, name));
		}
	}
}
