/** A server as a real process: started until it says that it is ready, killed, paused, woken, stopped and started again. For quorate and etcd alike. */
import { type ChildProcess, spawn } from 'node:child_process';
import { trackChild } from './cleanup.ts';
import { eventually } from './eventually.ts';
import { cleanEnvironment } from './run.ts';
import { waitingFor } from './waits.ts';

export interface ServerSpec {
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	/** Whether this line of its stderr says that clients may come. */
	isReady(line: string): boolean;
}

export interface Ended {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

/** The process ended before it was ready. */
export class NotReadyError extends Error {
	override readonly name = 'NotReadyError';
	readonly ended: Ended;

	constructor(message: string, ended: Ended) {
		super(message);
		this.ended = ended;
	}
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const LINES_MAX = 20_000;
const TAIL_LINES = 30;

export class ServerProcess {
	readonly spec: ServerSpec;
	/** Of all its lives, one after the other; the oldest go when there are too many. */
	readonly lines: string[] = [];
	#child: ChildProcess | null = null;
	#ended: Promise<Ended> | null = null;
	#unfinished = '';
	#isPaused = false;
	/** Called with each line while it starts. */
	#heard: ((line: string) => void) | null = null;

	constructor(spec: ServerSpec) {
		this.spec = spec;
	}

	get name(): string {
		return this.spec.name;
	}

	get pid(): number {
		const pid = this.#child?.pid;
		if (pid === undefined) {
			throw new Error(`${this.name} does not run`);
		}
		return pid;
	}

	get isRunning(): boolean {
		return this.#child !== null;
	}

	/** Neither ended nor paused. */
	get isAwake(): boolean {
		return this.#child !== null && !this.#isPaused;
	}

	/** How the newest life ended. */
	get ended(): Promise<Ended> {
		return this.#ended ?? Promise.reject(new Error(`${this.name} was never started`));
	}

	/** Resolves when it says that it is ready; rejects with NotReadyError when it ends instead. */
	async start(): Promise<void> {
		if (this.#child !== null) {
			throw new Error(`${this.name} runs already`);
		}
		const { name, command, args, env } = this.spec;
		this.#note(`--- ${name}: ${command} ${args.join(' ')}`);
		const child = spawn(command, args, { env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
		trackChild(child);
		this.#child = child;
		this.#isPaused = false;
		this.#ended = new Promise((resolve) => {
			child.once('error', (error) => {
				this.#note(`--- ${name} cannot be run: ${error.message}`);
				this.#child = null;
				resolve({ code: null, signal: null });
			});
			// Not 'exit': what it said last is read by then.
			child.once('close', (code, signal) => {
				this.#note(`--- ${name} ended: code ${code}, signal ${signal}`);
				this.#child = null;
				resolve({ code, signal });
			});
		});
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
		}
		await waitingFor(`${name} to be ready`, this.#untilReady(this.#ended));
	}

	/** Ends it at once, as a crash would; resolves when it is gone. */
	async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
		this.#child?.kill(signal);
		return waitingFor(`${this.name} to be gone after ${signal}`, this.ended);
	}

	/** SIGTERM, as an operator would; throws if it does not end in time. */
	async stop(): Promise<Ended> {
		const child = this.#child;
		if (child === null) {
			return this.ended;
		}
		child.kill('SIGTERM');
		const timer = setTimeout(() => {
			this.#note(`--- ${this.name} did not stop within ${STOP_WITHIN_MS} ms`);
			child.kill('SIGKILL');
		}, STOP_WITHIN_MS);
		const ended = await waitingFor(`${this.name} to stop`, this.ended);
		clearTimeout(timer);
		return ended;
	}

	async restart(): Promise<void> {
		await this.stop();
		await this.start();
	}

	pause(): void {
		this.#isPaused = true;
		this.#child?.kill('SIGSTOP');
	}

	resume(): void {
		this.#isPaused = false;
		this.#child?.kill('SIGCONT');
	}

	/** Resolves when some line of its lives holds the text. */
	async said(text: string): Promise<void> {
		await eventually(() => this.lines.some((line) => line.includes(text)), { what: `${this.name} to say ${JSON.stringify(text)}`, everyMs: 5 });
	}

	tail(lines = TAIL_LINES): string {
		return this.lines.slice(-lines).join('\n');
	}

	#untilReady(ended: Promise<Ended>): Promise<void> {
		return new Promise((resolve, reject) => {
			const finish = (error: Error | null): void => {
				clearTimeout(timer);
				this.#heard = null;
				if (error === null) {
					resolve();
				} else {
					reject(error);
				}
			};
			const timer = setTimeout(() => finish(new Error(`${this.name} was not ready within ${READY_WITHIN_MS} ms:\n${this.tail()}`)), READY_WITHIN_MS);
			this.#heard = (line) => {
				if (this.spec.isReady(line)) {
					finish(null);
				}
			};
			ended.then((how) => finish(new NotReadyError(`${this.name} ended before it was ready:\n${this.tail()}`, how)));
		});
	}

	#hear(text: string): void {
		const parts = (this.#unfinished + text).split('\n');
		this.#unfinished = parts.pop() ?? '';
		for (const line of parts) {
			this.#note(line);
		}
	}

	#note(line: string): void {
		this.lines.push(line);
		if (this.lines.length > LINES_MAX) {
			this.lines.splice(0, LINES_MAX / 2);
		}
		this.#heard?.(line);
	}
}

/** Ends all of them at the same moment, as a power cut would. */
export async function killAll(servers: readonly ServerProcess[]): Promise<void> {
	await Promise.all(servers.map((server) => server.kill('SIGKILL')));
}
