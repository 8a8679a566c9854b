/**
 * The thread's side of an actor's life: seats actors in a Host when main says so, and reports what becomes of them.
 * workers/thread.worker.ts runs it as one long Piscina task; it returns when main says `end`.
 */
import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import type { UrgentOutbox } from '../actors/actor.ts';
import { useCrcOfLong } from '../base/crc32.ts';
import { EXIT_CODES } from '../base/fatal.ts';
import type { Metric } from '../base/metric.ts';
import { isShown, type MetricsScope } from '../base/shown-metrics.ts';
import type { Config } from '../config/config.ts';
import type { Turn } from '../ports/turn.ts';
import type { OffloadJob, OffloadResult } from '../protocol/offload-jobs.ts';
import type { Role } from '../protocol/routes.ts';
import type { ControlReply, ControlRequest, Facts, Failure, Numbered, Self, ThreadTask } from './control.ts';
import { toFailure } from './failure.ts';
import { type Address, type AnyActor, addressKey, Host } from './host.ts';

/** What an actor's entry point gets. */
export interface ActorContext<R extends Role> {
	readonly config: Config;
	readonly self: Self;
	readonly lane: number;
	readonly facts: Facts;
	readonly outbox: UrgentOutbox<R>;
	readonly turn: Turn;
	/** A lane tells main that it serves. */
	readonly announceServing: () => void;
	/** Does a job on a thread of the offload pool. Never rejects; never settles once the member ends. */
	readonly offload: (job: OffloadJob) => Promise<OffloadResult>;
	/** The metrics of the whole member, as a page (metrics-page.ts). */
	readonly scrape: (scope: MetricsScope) => Promise<string>;
}

export interface OpenedActor {
	readonly actor: AnyActor;
	/** What the actors that open later need to know. */
	readonly facts: Partial<Facts> | null;
	readonly afterTurn: (() => void) | null;
	/** See SeatEvents of host.ts. */
	readonly afterPostNow?: () => void;
	readonly tickMilliseconds?: number;
	/** Opens the doors to the outside, once the actor has said its first words. */
	readonly accept: (() => Promise<void>) | null;
	readonly stopAccepting: (() => void) | null;
	/** What the actor and its adapters have counted; called when somebody asks, behind a turn or before one. */
	readonly metrics?: () => readonly Metric[];
	/** Everything that the actor's adapters hold is closed when it settles. */
	readonly close: () => Promise<void>;
}

export type OpenActor<R extends Role> = (context: ActorContext<R>) => Promise<OpenedActor>;
export type ActorOpeners = { readonly [R in Role]: () => Promise<OpenActor<R>> };

/** A thread that cannot even report is killed after this long, with the whole process. */
const KILL_AFTER_MILLISECONDS = 1_000;
const STANDARD_ERROR = 2;

export function runActorThread(task: ThreadTask, openers: ActorOpeners): Promise<void> {
	useCrcOfLong(crc32);
	return new Promise((resolve) => {
		new ActorThread(task, openers, resolve).begin();
	});
}

class ActorThread {
	readonly #task: ThreadTask;
	readonly #openers: ActorOpeners;
	readonly #end: () => void;
	readonly #host: Host;
	readonly #opened = new Map<string, OpenedActor>();
	readonly #offloaded = new Map<number, (result: OffloadResult) => void>();
	readonly #scrapes = new Map<number, (page: string) => void>();
	#jobs = 0;
	#scraped = 0;
	#failed = false;

	constructor(task: ThreadTask, openers: ActorOpeners, end: () => void) {
		this.#task = task;
		this.#openers = openers;
		this.#end = end;
		const { turnMessages, turnMilliseconds, heartbeatMs } = task.config;
		this.#host = new Host({ turnMessages, turnMilliseconds, tickMilliseconds: heartbeatMs }, (error) => this.#fail(error));
	}

