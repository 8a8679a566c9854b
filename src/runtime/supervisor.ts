/**
 * Starts the actors of one member in order, watches them, and stops them in order (design section 3, Shutdown).
 * It never restarts one: an actor that dies takes the process with it.
 */
import { must } from '../base/assert.ts';
import { EXIT_CODES, type FatalReason } from '../base/fatal.ts';
import type { MetricsScope } from '../base/shown-metrics.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../ports/logger.ts';
import type { OffloadJob } from '../protocol/offload-jobs.ts';
import type { Role } from '../protocol/routes.ts';
import type { ControlRequest, Facts, Failure, Self } from './control.ts';
import { type Address, addressKey } from './host.ts';
import { MetricsPage } from './metrics-page.ts';
import { OffloadPool } from './offload.ts';
import { type Done, ThreadHandle } from './thread-handle.ts';
import { wirePorts } from './wiring.ts';

export interface SupervisorOptions {
	readonly config: Config;
	readonly self: Self;
	/** The actors of each thread (config/placement.ts). */
	readonly threads: readonly (readonly Address[])[];
	readonly logger: Logger;
	/** The threads' entry point. Default: workers/thread.worker. */
	readonly entry?: URL;
	/** Ends the process; called at most once for failures. */
	readonly exit: (code: number) => void;
}

/** Storage first, since it says who we are; the raft actor waits for both of its words; clients last. */
const OPEN_ORDER: readonly Role[] = ['log', 'store', 'watch', 'peer', 'raft', 'api'];
const CLOSE_ORDER: readonly Role[] = ['raft', 'peer', 'log', 'store', 'watch', 'api'];
/** Of the 5 s that a stop may take. */
const HAND_OVER_MILLISECONDS = 1_500;
const ANSWER_MILLISECONDS = 1_500;
const STOP_MILLISECONDS = 4_800;
/** A thread that cannot end, since it hangs in the kernel, is killed after this long, with the whole process. */
const KILL_AFTER_MILLISECONDS = 1_000;

export class Supervisor {
	readonly #options: SupervisorOptions;
	readonly #handles: { readonly handle: ThreadHandle; readonly actors: readonly Address[] }[] = [];
	readonly #servingLanes = new Set<number>();
	readonly #offload = new OffloadPool();
	readonly #metrics: MetricsPage;
	/** The page that is being written: whoever asks meanwhile gets the same. */
	readonly #pages = new Map<MetricsScope, Promise<string>>();
	#failed = false;
	#stopping = false;

	constructor(options: SupervisorOptions) {
		this.#options = options;
		this.#metrics = new MetricsPage({ memberId: options.self.memberId, quotaBytes: options.config.quotaBytes });
	}

	/** Settles when every actor is open; a failure on the way ends the process. */
	async start(): Promise<void> {
		const { config, self, threads, entry } = this.#options;
		const ports = wirePorts(threads);
		for (const [i, actors] of threads.entries()) {
			const events = {
				failed: ({ reason }: Failure) => this.#terminate(EXIT_CODES[reason]),
				died: ({ reason, message }: Failure) => this.#end(reason, `${message} (${actors.map(addressKey).join(' ')})`),
				serving: (lane: number) => this.#onServing(lane),
				offload: (job: OffloadJob) => this.#offload.run(job),
				scrape: (scope: MetricsScope) => this.#scrape(scope),
			};
			this.#handles.push({ handle: new ThreadHandle({ config, self, actors, ports: ports[i] ?? [] }, events, entry), actors });
		}
		let facts: Facts = { isLogEmpty: false, generation: 0 };
		for (const role of OPEN_ORDER) {
			const opened = await this.#each(role, (address) => ({ kind: 'open', address, facts }));
			for (const done of opened) {
				facts = { ...facts, ...done.facts };
			}
		}
	}

