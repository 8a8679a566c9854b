/** Seeded random requests to /v2/keys, and their answers in a form that two systems can be compared by, byte for byte. */
import { type IncomingMessage, request } from 'node:http';
import type { SeededRandom } from '../../../../src/base/random.ts';

export interface WireRequest {
	readonly method: string;
	/** Raw: path and query as they go on the request line. */
	readonly target: string;
	/** Urlencoded; null: no body and no content type. */
	readonly form: string | null;
}

export interface WireAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

/** The headers that must be equal; the raft ones are compared for presence only, the cluster id likewise. */
const SAME = ['content-type', 'x-etcd-index', 'allow', 'location', 'x-content-type-options'];
const PRESENT = ['x-etcd-cluster-id', 'x-raft-index', 'x-raft-term'];

/** The headers that are compared. */
export function readHeaders(response: IncomingMessage): Record<string, string | undefined> {
	const seen: Record<string, string | undefined> = {};
	for (const name of SAME) {
		seen[name] = response.headers[name]?.toString();
	}
	for (const name of PRESENT) {
		seen[name] = name in response.headers ? 'present' : undefined;
	}
	return seen;
}

export function exchange(base: string, wire: WireRequest): Promise<WireAnswer> {
	const { hostname, port } = new URL(base);
	const headers = wire.form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': wire.form.length };
	return new Promise((resolve, reject) => {
		const sent = request({ hostname, port, method: wire.method, path: wire.target, headers, agent: false }, (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk: Buffer) => chunks.push(chunk));
			response.on('end', () => {
				resolve({ status: response.statusCode ?? 0, headers: readHeaders(response), body: Buffer.concat(chunks).toString('latin1') });
			});
			response.on('error', reject);
		});
		sent.on('error', reject);
		sent.end(wire.form ?? undefined);
	});
}

const NAMES = ['a', 'b', 'dir', '_hidden', 'a%20b', 'c%26%3C', '%ff', '%C3%A9', '00000000000000000005', 'x%00y'];
const VALUES = ['x', 'x', 'x', '', 'y', 'one+two', '%3C%26%3E', '%00%ff', '%e2%80%a8', '%C3%A9"\\', '1'];
const FLAGS = ['true', 'true', 'true', 'true', 'true', 'false', 'false', '1', 'T', 'yes', ''];
const LONG_TTLS = ['100000', '100000', '20000', '9000000'];
const NUMBERS = ['0', '1', '007', '-1', '18446744073709551615', '18446744073709551616', '', 'x', '5.0'];

/** Most of what it makes is well-formed and meets existing keys; the rest is meant to be refused. */
export class RequestMaker {
	readonly #random: SeededRandom;
	/** Set when the last request was a plain set of x there: the next one compares. */
	#settled: string | null = null;

	constructor(random: SeededRandom) {
		this.#random = random;
	}

	/** index: the newest X-Etcd-Index, so that compares succeed now and then. */
	next(index: number): WireRequest {
		if (this.#settled !== null) {
			return this.#compare(this.#settled, index);
		}
		if (this.#below(12) === 0) {
			this.#settled = `/v2/keys/compared/${this.#pick(NAMES)}`;
			return { method: 'PUT', target: this.#settled, form: 'value=x' };
		}
		return this.#any(index);
	}

	#compare(target: string, index: number): WireRequest {
		this.#settled = null;
		const compare = this.#pick(['prevValue=x', 'prevValue=y', `prevIndex=${index}`, `prevIndex=${index - 1}`, `prevValue=y&prevIndex=${index + 1}`]);
		return this.#below(2) === 0
			? { method: 'PUT', target, form: `value=swapped&${compare}` }
			: { method: 'DELETE', target: `${target}?${compare}`, form: null };
	}

	#any(index: number): WireRequest {
		const method = this.#pick(['GET', 'GET', 'GET', 'HEAD', 'PUT', 'PUT', 'PUT', 'PUT', 'PUT', 'POST', 'DELETE', 'DELETE', 'PATCH']);
		const query = this.#parameters(method, index);
		const body = method === 'PUT' || method === 'POST' || this.#below(10) === 0 ? this.#parameters(method, index) : null;
		const path = `/v2/keys${this.#path()}`;
		// Unsorted listings come in no order from etcd, and the body of a GET is not read.
		const target = body === null || this.#below(4) === 0 ? `${path}?sorted=true&${query}` : `${path}?sorted=true`;
		return { method, target, form: body };
	}

	#path(): string {
		let path = '';
		for (let depth = this.#pick([0, 1, 1, 1, 2, 2, 3]); depth > 0; depth--) {
			path += `/${this.#pick(NAMES.slice(0, this.#below(3) === 0 ? NAMES.length : 3))}`;
		}
		const unclean = this.#below(12) === 0;
		return path + (unclean ? this.#pick(['/', '//', '/.', '/../a', '/%2e%2e/b', '%2F']) : '');
	}

	#parameters(method: string, index: number): string {
		const pairs: string[] = [];
		const maybe = (oneIn: number, pair: () => string): void => {
			if (this.#below(oneIn) === 0) {
				pairs.push(pair());
			}
		};
		if (method === 'PUT' || method === 'POST') {
			maybe(1, () => `value=${this.#pick(VALUES)}`);
			maybe(6, () => `prevExist=${this.#pick(FLAGS)}`);
			// Nothing here is over while a test runs: that takes its own steps (test/clients/random-v2).
			maybe(5, () => `ttl=${this.#pick(LONG_TTLS)}`);
			maybe(12, () => `refresh=true&ttl=${this.#pick(LONG_TTLS)}`);
		}
		maybe(4, () => `dir=${this.#pick(FLAGS)}`);
		maybe(4, () => `recursive=${this.#pick(FLAGS)}`);
		maybe(6, () => `prevValue=${this.#pick(VALUES)}`);
		maybe(8, () => `prevIndex=${this.#below(3) === 0 ? this.#pick(NUMBERS) : Math.max(0, index - this.#below(6))}`);
		maybe(12, () => `noValueOnSuccess=${this.#pick(FLAGS)}`);
		maybe(20, () => `quorum=${this.#pick(FLAGS)}`);
		maybe(30, () => `waitIndex=${this.#pick(NUMBERS)}`);
		maybe(30, () => `refresh=${this.#pick(['false', 'yes', 'true'])}`);
		maybe(40, () => `ttl=${this.#pick(['', 'x', '-1'])}`);
		maybe(40, () => `wait=${this.#pick(['false', 'maybe'])}`);
		maybe(40, () => `stream=${this.#pick(['false', 'true', 'maybe'])}`);
		maybe(40, () => this.#pick(['a;b', 'x=%zz', '%', '=', '', 'unknown=1', 'dir=true&dir=false']));
		return pairs.join('&');
	}

	#below(bound: number): number {
		return this.#random.below(bound);
	}

	#pick<T>(choices: readonly T[]): T {
		return choices[this.#below(choices.length)] as T;
	}
}
