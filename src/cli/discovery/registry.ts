/**
 * A discovery token as both protocols have it (reference/etcd-surface.md 7.2): a size, and an entry for each member that has registered, in the order of
 * creation. What its entries mean for one member is decided here, purely; asking is v2-registry.ts and v3-registry.ts, the order of things find-members.ts.
 */
import { DISCOVERY_SIZE_MAX } from '../../base/limits.ts';
import type { ClusterMember } from '../../config/config.ts';
import { parseInitialCluster } from '../../config/initial-cluster.ts';

export interface Entry {
	/** The member id in hex, which is the entry's key. */
	readonly id: string;
	/** name=url, with a comma between several. */
	readonly value: string;
}

export interface Listing {
	/** Oldest first. */
	readonly entries: readonly Entry[];
	/** Where a wait for more begins; its meaning is the registry's. */
	readonly since: number;
}

/** The service did not answer, or not as it should: what was asked may be asked again. */
export class RegistryUnavailable extends Error {
	override readonly name = 'RegistryUnavailable';
}

export interface Registry {
	/** What a person knows it by. */
	readonly place: string;
	/** The text of the size, or null if there is none: no such token. */
	readSize(): Promise<string | null>;
	list(): Promise<Listing>;
	/** taken: there is an entry of this id already. */
	register(entry: Entry): Promise<'registered' | 'taken'>;
	/** Returns when there may be more, or after a while. */
	awaitMore(listing: Listing): Promise<void>;
	close(): Promise<void>;
}

export type Judgement =
	/** Everybody is there. */
	| { readonly kind: 'complete'; readonly members: readonly ClusterMember[] }
	/** This member is one of the first `size`; so many are missing. */
	| { readonly kind: 'waiting'; readonly missing: number }
	/** There is room, and this member has no entry. */
	| { readonly kind: 'room' }
	/** The first `size` are others. */
	| { readonly kind: 'full' }
	| { readonly kind: 'broken'; readonly problem: string };

/** null: not a number of members. */
export function parseSize(text: string): number | null {
	const size = /^[1-9]\d{0,3}$/.test(text.trim()) ? Number(text) : 0;
	return size >= 1 && size <= DISCOVERY_SIZE_MAX ? size : null;
}

export function judge({ entries }: Listing, { size, ownId }: { readonly size: number; readonly ownId: string }): Judgement {
	const first = entries.slice(0, size);
	if (!first.some(({ id }) => id === ownId)) {
		return first.length < size ? { kind: 'room' } : { kind: 'full' };
	}
	return first.length < size ? { kind: 'waiting', missing: size - first.length } : readMembers(first);
}

/** Names are checked before: two members of one name would be taken for one with several URLs. */
function readMembers(entries: readonly Entry[]): Judgement {
	const ids = new Map<string, string>();
	for (const { id, value } of entries) {
		const names = new Set(value.split(',').map((part) => part.slice(0, Math.max(0, part.indexOf('=')))));
		const [name = ''] = names;
		if (names.size !== 1 || name === '') {
			return { kind: 'broken', problem: `the entry of ${id} is not name=url: ${JSON.stringify(value.slice(0, 200))}` };
		}
		const other = ids.get(name);
		if (other !== undefined) {
			return { kind: 'broken', problem: `the members ${other} and ${id} have one name (${name}): give each its own by --name` };
		}
		ids.set(name, id);
	}
	const parsed = parseInitialCluster(entries.map(({ value }) => value).join(','));
	return parsed.ok ? { kind: 'complete', members: parsed.members } : { kind: 'broken', problem: `the list of members ${parsed.rule}` };
}
