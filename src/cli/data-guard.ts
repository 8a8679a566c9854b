/**
 * What a member does about damage of its data besides the checks at opening: after an unclean end a look by another process comes first, and a store
 * that is too large to be read whole at a start is read in the background, now and once a day. Used by serve.ts; the processes are data-check.ts's.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beginRun, clearSweepOwed, type FormerRun, markCleanStop, markSweepOwed } from '../adapters/run-marks.ts';
import { FatalError, type FatalReason } from '../base/fatal.ts';
import { STORE_WHOLE_CHECK_BYTES_MAX } from '../base/limits.ts';
import type { Logger } from '../ports/logger.ts';
import { type DataCheck, probeData, sweepData } from './data-check.ts';

export interface DataGuardOptions {
	/** The data directory, locked for this process. */
	readonly directory: string;
	readonly logger: Logger;
	/** Damage was found while the member runs: it must end. */
	readonly damaged: (reason: FatalReason, message: string) => void;
}

const DAY_MILLISECONDS = 24 * 3_600_000;

export class DataGuard {
	readonly #options: DataGuardOptions;
	#sweep: DataCheck | null = null;
	#timer: NodeJS.Timeout | null = null;
	#hasStopped = false;

	constructor(options: DataGuardOptions) {
		this.#options = options;
	}

	/** Before log and store are opened; isNew: there is nothing yet. Throws FatalError for damage. */
	async beforeStart(isNew: boolean): Promise<void> {
		const { directory, logger } = this.#options;
		const former = beginRun(directory);
		if (isNew || former.endedClean) {
			return;
		}
		logger.log('info', 'the last run did not stop in order: log and store are looked at first', { whole: former.owesSweep });
		if (!(await probeData(directory, former.owesSweep))) {
			logger.log('warn', 'log and store could not be looked at by another process', { 'data-dir': directory });
		}
		this.#noteDebt(former);
	}

	/** Once the member runs. */
	sweepBeside(): void {
		if (this.#hasStopped) {
			return;
		}
		this.#timer = setTimeout(() => this.sweepBeside(), DAY_MILLISECONDS);
		this.#timer.unref();
		if (this.#sweep === null && storeBytes(this.#options.directory) > STORE_WHOLE_CHECK_BYTES_MAX) {
			void this.#runSweep();
		}
	}

	/** Before the store closes. */
	stopSweep(): void {
		this.#hasStopped = true;
		if (this.#timer !== null) {
			clearTimeout(this.#timer);
		}
		this.#sweep?.cancel();
	}

	/** After log and store are closed in order. */
	stopped(): void {
		markCleanStop(this.#options.directory);
	}

	/** A start after an unclean end that leaves something out owes it; a second such end finds it owed, and then all is read first. */
	#noteDebt(former: FormerRun): void {
		const { directory } = this.#options;
		if (former.owesSweep) {
			clearSweepOwed(directory);
		} else if (storeBytes(directory) > STORE_WHOLE_CHECK_BYTES_MAX) {
			markSweepOwed(directory);
		}
	}

	async #runSweep(): Promise<void> {
		const { directory, logger, damaged } = this.#options;
		const began = performance.now();
		this.#sweep = sweepData(directory);
		try {
			const records = await this.#sweep.done;
			if (records !== null) {
				clearSweepOwed(directory);
				logger.log('info', 'the store was read whole in the background', { records, seconds: Math.round((performance.now() - began) / 1_000) });
			} else if (!this.#hasStopped) {
				logger.log('warn', 'reading the store in the background was cut short');
			}
		} catch (error) {
			if (!(error instanceof FatalError)) {
				throw error;
			}
			damaged(error.reason, error.message);
		} finally {
			this.#sweep = null;
		}
	}
}

/** Of the current generation's file; 0 if there is none. */
function storeBytes(directory: string): number {
	try {
		const generation = readFileSync(join(directory, 'store', 'CURRENT'), 'utf8').trim();
		return statSync(join(directory, 'store', generation, 'data.mdb')).size;
	} catch {
		return 0;
	}
}
