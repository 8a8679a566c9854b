/** The leases as the committed log tells of them, for replay.ts: which there are, which keys hang on them, and by which entries they began and ended. */
import type Long from 'long';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { numberOf } from '../history.ts';

const { LeaseGrantRequest, LeaseRevokeRequest } = etcdserverpb;

export interface ReplayedLease {
	readonly id: bigint;
	readonly ttl: number;
	/** The entry that granted it, and the one that ended it: 0 for none yet. */
	readonly grantedBy: number;
	endedBy: number;
	/** Its time was over; else a client revoked it. */
	isExpired: boolean;
}

export class ReplayedLeases {
	readonly all = new Map<bigint, ReplayedLease>();
	readonly #there = new Map<bigint, Set<string>>();
	readonly #leaseOf = new Map<string, bigint>();

	/** What asks for no lease has it. */
	isThere(id: bigint): boolean {
		return id === 0n || this.#there.has(id);
	}

	attach(key: string, id: bigint): void {
		this.#there.get(this.#leaseOf.get(key) ?? 0n)?.delete(key);
		if (id === 0n) {
			this.#leaseOf.delete(key);
		} else {
			this.#leaseOf.set(key, id);
			this.#there.get(id)?.add(key);
		}
	}

	/** The keys that go with each lease that this entry ends. */
	play(index: number, kind: number, body: Uint8Array): string[][] {
		switch (kind) {
			case COMMAND_KIND.lease_grant: {
				const { ID, TTL } = LeaseGrantRequest.decode(body);
				this.#grant(index, idOf(ID), numberOf(TTL));
				return [];
			}
			case COMMAND_KIND.lease_revoke:
				return this.#end(index, idOf(LeaseRevokeRequest.decode(body).ID), false);
			case COMMAND_KIND.lease_expire:
				return idsOf(body).flatMap((id) => this.#end(index, id, true));
			default:
				return [];
		}
	}

	#grant(index: number, id: bigint, ttl: number): void {
		if (id !== 0n && !this.#there.has(id)) {
			this.#there.set(id, new Set());
			this.all.set(id, { id, ttl, grantedBy: index, endedBy: 0, isExpired: false });
		}
	}

	#end(index: number, id: bigint, isExpired: boolean): string[][] {
		const keys = this.#there.get(id);
		const lease = this.all.get(id);
		if (keys === undefined || lease === undefined) {
			return [];
		}
		this.#there.delete(id);
		lease.endedBy = index;
		lease.isExpired = isExpired;
		return [[...keys]];
	}
}

export function idOf(id: Long | null | undefined): bigint {
	return id === null || id === undefined ? 0n : BigInt(id.toString());
}

function idsOf(body: Uint8Array): bigint[] {
	return Array.from({ length: body.length / 8 }, (_, at) => Buffer.from(body).readBigInt64BE(at * 8));
}
