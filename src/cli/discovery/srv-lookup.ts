/** Asks name servers for the founding members: the system's, or those of --dns-servers. Used by discover.ts. */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { FatalError } from '../../base/fatal.ts';
import type { ClusterMember, Config } from '../../config/config.ts';
import type { Discovery } from '../../config/discovery-config.ts';
import type { Logger } from '../../ports/logger.ts';
import { clusterOfTargets, type OwnUrl, type SrvTarget } from './srv-cluster.ts';

type SrvDiscovery = Extract<Discovery, { readonly kind: 'srv' }>;

/** What a server says that is there and knows no such name. */
const NO_SUCH_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
const TRY_MILLISECONDS = 2_000;
const TRIES = 2;
const FIRST_PAUSE_MILLISECONDS = 500;
const LAST_PAUSE_MILLISECONDS = 32_000;

export class SrvLookup {
	readonly #resolver: Resolver | null;
	readonly #srv: Resolver;
	readonly #services: readonly { readonly scheme: 'https' | 'http'; readonly name: string }[];
	readonly #domain: string;

	constructor({ domain, suffix, servers }: SrvDiscovery) {
		this.#srv = new Resolver({ timeout: TRY_MILLISECONDS, tries: TRIES });
		if (servers.length > 0) {
			this.#srv.setServers(servers);
		}
		this.#resolver = servers.length > 0 ? this.#srv : null;
		this.#domain = domain;
		const end = suffix === '' ? '' : `-${suffix}`;
		this.#services = [
			{ scheme: 'https', name: `_etcd-server-ssl${end}._tcp.${domain}` },
			{ scheme: 'http', name: `_etcd-server${end}._tcp.${domain}` },
		];
	}

	/** Asks again for as long as servers do not answer; FatalError discovery_failed for answers that make no cluster with this member in it. */
	async findMembers(
		config: Pick<Config, 'name' | 'initialAdvertisePeerUrls'>,
		logger: Logger,
		pause: (milliseconds: number) => Promise<void>,
	): Promise<readonly ClusterMember[]> {
		for (let failures = 0; ; failures++) {
			try {
				const cluster = clusterOfTargets(await this.#targets(), { name: config.name, urls: await this.#own(config.initialAdvertisePeerUrls) });
				if (!cluster.ok) {
					throw new FatalError('discovery_failed', `discovery by the SRV records of ${this.#domain}: ${cluster.problem}`);
				}
				return cluster.members;
			} catch (error) {
				if (error instanceof FatalError || !(error instanceof Error)) {
					throw error;
				}
				const milliseconds = Math.min(LAST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(failures, 16));
				logger.log('warn', 'the name service does not answer; asking again', { discovery: this.#domain, reason: error.message, milliseconds });
				await pause(milliseconds);
			}
		}
	}

	/** Of both services: a cluster may be on its way from one to the other. In an order that does not depend on how a server shuffles. */
	async #targets(): Promise<readonly SrvTarget[]> {
		const targets: SrvTarget[] = [];
		for (const { scheme, name } of this.#services) {
			const records = await orNone(() => this.#srv.resolveSrv(name));
			for (const { name: target, port } of records.toSorted((a, b) => (`${a.name} ${a.port}` < `${b.name} ${b.port}` ? -1 : 1))) {
				const host = target.replace(/\.$/, '');
				targets.push({ scheme, host, port, addresses: await this.#addressesOf(host) });
			}
		}
		return targets;
	}

	#own(urls: readonly string[]): Promise<readonly OwnUrl[]> {
		return Promise.all(urls.map(async (url) => ({ url, addresses: await this.#addressesOf(new URL(url).hostname.replace(/^\[|\]$/g, '')) })));
	}

	/** Names that the given servers do not know, such as localhost, may still be the system's. */
	async #addressesOf(host: string): Promise<readonly string[]> {
		if (isIP(host) !== 0) {
			return [host];
		}
		const resolver = this.#resolver;
		if (resolver !== null) {
			const told = [...(await orNone(() => resolver.resolve4(host))), ...(await orNone(() => resolver.resolve6(host)))];
			if (told.length > 0) {
				return told;
			}
		}
		return (await orNone(() => lookup(host, { all: true }))).map(({ address }) => address);
	}
}

async function orNone<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
	try {
		return await ask();
	} catch (error) {
		if (error instanceof Error && 'code' in error && typeof error.code === 'string' && NO_SUCH_NAME.has(error.code)) {
			return [];
		}
		throw error;
	}
}
