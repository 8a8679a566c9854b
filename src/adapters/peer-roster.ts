/**
 * Who is in the cluster, as the peer port needs it: who may talk to this member, and what members tell of themselves in headers.
 * Changed by peer-network.ts only, when the store says so.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { must } from '../base/assert.ts';
import type { Slot } from '../base/brand.ts';
import type { PeerAddress } from '../ports/peer-links.ts';

const REMOVED_IDS_MAX = 1_024;

export type PeerCheck = { readonly ok: true; readonly from: Slot } | { readonly ok: false; readonly status: number; readonly reason: string };

export class PeerRoster {
	readonly #selfId: string;
	#clusterId: string | null = null;
	#byId = new Map<string, PeerAddress>();
	/** Ids that left while this process ran: told apart from strangers, as etcd does. The oldest are forgotten. */
	readonly #removed = new Set<string>();

	constructor(selfId: string) {
		this.#selfId = selfId;
	}

	get selfId(): string {
		return this.#selfId;
	}

	get clusterId(): string | null {
		return this.#clusterId;
	}

	get members(): readonly PeerAddress[] {
		return [...this.#byId.values()];
	}

	get others(): readonly PeerAddress[] {
		return this.members.filter((member) => member.id !== this.#selfId);
	}

	replace(clusterId: string, members: readonly PeerAddress[]): void {
		const next = new Map(members.map((member) => [member.id, member]));
		for (const id of this.#byId.keys()) {
			if (!next.has(id)) {
				this.#removed.add(id);
			}
		}
		for (const id of next.keys()) {
			this.#removed.delete(id);
		}
		while (this.#removed.size > REMOVED_IDS_MAX) {
			this.#removed.delete(must(this.#removed.values().next().value, 'the oldest removed id'));
		}
		this.#clusterId = clusterId;
		this.#byId = next;
	}

	/** What this member says of itself to another (reference/etcd-surface.md 6.2). */
	headersTo(member: PeerAddress, version: string): Record<string, string> {
		return {
			'X-Etcd-Cluster-ID': must(this.#clusterId, 'a cluster id before anybody is dialed'),
			'X-Server-From': this.#selfId,
			'X-Server-Version': version,
			'X-Raft-To': member.id,
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
		if (headers['x-raft-to'] !== this.#selfId) {
			return refuse(412, `member ID mismatch: this is ${this.#selfId}`);
		}
		const from = headers['x-server-from'];
		if (typeof from !== 'string' || from === this.#selfId) {
			return refuse(403, 'not a member of this cluster');
		}
		const member = this.#byId.get(from);
		if (member !== undefined) {
			return { ok: true, from: member.slot };
		}
		return this.#removed.has(from)
			? refuse(410, 'the member has been permanently removed from the cluster')
			: refuse(403, 'not a member of this cluster');
	}
}

function refuse(status: number, reason: string): PeerCheck {
	return { ok: false, status, reason };
}
