/**
 * A discovery token in the v2 keys of some service: `URL/_config/size`, and `URL/<member id>` for each member (reference/etcd-surface.md 7.2).
 * The service may be etcd's of any version, quorate's, or something in front of either. Used by discover.ts.
 */
import { OutsideHttp, type OutsideRequest } from '../../adapters/outside-http.ts';
import { type Entry, type Listing, type Registry, RegistryUnavailable } from './registry.ts';

interface V2Answer {
	readonly status: number;
	/** Of the service's store, now. */
	readonly index: number;
	readonly body: Readonly<Record<string, unknown>>;
}

const REQUEST_MILLISECONDS = 5_000;
/** A wait that is cut off on its way is not heard of: so all is looked at again after a while. */
const WAIT_MILLISECONDS = 60_000;
/** Where a wait is not served, or ends at once. */
const POLL_MILLISECONDS = 2_000;
const KEY_NOT_FOUND = 100;

export class V2Registry implements Registry {
	readonly place: string;
	readonly #http: OutsideHttp;
	readonly #pause: (milliseconds: number) => Promise<void>;

	/** url: of the token, without a slash at its end. */
	constructor({ url, proxy }: { readonly url: string; readonly proxy: string }, pause: (milliseconds: number) => Promise<void>) {
		this.place = url;
		this.#http = new OutsideHttp({ proxy, isSecure: url.startsWith('https:') });
		this.#pause = pause;
	}

	async readSize(): Promise<string | null> {
		const { status, body } = await this.#ask('GET', `${this.place}/_config/size?quorum=true`);
		if (status === 404 && body['errorCode'] === KEY_NOT_FOUND) {
			return null;
		}
		const value = status === 200 ? recordOf(body['node'])['value'] : undefined;
		if (typeof value !== 'string') {
			throw unexpected(status, body);
		}
		return value;
	}

	async list(): Promise<Listing> {
		const { status, index, body } = await this.#ask('GET', `${this.place}?quorum=true`);
		const node = status === 200 ? recordOf(body['node']) : {};
		if (node['dir'] !== true) {
			throw unexpected(status, body);
		}
		const nodes = (Array.isArray(node['nodes']) ? node['nodes'] : []).map(recordOf);
		return { entries: nodes.filter(isEntry).toSorted(byCreation).map(toEntry), since: index };
	}

	async register({ id, value }: Entry): Promise<'registered' | 'taken'> {
		const { status, body } = await this.#ask('PUT', `${this.place}/${id}?prevExist=false`, { value });
		if (status === 201) {
			return 'registered';
		}
		if (status === 412) {
			return 'taken';
		}
		throw unexpected(status, body);
	}

	async awaitMore({ since }: Listing): Promise<void> {
		const url = `${this.place}?wait=true&recursive=true&waitIndex=${since + 1}`;
		const answer = await this.#http.ask({ method: 'GET', url, form: null, timeoutMilliseconds: WAIT_MILLISECONDS });
		if (!answer.ok && !answer.isTimeout) {
			throw new RegistryUnavailable(answer.reason);
		}
		// Each event is a new one; whatever else comes at once must not make this loop spin.
		const isEvent = answer.ok && answer.status === 200 && typeof parse(answer.body)?.['action'] === 'string';
		if (answer.ok && !isEvent) {
			await this.#pause(POLL_MILLISECONDS);
		}
	}

	close(): Promise<void> {
		return this.#http.close();
	}

	async #ask(method: OutsideRequest['method'], url: string, form: OutsideRequest['form'] = null): Promise<V2Answer> {
		const answer = await this.#http.ask({ method, url, form, timeoutMilliseconds: REQUEST_MILLISECONDS });
		if (!answer.ok) {
			throw new RegistryUnavailable(answer.reason);
		}
		const body = parse(answer.body);
		if (body === null) {
			throw new RegistryUnavailable(`its answer is not that of a v2 key: ${answer.status} ${answer.body.slice(0, 80)}`);
		}
		const index = Number(answer.headers['x-etcd-index'] ?? 0);
		return { status: answer.status, index: Number.isSafeInteger(index) ? index : 0, body };
	}
}

interface EntryNode {
	readonly key: string;
	readonly value: string;
	readonly createdIndex: number;
}

function isEntry(node: Readonly<Record<string, unknown>>): node is Readonly<Record<string, unknown>> & EntryNode {
	return typeof node['key'] === 'string' && typeof node['value'] === 'string' && typeof node['createdIndex'] === 'number';
}

function byCreation(a: EntryNode, b: EntryNode): number {
	return a.createdIndex - b.createdIndex;
}

function toEntry({ key, value }: EntryNode): Entry {
	return { id: key.slice(key.lastIndexOf('/') + 1), value };
}

function unexpected(status: number, body: Readonly<Record<string, unknown>>): RegistryUnavailable {
	return new RegistryUnavailable(`unexpected answer: ${status} ${JSON.stringify(body).slice(0, 200)}`);
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? recordOf(value) : null;
	} catch {
		return null;
	}
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
