/**
 * Main's pools for work off the actors' threads (design section 1, Threads): a job is plain data, and is done on a thread that holds no state.
 * Each starts with its first job. Exports hold a read transaction of the store and are done one at a time; passwords have a thread of their own,
 * one alone, so that neither waits for the other and guessing takes no more than that thread. What waits is bounded.
 */
import type { OffloadJob, OffloadResult } from '../protocol/offload-jobs.ts';
import { openThreadPool, type ThreadPool } from './thread-pool.ts';
import { workerUrl } from './worker-urls.ts';

const EXPORTS_MAX = 16;
/** Some four seconds of work at the default cost: who stands behind them would not be answered in time. */
const PASSWORDS_MAX = 64;
const YOUNG_GENERATION_MEGABYTES = 16;

export class OffloadPool {
	readonly #exports = new OneThread();
	readonly #passwords = new OneThread();

	/** Never rejects. */
	async run(job: OffloadJob): Promise<OffloadResult> {
		if (job.kind === 'export_snapshot') {
			return this.#exports.underWay < EXPORTS_MAX ? this.#exports.run(job) : { ok: false, why: `${EXPORTS_MAX} snapshots are asked for already` };
		}
		return this.#passwords.underWay < PASSWORDS_MAX
			? this.#passwords.run(job)
			: { ok: false, why: `${PASSWORDS_MAX} passwords are to be hashed already` };
	}

	/** When nobody asks for anything any more. */
	async close(): Promise<void> {
		await Promise.all([this.#exports.close(), this.#passwords.close()]);
	}

	async terminate(): Promise<void> {
		await Promise.all([this.#exports.terminate(), this.#passwords.terminate()]);
	}
}

/** A thread that does one job after the other. */
class OneThread {
	#pool: ThreadPool | null = null;
	/** Settles when the jobs that were asked for before are done. */
	#last: Promise<unknown> = Promise.resolve();
	#underWay = 0;

	get underWay(): number {
		return this.#underWay;
	}

	async run(job: OffloadJob): Promise<OffloadResult> {
		this.#underWay += 1;
		const done = this.#last.then(() => this.#do(job));
		this.#last = done;
		const result = await done;
		this.#underWay -= 1;
		return result;
	}

	async close(): Promise<void> {
		await this.#last;
		await this.#pool?.close();
	}

	async terminate(): Promise<void> {
		await this.#pool?.destroy();
	}

	async #do(job: OffloadJob): Promise<OffloadResult> {
		this.#pool ??= openThreadPool({ entry: workerUrl('offload'), threads: 1, queueMax: 1, youngMegabytes: YOUNG_GENERATION_MEGABYTES });
		try {
			return (await this.#pool.run(job)) as OffloadResult;
		} catch (error) {
			return { ok: false, why: error instanceof Error ? error.message : String(error) };
		}
	}
}
