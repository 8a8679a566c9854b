/** What SRV records say about who founds a cluster (reference/etcd-surface.md 7.2). Pure; asking name servers is srv-lookup.ts. */
import type { ClusterMember } from '../../config/config.ts';
import { parseInitialCluster } from '../../config/initial-cluster.ts';

/** One SRV record, with the addresses of its target. */
export interface SrvTarget {
	readonly scheme: 'http' | 'https';
	/** Without the dot at its end. */
	readonly host: string;
	readonly port: number;
	readonly addresses: readonly string[];
}

/** One of this member's advertised peer URLs. */
export interface OwnUrl {
	readonly url: string;
	readonly addresses: readonly string[];
}

export type SrvCluster = { readonly ok: true; readonly members: readonly ClusterMember[] } | { readonly ok: false; readonly problem: string };

/** A member's URLs are as the records spell them, for all must spell them alike. Others than this one have no names yet: they get numbers. */
export function clusterOfTargets(targets: readonly SrvTarget[], own: { readonly name: string; readonly urls: readonly OwnUrl[] }): SrvCluster {
	const places = new Map(own.urls.flatMap(({ url, addresses }) => addresses.map((address) => [placeOf(address, new URL(url)), url] as const)));
	const found = new Set<string>();
	const parts: string[] = [];
	let number = 0;
	for (const { scheme, host, port, addresses } of targets) {
		const target = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
		const url = addresses.map((address) => places.get(`${address} ${port}`)).find((each) => each !== undefined);
		if (url === undefined) {
			number += String(number) === own.name ? 1 : 0;
			parts.push(`${number}=${target}`);
			number += 1;
		} else if (url.startsWith(`${scheme}:`)) {
			found.add(url);
			parts.push(`${own.name}=${target}`);
		} else {
			return { ok: false, problem: `${target} of the SRV records is this member's ${url}, with another scheme` };
		}
	}
	const missing = own.urls.find(({ url }) => !found.has(url));
	if (missing !== undefined) {
		return {
			ok: false,
			problem: `cannot find the local member ${own.name} (${missing.url}) in the SRV records: ${parts.join(',') || 'there are none'}`,
		};
	}
	const parsed = parseInitialCluster(parts.join(','));
	return parsed.ok ? { ok: true, members: parsed.members } : { ok: false, problem: `the list of members ${parsed.rule}` };
}

function placeOf(address: string, { port, protocol }: URL): string {
	return `${address} ${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}
