/**
 * Runs the load generator with watchers (bench/client/watch.go), step by step: it creates them, and each time it is told to go it puts, and says
 * what arrived. Between the steps the caller looks at the server. Used by bench/watch.ts.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BINARY } from './client.ts';

/** What one run is made of; see the generator's flags. */
export interface WatchLoad {
	readonly endpoints: readonly string[];
	readonly watchers: number;
	readonly perStream: number;
	readonly connections: number;
	readonly ownKeys: boolean;
	/** Watchers beside them that take no more than a window. */
	readonly slow: number;
	/** One writer that puts again when every watcher has had the last event. */
	readonly closedLoop: boolean;
	readonly writers: number;
	readonly valueBytes: number;
	readonly warmupSeconds: number;
	readonly seconds: number;
	readonly seed: number;
}

/** One line of bench/client/watch.go. Latencies in microseconds. */
export interface WatchResult {
	readonly seconds: number;
	readonly puts: number;
	readonly deliveries: number;
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
	readonly putP50: number;
	readonly putP99: number;
	readonly cpuSeconds: number;
}

export class WatchClient {
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #lines: AsyncIterator<string>;
	#said = '';

	constructor(load: WatchLoad) {
		const flags: Readonly<Record<string, string | number | boolean>> = {
			mode: 'watch',
			endpoints: load.endpoints.join(','),
			watchers: load.watchers,
			'per-stream': load.perStream,
			conns: load.connections,
			'own-keys': load.ownKeys,
			slow: load.slow,
			'closed-loop': load.closedLoop,
			clients: load.writers,
			'value-size': load.valueBytes,
			warmup: `${load.warmupSeconds}s`,
			duration: `${load.seconds}s`,
			seed: load.seed,
		};
		this.#child = spawn(
			BINARY,
			Object.entries(flags).map(([name, value]) => `-${name}=${value}`),
		);
		this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#said += text;
		});
		this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
	}

	/** Seconds that it took to create all watchers. */
	async ready(): Promise<number> {
		return (JSON.parse(await this.#line()) as { readonly seconds: number }).seconds;
	}

	/** The first time for as long as it takes to warm up, the second for the measured time. */
	async go(): Promise<WatchResult> {
		this.#child.stdin.write('go\n');
		return JSON.parse(await this.#line()) as WatchResult;
	}

	async end(): Promise<void> {
		if (this.#child.exitCode === null && this.#child.signalCode === null) {
			this.#child.kill();
			await once(this.#child, 'exit');
		}
	}

	async #line(): Promise<string> {
		const { value, done } = await this.#lines.next();
		if (done === true) {
			throw new Error(`the load generator has ended: ${this.#said.trim()}`);
		}
		return value;
	}
}
