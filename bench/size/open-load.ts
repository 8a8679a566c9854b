/**
 * Single requests on a member with many keys: one client in a closed loop, and a constant rate that does not wait for answers, so that a stall is
 * met by all that would have come in it. Used by bench/million-keys.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { GrpcClient, type Method } from '../../test/support/grpc-client.ts';
import { manyKey } from '../../test/support/many-keys.ts';

export interface Latencies {
	readonly requests: number;
	readonly errors: number;
	/** Milliseconds. */
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
}

const DEADLINE_MS = 30_000;
/** Requests of a rate are sent this often, as many as are due. */
const STEP_MS = 5;
const none = (): null => null;
const PUT: Method<Uint8Array, null> = { path: '/etcdserverpb.KV/Put', encode: (bytes) => bytes, decode: none };
const RANGE: Method<Uint8Array, null> = { path: '/etcdserverpb.KV/Range', encode: (bytes) => bytes, decode: none };

export class OpenLoad {
	readonly #client: GrpcClient;
	readonly #keys: number;
	readonly #value: Buffer;
	#milliseconds: number[] = [];
	#errors = 0;
	#turn = 0;

	/** Puts and gets are of the first so many keys. */
	constructor(endpoint: string, keys: number, valueBytes: number) {
		this.#client = new GrpcClient(endpoint);
		this.#keys = keys;
		this.#value = Buffer.alloc(valueBytes, '+');
	}

	/** One after the other, for so long. */
	async closedPuts(milliseconds: number): Promise<Latencies> {
		this.#begin();
		for (const began = performance.now(); performance.now() - began < milliseconds; ) {
			await this.#put();
		}
		return this.#latencies();
	}

	/** So many a second, puts only or every other one a linearizable get; until `over` says so. */
	async atRate(perSecond: number, mix: 'puts' | 'puts_and_gets', over: () => boolean): Promise<Latencies> {
		this.#begin();
		const underWay = new Set<Promise<void>>();
		const began = performance.now();
		for (let sent = 0; !over(); await pause(STEP_MS)) {
			const due = ((performance.now() - began) / 1_000) * perSecond;
			for (; sent < due; sent++) {
				const request = mix === 'puts' || sent % 2 === 0 ? this.#put() : this.#get();
				underWay.add(request);
				void request.then(() => underWay.delete(request));
			}
		}
		await Promise.all(underWay);
		return this.#latencies();
	}

	close(): void {
		this.#client.close();
	}

	#put(): Promise<void> {
		return this.#timed(PUT, pb.PutRequest.encode({ key: this.#nextKey(), value: this.#value }).finish());
	}

	#get(): Promise<void> {
		return this.#timed(RANGE, pb.RangeRequest.encode({ key: this.#nextKey() }).finish());
	}

	async #timed(method: Method<Uint8Array, null>, request: Uint8Array): Promise<void> {
		const began = performance.now();
		await this.#client.call(method, request, DEADLINE_MS).catch(() => {
			this.#errors++;
		});
		this.#milliseconds.push(performance.now() - began);
	}

	/** All over the keys, each run the same. */
	#nextKey(): Buffer {
		this.#turn++;
		return Buffer.from(manyKey((this.#turn * 514_229) % this.#keys));
	}

	#begin(): void {
		this.#milliseconds = [];
		this.#errors = 0;
	}

	#latencies(): Latencies {
		const sorted = this.#milliseconds.sort((a, b) => a - b);
		const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
		return { requests: sorted.length, errors: this.#errors, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
	}
}
