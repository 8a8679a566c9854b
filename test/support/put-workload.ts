/**
 * Writers that put keys of their own, each once, one after the other, at whichever member answers. What was acknowledged is remembered here,
 * outside the system; a put without an answer is unknown, and is neither expected nor forbidden afterwards.
 */
import { delay, eventually } from './eventually.ts';
import { RpcError } from './grpc-client.ts';
import { KvClient } from './kv-client.ts';
import { waitingFor } from './waits.ts';
import { type FailureTally, failureKind, NO_FAILURES } from './write-failures.ts';

export interface WorkloadOptions {
	readonly endpoints: readonly string[];
	readonly writers: number;
	readonly valueBytes?: number;
	/** Of all keys: w unless told otherwise. */
	readonly prefix?: string;
	readonly deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
/** After an error: the next member may need a moment too. */
const PAUSE_MS = 20;
const PAGE_KEYS = 2_000;
const PROGRESS_WITHIN_MS = 120_000;
const FAILURES_MAX = 1_000;

export class PutWorkload {
	readonly #options: WorkloadOptions;
	#clients: readonly KvClient[];
	/** No longer used, but perhaps by puts that are not over. */
	readonly #formerClients: KvClient[] = [];
	readonly #failures: RpcError[] = [];
	/** Acknowledged numbers of each writer. */
	readonly #acknowledged: number[][];
	readonly #next: number[];
	#count = 0;
	#tally: FailureTally = NO_FAILURES;
	#running: Promise<unknown> | null = null;
	#isStopping = false;

	constructor(options: WorkloadOptions) {
		this.#options = options;
		this.#clients = options.endpoints.map((endpoint) => new KvClient(endpoint));
		this.#acknowledged = Array.from({ length: options.writers }, () => []);
		this.#next = Array.from({ length: options.writers }, () => 0);
	}

	get acknowledged(): number {
		return this.#count;
	}

	/** Puts that ended without an acknowledgement. */
	get unknown(): number {
		return Object.values(this.#tally).reduce((total, count) => total + count, 0);
	}

	/** All of them, by kind. */
	get tally(): FailureTally {
		return this.#tally;
	}

	/** The errors of puts that were not acknowledged, the first few. */
	get failures(): readonly RpcError[] {
		return this.#failures;
	}

	/** From the next puts on, these endpoints instead; puts under way go on where they are. */
	use(endpoints: readonly string[]): void {
		this.#formerClients.push(...this.#clients);
		this.#clients = endpoints.map((endpoint) => new KvClient(endpoint));
	}

	start(): void {
		this.#isStopping = false;
		this.#running = Promise.all(this.#acknowledged.map((_, writer) => this.#write(writer)));
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		await waitingFor('the puts under way', Promise.resolve(this.#running));
		for (const client of [...this.#clients, ...this.#formerClients]) {
			client.close();
		}
	}

	/** Waits until so many more puts have been acknowledged. */
	async progress(more: number): Promise<void> {
		const goal = this.#count + more;
		await eventually(() => this.#count >= goal, { what: `${more} more acknowledged puts`, withinMs: PROGRESS_WITHIN_MS });
	}

	/** Acknowledged keys that a member does not hold in its own store, the first few; empty is right. */
	async missingAt(client: KvClient): Promise<readonly string[]> {
		const held = await this.#readAll(client);
		const missing: string[] = [];
		for (const [writer, numbers] of this.#acknowledged.entries()) {
			for (const number of numbers) {
				const key = this.#key(writer, number);
				if (held.get(key) !== this.#value(writer, number) && missing.length < 10) {
					missing.push(key);
				}
			}
		}
		return missing;
	}

	async #write(writer: number): Promise<void> {
		let at = writer % this.#clients.length;
		while (!this.#isStopping) {
			const number = this.#next[writer] ?? 0;
			this.#next[writer] = number + 1;
			try {
				const client = this.#clients[at % this.#clients.length] as KvClient;
				await client.put(this.#key(writer, number), this.#value(writer, number), this.#options.deadlineMs ?? DEADLINE_MS);
				this.#acknowledged[writer]?.push(number);
				this.#count++;
			} catch (error) {
				this.#note(error);
				at = (at + 1) % this.#clients.length;
				await delay(PAUSE_MS);
			}
		}
	}

	#note(error: unknown): void {
		if (!(error instanceof RpcError)) {
			throw error;
		}
		const kind = failureKind(error);
		this.#tally = { ...this.#tally, [kind]: this.#tally[kind] + 1 };
		if (this.#failures.length < FAILURES_MAX) {
			this.#failures.push(error);
		}
	}

	/** The member's own keys of this workload, by pages, without asking the leader. */
	async #readAll(client: KvClient): Promise<Map<string, string>> {
		const held = new Map<string, string>();
		const prefix = `${this.#options.prefix ?? 'w'}/`;
		const rangeEnd = `${prefix.slice(0, -1)}0`;
		let from = prefix;
		for (;;) {
			const page = await client.range(from, { rangeEnd, limit: PAGE_KEYS, serializable: true, deadlineMs: 30_000 });
			for (const { key, value } of page.kvs) {
				held.set(key, value);
				from = `${key}\0`;
			}
			if (!page.more) {
				return held;
			}
		}
	}

	#key(writer: number, number: number): string {
		return `${this.#options.prefix ?? 'w'}/${writer}/${number}`;
	}

	#value(writer: number, number: number): string {
		return `${writer}:${number}`.padEnd(this.#options.valueBytes ?? 0, '.');
	}
}
