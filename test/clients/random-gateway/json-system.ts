/** One of the two systems behind its JSON gateway: sends a request of random-v3/requests.ts as JSON, and says in text what came back, without what is each system's own. */
import Long from 'long';
import type { SeededRandom } from '../../../src/base/random.ts';
import type { Request } from '../random-v3/requests.ts';
import { asksForKeysOnly, OWN, toMessage } from '../random-v3/system.ts';

const PATHS: { readonly [K in Request['kind']]: string } = {
	range: 'kv/range',
	put: 'kv/put',
	delete: 'kv/deleterange',
	txn: 'kv/txn',
	compact: 'kv/compaction',
	lease_grant: 'lease/grant',
	lease_revoke: 'lease/revoke',
	lease_time_to_live: 'lease/timetolive',
	lease_list: 'kv/lease/leases',
	hash_kv: 'maintenance/hashkv',
};
const ENUMS: Readonly<Record<string, readonly string[]>> = {
	sort_order: ['NONE', 'ASCEND', 'DESCEND'],
	sort_target: ['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'],
	result: ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'],
	target: ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'],
};

/** The same spelling for both systems: names in either case, 64 bits as numbers or strings, enums as names or numbers, and fields that nobody knows. */
export function spell(random: SeededRandom, request: Request, at: number): string {
	const oneIn = (n: number): boolean => random.below(n) === 0;
	const named = (name: string): string => JSON.stringify(oneIn(2) ? name : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
	const print = (value: unknown, name: string): string => {
		if (Long.isLong(value)) {
			return oneIn(2) ? value.toString() : JSON.stringify(value.toString());
		}
		if (value instanceof Uint8Array) {
			return JSON.stringify(Buffer.from(value).toString('base64'));
		}
		if (Array.isArray(value)) {
			return `[${value.map((each) => print(each, name)).join(',')}]`;
		}
		if (typeof value === 'object' && value !== null) {
			const fields = Object.entries(value).map(([key, each]) => `${named(key)}:${print(each, key)}`);
			return `{${[...fields, ...(oneIn(6) ? ['"__proto__":{"a":[1,null]}'] : [])].join(', ')}}`;
		}
		const word = typeof value === 'number' && oneIn(2) ? ENUMS[name]?.[value] : undefined;
		return JSON.stringify(word ?? value);
	};
	return print(toMessage(request, at), '');
}

export class JsonSystem {
	readonly #endpoint: string;
	/** The newest revision that an answer has named. */
	revision = 1;

	constructor(endpoint: string) {
		this.#endpoint = endpoint;
	}

	async answer(request: Request, json: string): Promise<string> {
		const response = await this.#post(PATHS[request.kind], json);
		const body = JSON.parse(await response.text()) as {
			readonly header?: { readonly revision?: string };
			readonly code?: number;
			readonly message?: string;
		};
		if (response.status !== 200) {
			// `gateway-precondition`: the runtime of 3.4 calls it 412.
			const status = response.status === 412 && body.code === 9 ? 400 : response.status;
			return `status ${body.code}: ${body.message} (${status})`;
		}
		this.revision = Math.max(this.revision, Number(body.header?.revision ?? 0));
		return JSON.stringify(body, (key, value) => common(request, key, value));
	}

	/** Status and code: the words for bad JSON are each runtime's own. */
	async refusal(path: string, text: string): Promise<string> {
		const response = await this.#post(path, text);
		const body = JSON.parse(await response.text()) as { readonly code?: number };
		return `${response.status} ${body.code}`;
	}

	/** Events of the whole keyspace from a revision up to one that there is. */
	async events(from: number, to: number): Promise<readonly unknown[]> {
		const aborted = new AbortController();
		const body = JSON.stringify({ create_request: { key: 'AA==', range_end: 'AA==', start_revision: String(from), prev_kv: true } });
		const response = await fetch(`${this.#endpoint}/v3/watch`, { method: 'POST', body, signal: aborted.signal });
		const events: { readonly kv: { readonly mod_revision: string } }[] = [];
		let text = '';
		for await (const chunk of response.body ?? []) {
			text += Buffer.from(chunk).toString('utf8');
			const lines = text.split('\n');
			text = lines.pop() ?? '';
			events.push(...lines.flatMap((line) => JSON.parse(line).result.events ?? []));
			if (Number(events.at(-1)?.kv.mod_revision ?? 0) >= to) {
				break;
			}
		}
		aborted.abort();
		return events;
	}

	/** The ids and whether they are there, in the order of the answers. */
	async renewed(ids: readonly number[]): Promise<readonly string[]> {
		const response = await this.#post('lease/keepalive', ids.map((id) => JSON.stringify({ ID: id })).join('\n'));
		const lines = (await response.text()).trim().split('\n');
		return lines.map((line) => {
			const { ID, TTL } = JSON.parse(line).result as { readonly ID: string; readonly TTL?: string };
			return `${ID} ${TTL === undefined ? 'gone' : 'there'}`;
		});
	}

	#post(path: string, body: string): Promise<Response> {
		return fetch(`${this.#endpoint}/v3/${path}`, { method: 'POST', body });
	}
}

function common(request: Request, key: string, value: unknown): unknown {
	if (OWN.has(key) || (key === 'lease' && asksForKeysOnly(request))) {
		return undefined;
	}
	if (request.kind === 'lease_time_to_live' && key === 'TTL' && value !== '-1') {
		return 'some';
	}
	if (request.kind === 'lease_list' && key === 'leases' && Array.isArray(value)) {
		return value.map((lease: { readonly ID: string }) => lease.ID).sort();
	}
	return request.kind === 'lease_time_to_live' && key === 'keys' && Array.isArray(value) ? [...value].sort() : value;
}
