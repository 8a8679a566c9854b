/**
 * Seeded random steps against the v2 API, as plain data: single requests, nodes that are waited for until they are over, and watches with
 * requests under way. Indices are said relative to the newest one (BASE stands for it), so that a step means the same when others are left out.
 */
import type { SeededRandom } from '../../../src/base/random.ts';
import { RequestMaker, type WireRequest } from '../../unit/api/v2/random-requests.ts';

export type Step =
	| { readonly kind: 'request'; readonly request: WireRequest }
	/** Nodes with a short TTL are written; the step ends when they are over. */
	| { readonly kind: 'expiry'; readonly writes: readonly WireRequest[] }
	/** A GET with wait=true, opened before the requests. */
	| { readonly kind: 'watch'; readonly watch: WireRequest; readonly requests: readonly WireRequest[] };

/** Written where the newest index stands; 3 less is the third newest. No other number of a request is near it. */
export const BASE = 1_000_000_000;
const NEAR_BASE = /\b(?:1000000\d{3}|99999\d{4})\b/g;
/** As far as the history reaches, and some more. */
const HISTORY = 1_000;

const DIRECTORIES = ['', '/a', '/b', '/dir', '/dir/a', '/ttl', '/_hidden', '/a/_hidden', '/compared', '/nowhere'];
const NAMES = ['a', 'b', 'dir', 'x'];
/** At once, soon, and a duration that overflows to the past. */
const SHORT_TTLS = ['0', '1', '18446744073709551615'];

/** Puts the newest index into what was drawn. */
export function placed(request: WireRequest, newest: number): WireRequest {
	const place = (text: string): string => text.replace(NEAR_BASE, (digits) => String(Math.max(0, newest + Number(digits) - BASE)));
	return { ...request, target: place(request.target), form: request.form === null ? null : place(request.form) };
}

export class StepMaker {
	readonly #random: SeededRandom;
	readonly #requests: RequestMaker;
	readonly #expiryEvery: number;

	/** expiryEvery: one step in so many waits for nodes to be over, which takes a second or two. */
	constructor(random: SeededRandom, expiryEvery: number) {
		this.#random = random;
		this.#requests = new RequestMaker(random);
		this.#expiryEvery = expiryEvery;
	}

	next(): Step {
		if (this.#below(this.#expiryEvery) === 0) {
			return { kind: 'expiry', writes: this.#expiring() };
		}
		if (this.#below(25) === 0) {
			return this.#watch();
		}
		return { kind: 'request', request: this.#requests.next(BASE) };
	}

	/** One node that is over soon, or several that are over together: they must all be written before the first of them is. */
	#expiring(): WireRequest[] {
		if (this.#below(2) === 0) {
			return [this.#put(`ttl=${this.#pick(SHORT_TTLS)}`)];
		}
		return Array.from({ length: 2 + this.#below(4) }, () =>
			this.#put(this.#pick(['ttl=2', 'ttl=2', 'ttl=2&dir=true', 'ttl=2&prevExist=true', 'refresh=true&ttl=2', ''])),
		);
	}

	#put(form: string): WireRequest {
		const depth = 1 + this.#below(2);
		const path = Array.from({ length: depth }, () => this.#pick(NAMES)).join('/');
		const value = form.startsWith('refresh') ? '' : 'value=v&';
		return { method: 'PUT', target: `/v2/keys/ttl/${path}`, form: `${form.includes('dir=true') ? '' : value}${form}` };
	}

	#watch(): Step {
		// With quorum=true it is a read, whose children come in no order unless they are to be sorted.
		const parameters = ['wait=true', 'sorted=true'];
		if (this.#below(2) === 0) {
			parameters.push('recursive=true');
		}
		if (this.#below(4) === 0) {
			parameters.push('stream=true');
		}
		if (this.#below(2) === 0) {
			parameters.push(`waitIndex=${this.#waitIndex()}`);
		}
		if (this.#below(20) === 0) {
			parameters.push(this.#pick(['quorum=true', 'waitIndex=x', 'stream=yes', 'dir=true', 'waitIndex=0']));
		}
		const name = this.#below(3) === 0 ? '' : `/${this.#pick(NAMES)}`;
		const target = `/v2/keys${this.#pick(DIRECTORIES)}${name}?${parameters.join('&')}`;
		const requests = Array.from({ length: 1 + this.#below(4) }, () => this.#requests.next(BASE));
		return { kind: 'watch', watch: { method: 'GET', target, form: null }, requests };
	}

	/** Of late, about where the history ends, or in the future. */
	#waitIndex(): number {
		switch (this.#below(6)) {
			case 0:
				return BASE - HISTORY - 2 + this.#below(6);
			case 1:
				return BASE + this.#below(4);
			case 2:
				return BASE - this.#below(HISTORY);
			default:
				return BASE - this.#below(20);
		}
	}

	#below(bound: number): number {
		return this.#random.below(bound);
	}

	#pick<T>(choices: readonly T[]): T {
		return choices[this.#below(choices.length)] as T;
	}
}
