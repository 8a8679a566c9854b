/**
 * Who is in the cluster, as the peer port needs it: who may talk to this member, and what members tell of themselves in headers.
 * Changed by peer-network.ts only, when the store says so.
 *
 * A member whose store is behind (it is new, or was away) does not know all who are in the cluster by now, and it is one of those that has
 * what it lacks. So a peer of the same cluster that is neither known nor removed is taken in as a guest, at the slot and the URLs that it
 * names, until the store knows better. etcd does the same (its remotes, and the header X-PeerURLs).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { must } from '../base/assert.ts';
import type { Slot } from '../base/brand.ts';
import type { PeerAddress } from '../ports/peer-links.ts';

export interface RosterOptions {
	/** This member's id as hex. */
	readonly selfId: string;
	readonly selfSlot: Slot;
	/** This member's peer URLs, for those who do not know it yet. */
	readonly advertiseUrls: readonly string[];
	/** Null: nobody is let in before the store has told the members. */
	readonly clusterId: string | null;
	readonly versionText: string;
}

export type PeerCheck = { readonly ok: true; readonly from: Slot } | { readonly ok: false; readonly status: number; readonly reason: string };

const SLOT_HEADER = 'X-Quorate-Slot';
const URLS_HEADER = 'X-PeerURLs';
const SLOT_MAX = 65_535;
const GUESTS_MAX = 64;
const URLS_MAX = 16;
const PEER_SCHEMES = ['http:', 'https:', 'unix:', 'unixs:'];
const HEX_ID = /^[0-9a-f]{1,16}$/;

export class PeerRoster {
	readonly #options: RosterOptions;
	/** A guest came in, or came with other URLs. */
	readonly #met: (guest: PeerAddress) => void;
	#clusterId: string | null;
	#byId = new Map<string, PeerAddress>();
	#guests = new Map<string, PeerAddress>();
	/** Ids that have left the cluster: told apart from strangers, as etcd does. */
	#removed: ReadonlySet<string> = new Set();

	constructor(options: RosterOptions, met: (guest: PeerAddress) => void) {
		this.#options = options;
		this.#clusterId = options.clusterId;
		this.#met = met;
	}

	get selfId(): string {
		return this.#options.selfId;
	}

	get clusterId(): string | null {
		return this.#clusterId;
	}

	get members(): readonly PeerAddress[] {
		return [...this.#byId.values()];
	}

	/** Everyone to be dialed: the other members, and guests. */
	get others(): readonly PeerAddress[] {
		return [...this.members.filter((member) => member.id !== this.selfId), ...this.#guests.values()];
	}

	/** Whether this member has left the cluster. */
	get isSelfRemoved(): boolean {
		return this.#removed.has(this.selfId);
	}

	replace(clusterId: string, members: readonly PeerAddress[], removed: readonly string[]): void {
		this.#clusterId = clusterId;
		this.#byId = new Map(members.map((member) => [member.id, member]));
		this.#removed = new Set(removed);
		const slots = new Set(members.map(({ slot }) => slot));
		for (const [id, { slot }] of this.#guests) {
			if (this.#byId.has(id) || this.#removed.has(id) || slots.has(slot)) {
				this.#guests.delete(id);
			}
		}
	}

	/** What this member says of itself to another (reference/etcd-surface.md 6.2). */
	headersTo(member: PeerAddress): Record<string, string> {
		const { selfId, selfSlot, advertiseUrls, versionText } = this.#options;
		return {
			'X-Etcd-Cluster-ID': must(this.#clusterId, 'a cluster id before anybody is dialed'),
			'X-Server-From': selfId,
			'X-Server-Version': versionText,
			'X-Raft-To': member.id,
			[SLOT_HEADER]: String(selfSlot),
			[URLS_HEADER]: (this.#byId.get(selfId)?.urls ?? advertiseUrls).join(','),
		};
	}

	/** What that member has to say of itself in its answer. */
	headersFrom(member: PeerAddress): Record<string, string> {
		return { 'x-etcd-cluster-id': must(this.#clusterId, 'a cluster id before anybody is dialed'), 'x-server-from': member.id };
	}

	/** Whether a request comes from a member and is meant for this one. */
	check(headers: IncomingHttpHeaders): PeerCheck {
		if (this.#clusterId === null) {
			return refuse(503, 'this member does not know its cluster yet');
		}
		const clusterId = headers['x-etcd-cluster-id'];
		if (clusterId !== this.#clusterId) {
			return refuse(412, `cluster ID mismatch: this is ${this.#clusterId}`);
		}
		if (headers['x-raft-to'] !== this.selfId) {
			return refuse(412, `member ID mismatch: this is ${this.selfId}`);
		}
		const from = headers['x-server-from'];
		if (typeof from !== 'string' || from === this.selfId) {
			return refuse(403, 'not a member of this cluster');
		}
		const member = this.#byId.get(from);
		if (member !== undefined) {
			return { ok: true, from: member.slot };
		}
		return this.#removed.has(from) ? refuse(410, 'the member has been permanently removed from the cluster') : this.#admitGuest(from, headers);
	}

	#admitGuest(id: string, headers: IncomingHttpHeaders): PeerCheck {
		const slot = Number(headers[SLOT_HEADER.toLowerCase()]);
		const urls = String(headers[URLS_HEADER.toLowerCase()] ?? '').split(',');
		const isSound = HEX_ID.test(id) && Number.isInteger(slot) && slot > 0 && slot <= SLOT_MAX && urls.length <= URLS_MAX && urls.every(isPeerUrl);
		if (!isSound) {
			return refuse(403, 'not a member of this cluster');
		}
		const holder = [...this.members, ...this.#guests.values()].find((each) => each.slot === slot);
		const isTaken = slot === this.#options.selfSlot || (holder !== undefined && holder.id !== id);
		if (isTaken || (!this.#guests.has(id) && this.#guests.size >= GUESTS_MAX)) {
			return refuse(403, 'not a member of this cluster as this member knows it');
		}
		const guest: PeerAddress = { id, slot: slot as Slot, urls, name: '' };
		this.#guests.set(id, guest);
		this.#met(guest);
		return { ok: true, from: guest.slot };
	}
}

function refuse(status: number, reason: string): PeerCheck {
	return { ok: false, status, reason };
}

function isPeerUrl(text: string): boolean {
	return URL.canParse(text) && PEER_SCHEMES.includes(new URL(text).protocol);
}
