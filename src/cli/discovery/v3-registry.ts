/**
 * A discovery token in the v3 keys of some etcd (reference/etcd-surface.md 7.2). It is polled, not watched: three members that wait a minute are not worth
 * a stream that may break. Used by discover.ts.
 */
import { DiscoveryKv, type KvOutcome, type KvRow } from '../../adapters/discovery-kv.ts';
import type { V3Discovery } from '../../config/discovery-config.ts';
import { type Entry, type Listing, type Registry, RegistryUnavailable } from './registry.ts';

export class V3Registry implements Registry {
	readonly place: string;
	readonly #kv: DiscoveryKv;
	readonly #prefix: string;
	readonly #pollMs: number;
	readonly #pause: (milliseconds: number) => Promise<void>;

	constructor(discovery: V3Discovery, pause: (milliseconds: number) => Promise<void>) {
		this.place = `${discovery.endpoints.join()} token ${discovery.token}`;
		this.#kv = new DiscoveryKv(discovery);
		this.#prefix = `/_etcd/registry/${discovery.token}`;
		this.#pollMs = discovery.pollMs;
		this.#pause = pause;
	}

	async readSize(): Promise<string | null> {
		const [row] = unwrap(await this.#kv.read(`${this.#prefix}/_config/size`));
		return row?.value ?? null;
	}

	async list(): Promise<Listing> {
		const rows = unwrap(await this.#kv.read(`${this.#prefix}/members/`));
		return { entries: rows.toSorted((a, b) => a.createRevision - b.createRevision).map(toEntry), since: 0 };
	}

	async register({ id, value }: Entry): Promise<'registered' | 'taken'> {
		return unwrap(await this.#kv.create(`${this.#prefix}/members/${id}`, value)) ? 'registered' : 'taken';
	}

	awaitMore(): Promise<void> {
		return this.#pause(this.#pollMs);
	}

	async close(): Promise<void> {}
}

function toEntry({ key, value }: KvRow): Entry {
	return { id: key.slice(key.lastIndexOf('/') + 1), value };
}

function unwrap<T>(outcome: KvOutcome<T>): T {
	if (!outcome.ok) {
		throw new RegistryUnavailable(outcome.reason);
	}
	return outcome.value;
}
