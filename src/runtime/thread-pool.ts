/** The only importer of piscina: opens pools of worker threads, for actors (thread-handle.ts) and for jobs off them (offload.ts). */
import { Piscina } from 'piscina';

export interface ThreadPoolOptions {
	readonly entry: URL;
	readonly threads: number;
	readonly queueMax: number;
	/** The young generation of each thread's heap. */
	readonly youngMegabytes: number;
}

export type ThreadPool = Piscina;

const CLOSE_MILLISECONDS = 2_000;

/** Threads are started when there is work, and stay. */
export function openThreadPool({ entry, threads, queueMax, youngMegabytes }: ThreadPoolOptions): ThreadPool {
	return new Piscina({
		filename: entry.href,
		minThreads: 1,
		maxThreads: threads,
		concurrentTasksPerWorker: 1,
		maxQueue: queueMax,
		atomics: 'disabled',
		idleTimeout: 0x7fffffff,
		resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
		closeTimeout: CLOSE_MILLISECONDS,
	});
}
