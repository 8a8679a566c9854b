/** Clients that behave well beside an attack: each puts and reads a key of its own over a connection of its own, one after the other, and says how long each took. */
import { RpcError } from '../grpc-client.ts';
import { KvClient } from '../kv-client.ts';

const CLIENTS = 4;
const DEADLINE_MS = 30_000;
/** What a machine with too much to do says: that is a figure, not a failure. */
const TIMED_OUT = /timed out|deadline exceeded/i;
const PAUSE_MS = 2;

export class FairLoad {
	readonly #clients: readonly KvClient[];
	readonly #work: Promise<unknown>;
	readonly #failures: string[] = [];
	#timeouts = 0;
	#latencies: number[] = [];
	/** What each client waits for. */
	readonly #current: Promise<void>[] = [];
	#isStopping = false;

	/** headers: such as a token. */
	constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
		this.#clients = Array.from({ length: CLIENTS }, () => new KvClient(url, null, { headers }));
		this.#work = Promise.all(this.#clients.map((client, i) => this.#run(client, i)));
	}

	get requests(): number {
		return this.#latencies.length;
	}

	/** Requests so far that took too long for the member or for us. */
	get timeouts(): number {
		return this.#timeouts;
	}

	/** Other errors so far, and wrong answers. */
	get failures(): readonly string[] {
		return this.#failures;
	}

	/** The 99th percentile in milliseconds of what was asked since the last look, and begins anew. What is under way is waited for: it may be the slowest of all. */
	async takeP99(): Promise<number> {
		await Promise.all(this.#current);
		const sorted = this.#latencies.sort((a, b) => a - b);
		this.#latencies = [];
		return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		await this.#work;
		for (const client of this.#clients) {
			client.close();
		}
	}

	async #run(client: KvClient, i: number): Promise<void> {
		for (let n = 0; !this.#isStopping; n++) {
			await this.#time(i, () => client.put(`fair/${i}`, String(n), DEADLINE_MS));
			await this.#time(i, async () => {
				const { kvs } = await client.range(`fair/${i}`, { deadlineMs: DEADLINE_MS });
				const found = kvs[0]?.value;
				if (found !== String(n) && this.#timeouts === 0) {
					throw new Error(`${found} was read after ${n} was written`);
				}
			});
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
		}
	}

	#time(i: number, ask: () => Promise<unknown>): Promise<void> {
		const asked = this.#measure(ask);
		this.#current[i] = asked;
		return asked;
	}

	async #measure(ask: () => Promise<unknown>): Promise<void> {
		const began = performance.now();
		try {
			await ask();
			this.#latencies.push(performance.now() - began);
		} catch (error) {
			if (error instanceof RpcError && TIMED_OUT.test(error.message)) {
				this.#timeouts += 1;
				return;
			}
			this.#failures.push(String(error));
		}
	}
}