	/** Listeners close, leadership moves, pending requests are answered, everything is flushed and closed. Settles when it is done. */
	async stop(): Promise<void> {
		if (this.#stopping) {
			return;
		}
		this.#stopping = true;
		const watchdog = setTimeout(() => this.#end('stop_timed_out', 'the actors did not stop in time'), STOP_MILLISECONDS);
		await this.#each('api', (address) => ({ kind: 'stop_accepting', address }));
		await atMost(
			HAND_OVER_MILLISECONDS,
			this.#each('raft', (address) => ({ kind: 'drain', address })),
		);
		await atMost(
			ANSWER_MILLISECONDS,
			this.#each('api', (address) => ({ kind: 'drain', address })),
		);
		for (const role of CLOSE_ORDER) {
			await this.#each(role, (address) => ({ kind: 'close', address }));
		}
		await Promise.all(this.#handles.map(({ handle }) => handle.end()));
		await this.#offload.close();
		clearTimeout(watchdog);
		if (this.#failed) {
			// The process is ending already, and not with 0.
			await new Promise(() => {});
		}
	}

	/** At once, whatever is under way: for a signal that insists, or a launcher that is gone. */
	endNow(exitCode: number): void {
		this.#terminate(exitCode);
	}

	/** Writes each thread's load to the log. */
	async logLoad(): Promise<void> {
		for (const { handle, actors } of this.#handles) {
			const { load } = await handle.request({ kind: 'measure' });
			if (load !== null) {
				this.#options.logger.log('debug', 'actor load', { actors: actors.map(({ role, lane }) => `${role}/${lane}`), ...load });
			}
		}
	}

	#scrape(scope: MetricsScope): Promise<string> {
		const underWay = this.#pages.get(scope);
		if (underWay !== undefined) {
			return underWay;
		}
		const page = this.#writePage(scope).finally(() => this.#pages.delete(scope));
		this.#pages.set(scope, page);
		return page;
	}

	async #writePage(scope: MetricsScope): Promise<string> {
		const answers = await Promise.all(this.#handles.map(({ handle }) => handle.request({ kind: 'tell_metrics', scope })));
		const threads = answers.map(({ metrics }) => must(metrics, 'the metrics of a thread'));
		return scope === 'all' ? this.#metrics.write(threads) : this.#metrics.writeShown(threads);
	}

	#each(role: Role, request: (address: Address) => ControlRequest): Promise<Done[]> {
		const answers: Promise<Done>[] = [];
		for (const { handle, actors } of this.#handles) {
			for (const address of actors) {
				if (address.role === role) {
					answers.push(handle.request(request(address)));
				}
			}
		}
		return Promise.all(answers);
	}

	#onServing(lane: number): void {
		this.#servingLanes.add(lane);
		if (this.#servingLanes.size === this.#options.config.apiLanes) {
			this.#options.logger.log('info', 'ready to serve client requests', { clientUrls: this.#options.config.listenClientUrls });
		}
	}

	/** In the same words as a thread's own last line (actor-thread.ts). */
	#end(reason: FatalReason, message: string): void {
		if (!this.#failed) {
			this.#options.logger.log('fatal', message, { reason, exitCode: EXIT_CODES[reason] });
			this.#terminate(EXIT_CODES[reason]);
		}
	}

	/**
	 * The first failure names the code; what fails because of it has nothing to add. The threads go first: process.exit waits for each,
	 * one after the other and without end, and meanwhile the others would live on, a leader without a store among them.
	 */
	#terminate(exitCode: number): void {
		if (this.#failed) {
			return;
		}
		this.#failed = true;
		const killer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER_MILLISECONDS);
		void Promise.all([this.#offload.terminate(), ...this.#handles.map(({ handle }) => handle.terminate())]).then(() => {
			clearTimeout(killer);
			this.#options.exit(exitCode);
		});
	}
}

/** Waits for it, but not longer: what is not done by then is given up (an answer never sent is an unknown outcome). */
async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	await Promise.race([work, limit]);
	clearTimeout(timer);
}
