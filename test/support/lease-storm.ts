/**
 * Many leases, each with a key, all of which are over within the same second; and what a watcher saw of their ends. A lease has ended early if its
 * key was seen deleted sooner than its time after its grant was asked for: the watcher can only be late.
 */
import { Client, credentials } from '@grpc/grpc-js';
import { mvccpb } from '../../src/rpc/generated/messages.js';
import { eventually } from './eventually.ts';
import { LeaseClient } from './lease-client.ts';
import { WatchStreamClient } from './watch-stream.ts';

export interface StormOptions {
	readonly endpoints: readonly string[];
	readonly leases: number;
	/** From the first grant to the end of all. */
	readonly seconds: number;
	readonly grantersAtOnce: number;
}

interface Granted {
	readonly askedAt: number;
	readonly ttl: number;
}

const PREFIX = 'storm/';
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const DEADLINE_MS = 30_000;

export class LeaseStorm {
	readonly #options: StormOptions;
	readonly #clients: readonly LeaseClient[];
	readonly #watchClient: Client;
	readonly #granted = new Map<string, Granted>();
	/** Key -> when its deletion was seen. */
	readonly #ended = new Map<string, number>();
	/** When the first of them may be over. */
	#overAt = 0;

	constructor(options: StormOptions) {
		this.#options = options;
		this.#clients = options.endpoints.map((endpoint) => new LeaseClient(endpoint));
		this.#watchClient = new Client(new URL(options.endpoints[0] as string).host, credentials.createInsecure());
	}

	get ended(): number {
		return this.#ended.size;
	}

	/** Milliseconds from the second in which all were over to the last deletion that was seen. */
	get lastedMs(): number {
		return Math.round(Math.max(...this.#ended.values()) - this.#overAt);
	}

	/** Resolves when all are granted, and the watcher watches. */
	async begin(): Promise<void> {
		const watch = new WatchStreamClient(this.#watchClient);
		watch.create({ key: encoder.encode(PREFIX), range_end: encoder.encode('storm0') });
		await watch.next();
		// Its end comes with the client's.
		void this.#watchFor(watch).catch(() => {});
		const beganAt = performance.now();
		this.#overAt = beganAt + this.#options.seconds * 1_000;
		let next = 0;
		const grantSome = async (): Promise<void> => {
			while (next < this.#options.leases) {
				next += 1;
				await this.#grant(next, beganAt);
			}
		};
		await Promise.all(Array.from({ length: this.#options.grantersAtOnce }, grantSome));
	}

	/** Every key was seen deleted. */
	async over(withinMs: number): Promise<void> {
		await eventually(() => this.#ended.size === this.#options.leases, { what: `${this.#options.leases} leases to be over`, withinMs, everyMs: 50 });
	}

	/** Leases that every member still has. */
	async left(): Promise<number> {
		const counts = await Promise.all(this.#clients.map(async (client) => (await client.leases(DEADLINE_MS)).length));
		return Math.max(...counts);
	}

	early(): string[] {
		return [...this.#ended].flatMap(([key, seenAt]) => {
			const { askedAt, ttl } = this.#granted.get(key) ?? { askedAt: 0, ttl: 0 };
			const lived = seenAt - askedAt;
			return lived < ttl * 1_000 ? [`${key}: ${Math.round(lived)} ms of ${ttl} s`] : [];
		});
	}

	close(): void {
		this.#watchClient.close();
		for (const client of this.#clients) {
			client.close();
		}
	}

	async #grant(number: number, beganAt: number): Promise<void> {
		const client = this.#clients[number % this.#clients.length] as LeaseClient;
		const askedAt = performance.now();
		const ttl = Math.ceil(this.#options.seconds - (askedAt - beganAt) / 1_000);
		const id = BigInt(number);
		const key = `${PREFIX}${number}`;
		this.#granted.set(key, { askedAt, ttl });
		await client.grant(id, ttl, DEADLINE_MS);
		await client.put(key, id, DEADLINE_MS);
	}

	async #watchFor(watch: WatchStreamClient): Promise<void> {
		for (;;) {
			const { events } = await watch.next();
			const seenAt = performance.now();
			for (const event of events ?? []) {
				if (event.type === mvccpb.Event.EventType.DELETE) {
					this.#ended.set(decoder.decode(event.kv?.key ?? new Uint8Array(0)), seenAt);
				}
			}
		}
	}
}
