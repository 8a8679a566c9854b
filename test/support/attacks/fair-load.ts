/** Clients that behave well beside an attack: each puts and reads a key of its own over a connection of its own, one after the other, and says how long each took. */
import { KvClient } from '../kv-client.ts';

const CLIENTS = 4;
const DEADLINE_MS = 20_000;
const PAUSE_MS = 2;

export class FairLoad {
	readonly #clients: readonly KvClient[];
	readonly #work: Promise<unknown>;
	readonly #failures: string[] = [];
	#latencies: number[] = [];
	/** What each client waits for. */
	readonly #current: Promise<void>[] = [];
	#isStopping = false;

	constructor(url: string) {
		this.#clients = Array.from({ length: CLIENTS }, () => new KvClient(url));
		this.#work = Promise.all(this.#clients.map((client, i) => this.#run(client, i)));
	}

	get requests(): number {
		return this.#latencies.length;
	}

	/** Errors so far, and wrong answers. */
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
				const found = await client.get(`fair/${i}`);
				if (found !== String(n)) {
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
			this.#failures.push(String(error));
		}
	}
}
