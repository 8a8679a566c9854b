/**
 * Executes the commands on leases: grant, revoke, expiry, checkpoint. Total, like the keyspace's (mvcc/execute.ts): whatever was decoded gets a
 * result or a refusal, the same on every member. What has changed is noted for the lessor (actors/lessor.ts), which learns of it once it is committed.
 */
import { CODES } from '../base/codes.ts';
import type { KeyspaceContext } from '../mvcc/execute.ts';
import { LEASES } from '../mvcc/lease-tree.ts';
import { Mutation } from '../mvcc/mutation.ts';
import { type Refusal, refuse } from '../mvcc/operations.ts';
import { TTL_SECONDS_MAX } from './ttl.ts';

export type LeaseChange =
	| { readonly kind: 'granted'; readonly id: bigint; readonly ttl: number }
	| { readonly kind: 'revoked'; readonly id: bigint }
	| { readonly kind: 'checkpointed'; readonly id: bigint; readonly remaining: number };

export interface LeaseContext extends KeyspaceContext {
	readonly changes: LeaseChange[];
}

export interface GrantOperation {
	readonly kind: 'lease_grant';
	/** int64; 0 is refused, since the lane chooses one where the client does not. */
	readonly id: bigint;
	/** Seconds. */
	readonly ttl: number;
}

export interface GrantResult extends GrantOperation {
	readonly revision: number;
}

export interface RevokeOperation {
	readonly kind: 'lease_revoke';
	readonly id: bigint;
}

export interface RevokeResult {
	readonly kind: 'lease_revoke';
	readonly revision: number;
}

export interface Checkpoint {
	readonly id: bigint;
	/** Seconds; 0: the lease was renewed. */
	readonly remaining: number;
}

export function executeGrant({ view, state, changes }: LeaseContext, { id, ttl }: GrantOperation): GrantResult | Refusal {
	if (id === 0n) {
		return refuse(CODES.lease_not_found.code);
	}
	if (ttl > TTL_SECONDS_MAX) {
		return refuse(CODES.lease_ttl_too_large.code);
	}
	if (LEASES.has(view, id)) {
		return refuse(CODES.lease_exists.code);
	}
	const effective = Math.max(1, ttl);
	LEASES.put(view, { id, ttl: effective, remaining: 0 });
	changes.push({ kind: 'granted', id, ttl: effective });
	return { kind: 'lease_grant', revision: state.revision, id, ttl: effective };
}

/** The lease and all its keys go at once: one revision, in key order, as in etcd, so that nobody sees a part of them gone. */
export function executeRevoke(context: LeaseContext, { id }: RevokeOperation): RevokeResult | Refusal {
	const { view, state, latest, changes } = context;
	if (id === 0n || !LEASES.has(view, id)) {
		return refuse(CODES.lease_not_found.code);
	}
	const mutation = new Mutation(view, state, latest);
	mutation.deleteAttached(LEASES.keysOf(view, id), id);
	LEASES.remove(view, id);
	mutation.finish();
	changes.push({ kind: 'revoked', id });
	return { kind: 'lease_revoke', revision: state.revision };
}

/** Many leases in one command, each with a revision of its own. One that is gone already is none of its business. */
export function executeExpire(context: LeaseContext, ids: readonly bigint[]): void {
	for (const id of ids) {
		executeRevoke(context, { kind: 'lease_revoke', id });
	}
}

export function executeCheckpoint({ view, changes }: LeaseContext, checkpoints: readonly Checkpoint[]): void {
	for (const { id, remaining } of checkpoints) {
		const record = id === 0n ? null : LEASES.get(view, id);
		if (record !== null) {
			const bounded = Math.max(0, Math.min(remaining, record.ttl));
			LEASES.put(view, { ...record, remaining: bounded });
			changes.push({ kind: 'checkpointed', id, remaining: bounded });
		}
	}
}