	begin(): void {
		process.on('uncaughtException', (error) => this.#fail(error));
		process.on('unhandledRejection', (error) => this.#fail(error));
		for (const address of this.#task.actors) {
			this.#host.reserve(address);
		}
		for (const { local, port } of this.#task.ports) {
			this.#host.listen(local, port);
		}
		this.#task.control.on('message', ({ id, request }: Numbered) => {
			this.#handle(request).then(
				(facts) => {
					const load = request.kind === 'measure' ? this.#host.meter.take() : null;
					this.#reply({ kind: 'done', id, facts, load, metrics: request.kind === 'tell_metrics' ? this.#metrics(request.scope) : null });
				},
				(error) => this.#fail(error),
			);
		});
	}

	async #handle(request: ControlRequest): Promise<Partial<Facts> | null> {
		switch (request.kind) {
			case 'open':
				return this.#open(request.address, request.facts);
			case 'stop_accepting':
				this.#opened.get(addressKey(request.address))?.stopAccepting?.();
				return null;
			case 'drain':
				return new Promise((done) => this.#host.drain(request.address, () => done(null)));
			case 'close':
				return this.#close(request.address);
			case 'measure':
			case 'tell_metrics':
				return null;
			case 'scraped':
				this.#scrapes.get(request.scrape)?.(request.page);
				this.#scrapes.delete(request.scrape);
				return null;
			case 'offloaded':
				this.#offloaded.get(request.job)?.(request.result);
				this.#offloaded.delete(request.job);
				return null;
			case 'end':
				this.#host.stop();
				setImmediate(() => {
					this.#task.control.close();
					this.#end();
				});
				return null;
		}
	}

	async #open(address: Address, facts: Facts): Promise<Partial<Facts> | null> {
		const open = (await this.#openers[address.role]()) as OpenActor<Role>;
		// A member may have a leader and be published before its listeners are open: whoever hears that it serves connects at once.
		let isServing = false;
		let isAccepting = false;
		const maybeTell = (): void => {
			if (isServing && isAccepting) {
				this.#reply({ kind: 'serving', lane: address.lane });
			}
		};
		const opened = await open({
			config: this.#task.config,
			self: this.#task.self,
			lane: address.lane,
			facts,
			outbox: this.#host.outbox(this.#portsOf(address)),
			turn: this.#host,
			announceServing: () => {
				isServing = true;
				maybeTell();
			},
			offload: (job) => this.#offload(job),
			scrape: (scope) => this.#scrape(scope),
		});
		this.#opened.set(addressKey(address), opened);
		await new Promise<void>((seated) => this.#host.seat(address, opened.actor, { ...opened, seated }));
		await opened.accept?.();
		isAccepting = true;
		maybeTell();
		return opened.facts;
	}

	async #close(address: Address): Promise<null> {
		const key = addressKey(address);
		const opened = this.#opened.get(key);
		this.#host.unseat(address);
		// Nobody is to ask a closed store for its size.
		this.#opened.delete(key);
		await opened?.close();
		return null;
	}

	#offload(job: OffloadJob): Promise<OffloadResult> {
		this.#jobs += 1;
		const id = this.#jobs;
		return new Promise((resolve) => {
			this.#offloaded.set(id, resolve);
			this.#reply({ kind: 'offload', id, job });
		});
	}

	#scrape(scope: MetricsScope): Promise<string> {
		this.#scraped += 1;
		const id = this.#scraped;
		return new Promise((resolve) => {
			this.#scrapes.set(id, resolve);
			this.#reply({ kind: 'scrape', id, scope });
		});
	}

	#metrics(scope: MetricsScope): string {
		const all = [...this.#host.metrics(), ...[...this.#opened.values()].flatMap(({ metrics }) => metrics?.() ?? [])];
		// Lines of zero are told once: main has to hear them, whoever asks first.
		return JSON.stringify(scope === 'all' ? all : all.filter(({ name, zeros }) => isShown(name) || typeof zeros === 'string'));
	}

	#portsOf(local: Address): ReadonlyMap<string, MessagePort> {
		const ports = new Map<string, MessagePort>();
		for (const entry of this.#task.ports) {
			if (addressKey(entry.local) === addressKey(local)) {
				ports.set(addressKey(entry.remote), entry.port);
			}
		}
		return ports;
	}

	#reply(reply: ControlReply): void {
		this.#task.control.postMessage(reply);
	}

	/** Main ends the process; should it not, the process is killed, for state in doubt must not live on. */
	#fail(error: unknown): void {
		if (this.#failed) {
			return;
		}
		this.#failed = true;
		this.#host.stop();
		const failure = toFailure(error);
		writeLastLine(failure, this.#task.actors);
		this.#reply({ kind: 'failed', failure });
		setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER_MILLISECONDS);
	}
}

/** Written at once and by the thread: main may be too late, or not alive. A fault of the machine needs no stack, a mistake of ours does. */
function writeLastLine({ reason, message, stack }: Failure, actors: readonly Address[]): void {
	const isOurMistake = reason === 'assertion' || reason === 'unhandled';
	const line = {
		level: 'fatal',
		ts: new Date().toISOString(),
		caller: actors.map(addressKey).join(' '),
		reason,
		exitCode: EXIT_CODES[reason],
		...(isOurMistake ? { stack } : {}),
		msg: message,
	};
	try {
		writeSync(STANDARD_ERROR, `${JSON.stringify(line)}\n`);
	} catch {
		// The reader is gone or does not read: the exit code still tells.
	}
}
