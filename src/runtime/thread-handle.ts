/**
 * Main's side of one actor thread: a Piscina pool of one, one long task, and a control port for requests and answers.
 * A thread that ends unasked, or says that it failed, is reported once and never restarted: actors hold state.
 */
import { MessageChannel, type MessagePort, type TransferListItem } from 'node:worker_threads';
import type { MetricsScope } from '../base/shown-metrics.ts';
import type { OffloadJob, OffloadResult } from '../protocol/offload-jobs.ts';
import type { ControlReply, ControlRequest, Facts, Failure, Numbered, ThreadTask } from './control.ts';
import { toFailure } from './failure.ts';
import type { Load } from './load-meter.ts';
import { openThreadPool, type ThreadPool } from './thread-pool.ts';
import { workerUrl } from './worker-urls.ts';

export interface ThreadEvents {
	/** The thread itself has said why, in a line of its own. */
	readonly failed: (failure: Failure) => void;
	/** The thread ended without a word. */
	readonly died: (failure: Failure) => void;
	readonly serving: (lane: number) => void;
	/** Never rejects: what goes wrong is a result. */
	readonly offload: (job: OffloadJob) => Promise<OffloadResult>;
	/** The metrics of the member, as a page. */
	readonly scrape: (scope: MetricsScope) => Promise<string>;
}

export interface Done {
	readonly facts: Partial<Facts> | null;
	readonly load: Load | null;
	readonly metrics: string | null;
}

/** Room for the young generation: requests die young, and a scavenge less often costs less. */
const YOUNG_GENERATION_MEGABYTES = 32;

export class ThreadHandle {
	readonly #pool: ThreadPool;
	readonly #control: MessagePort;
	readonly #waiting = new Map<number, (done: Done) => void>();
	readonly #ended: Promise<void>;
	#nextId = 1;
	#ending = false;

	constructor(task: Omit<ThreadTask, 'control'>, events: ThreadEvents, entry: URL = workerUrl('thread')) {
		const { port1, port2 } = new MessageChannel();
		this.#control = port1;
		this.#control.on('message', (reply: ControlReply) => this.#onReply(reply, events));
		this.#pool = openThreadPool({ entry, threads: 1, queueMax: 1, youngMegabytes: YOUNG_GENERATION_MEGABYTES });
		this.#pool.on('error', (error: unknown) => this.#onEnd(events, toFailure(error)));
		const transferList: TransferListItem[] = [port2, ...task.ports.map(({ port }) => port)];
		const whole: ThreadTask = { ...task, control: port2 };
		this.#ended = this.#pool.run(whole, { transferList: transferList as never }).then(
			() => this.#onEnd(events, { reason: 'actor_died', message: 'an actor thread ended unasked', stack: '' }),
			(error: unknown) => this.#onEnd(events, { ...toFailure(error), reason: 'actor_died' }),
		);
	}

	/** Settles when the thread has done it; never, if the thread fails first (which is reported). */
	request(request: ControlRequest): Promise<Done> {
		const id = this.#nextId++;
		return new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			this.#control.postMessage({ id, request } satisfies Numbered);
		});
	}

	/** Ends the task and closes the pool. */
	async end(): Promise<void> {
		this.#ending = true;
		this.#control.postMessage({ id: 0, request: { kind: 'end' } } satisfies Numbered);
		await this.#ended;
		this.#control.close();
		await this.#pool.close();
	}

	/** Whatever the thread is doing: only for a process that is about to end. Settles when the thread is gone, which may be never. */
	async terminate(): Promise<void> {
		this.#ending = true;
		await this.#pool.destroy();
	}

	#onReply(reply: ControlReply, events: ThreadEvents): void {
		switch (reply.kind) {
			case 'done':
				this.#waiting.get(reply.id)?.({ facts: reply.facts, load: reply.load, metrics: reply.metrics });
				this.#waiting.delete(reply.id);
				return;
			case 'failed':
				events.failed(reply.failure);
				return;
			case 'serving':
				events.serving(reply.lane);
				return;
			case 'offload':
				void events.offload(reply.job).then((result) => this.#tell({ kind: 'offloaded', job: reply.id, result }));
				return;
			case 'scrape':
				void events.scrape(reply.scope).then((page) => this.#tell({ kind: 'scraped', scrape: reply.id, page }));
				return;
		}
	}

	/** What the thread has asked for. */
	#tell(request: ControlRequest): void {
		if (!this.#ending) {
			this.#control.postMessage({ id: 0, request } satisfies Numbered);
		}
	}

	#onEnd(events: ThreadEvents, failure: Failure): void {
		if (!this.#ending) {
			events.died(failure);
		}
	}
}
