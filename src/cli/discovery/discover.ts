/**
 * What a member without --initial-cluster does before it founds its cluster: it finds the other founding members, in the way that its options name
 * (reference/etcd-surface.md 7.2). Called by serve.ts, on every boot; only on the first one is anybody asked.
 */
import { createHash } from 'node:crypto';
import { type Founders, readFounders, writeFounders } from '../../adapters/founders-file.ts';
import { unreachable } from '../../base/assert.ts';
import type { ClusterMember, Config } from '../../config/config.ts';
import { memberId } from '../../members/member-id.ts';
import type { Logger } from '../../ports/logger.ts';
import { findMembers } from './find-members.ts';
import type { Registry } from './registry.ts';
import { SrvLookup } from './srv-lookup.ts';
import { V2Registry } from './v2-registry.ts';
import { V3Registry } from './v3-registry.ts';

export interface DiscoverOptions {
	readonly config: Config;
	/** The data directory, locked for this process. */
	readonly directory: string;
	/** No identity has been written yet. */
	readonly isNew: boolean;
	readonly logger: Logger;
}

type Way = Exclude<Config['discovery'], { readonly kind: 'none' }>;

/** The configuration with the founding members in it. What led to them is left out: no thread needs it, and there may be a password in it. */
export async function discover({ config, directory, isNew, logger }: DiscoverOptions): Promise<Config> {
	const { discovery } = config;
	if (discovery.kind === 'none') {
		return config;
	}
	const founders = readFounders(directory);
	const token = tokenOf(discovery) ?? config.initialClusterToken;
	const plain: Config = { ...config, discovery: { kind: 'none' }, initialClusterToken: token };
	if (founders !== null && founders.members !== null && founders.place === placeOf(discovery)) {
		return { ...plain, initialCluster: founders.members };
	}
	if (!isNew) {
		return plain;
	}
	const members = await ask({ config: plain, directory, logger, discovery, former: founders });
	return { ...plain, initialCluster: members };
}

interface Asking {
	readonly config: Config;
	readonly directory: string;
	readonly logger: Logger;
	readonly discovery: Way;
	readonly former: Founders | null;
}

async function ask({ config, directory, logger, discovery, former }: Asking): Promise<readonly ClusterMember[]> {
	const place = placeOf(discovery);
	const urls = config.initialAdvertisePeerUrls;
	const id = memberId(urls, config.initialClusterToken, sha1).toString(16);
	if (discovery.kind === 'srv') {
		const members = await new SrvLookup(discovery).findMembers(config, logger, pause);
		writeFounders(directory, { place, memberId: '', members });
		logger.log('info', 'discovery is complete', { discovery: place, members: members.map(({ name, urls }) => `${name}=${urls.join()}`) });
		return members;
	}
	const registry = openRegistry(discovery);
	try {
		logger.log('info', 'looking for the other members', { discovery: place, 'local-member-id': id });
		const members = await findMembers({
			registry,
			own: { id, value: urls.map((url) => `${config.name}=${url}`).join(',') },
			isRegistered: former !== null && former.place === place && former.memberId === id,
			willRegister: () => writeFounders(directory, { place, memberId: id, members: null }),
			logger,
			pause,
		});
		writeFounders(directory, { place, memberId: id, members });
		return members;
	} finally {
		await registry.close();
	}
}

function openRegistry(discovery: Exclude<Way, { readonly kind: 'srv' }>): Registry {
	return discovery.kind === 'v2' ? new V2Registry(discovery, pause) : new V3Registry(discovery, pause);
}

/** What tells this discovery from another. */
function placeOf(discovery: Way): string {
	switch (discovery.kind) {
		case 'v2':
			return discovery.url;
		case 'v3':
			return discovery.token;
		case 'srv':
			return `${discovery.domain} ${discovery.suffix}`.trim();
		default:
			return unreachable(discovery);
	}
}

/** As etcd: a cluster that was found by a token has it as its own, so that two tokens never make one cluster. null: the configured one. */
function tokenOf(discovery: Way): string | null {
	return discovery.kind === 'srv' ? null : placeOf(discovery);
}

function sha1(bytes: Uint8Array): Uint8Array {
	return createHash('sha1').update(bytes).digest();
}

function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
}
