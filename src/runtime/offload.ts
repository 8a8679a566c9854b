/**
 * Main's pool for work off the actors' threads (design section 1, Threads): a job is plain data, and is done on a thread that holds no state.
 * Started with the first job. Jobs that hold a read transaction of the store are done one at a time; what waits is bounded.
 */
import type { OffloadJob, OffloadResult } from '../protocol/offload-jobs.ts';
import { openThreadPool, type ThreadPool } from './thread-pool.ts';
import { workerUrl } from './worker-urls.ts';

const THREADS = 2;
const QUEUE_MAX = 1_024;
const EXPORTS_MAX = 16;
const YOUNG_GENERATION_MEGABYTES = 16;

export class OffloadPool {
	#pool: ThreadPool | null = null;
	/** Settles when the exports that were asked for before are done. */
	#exports: Promise<unknown> = Promise.resolve();
	#exportsUnderWay = 0;

	/** Never rejects. */
	async run(job: OffloadJob): Promise<OffloadResult> {
		if (this.#exportsUnderWay === EXPORTS_MAX) {
			return { ok: false, why: `${EXPORTS_MAX} snapshots are asked for already` };
		}
		this.#exportsUnderWay += 1;
		const done = this.#exports.then(() => this.#do(job));
		this.#exports = done;
		const result = await done;
		this.#exportsUnderWay -= 1;
		return result;
	}

	/** When nobody asks for anything any more. */
	async close(): Promise<void> {
		await this.#exports;
		await this.#pool?.close();
	}

	async terminate(): Promise<void> {
		await this.#pool?.destroy();
	}

	async #do(job: OffloadJob): Promise<OffloadResult> {
		this.#pool ??= openThreadPool({
			entry: workerUrl('offload'),
			threads: THREADS,
			queueMax: QUEUE_MAX,
			youngMegabytes: YOUNG_GENERATION_MEGABYTES,
		});
		try {
			return (await this.#pool.run(job)) as OffloadResult;
		} catch (error) {
			return { ok: false, why: error instanceof Error ? error.message : String(error) };
		}
	}
}
