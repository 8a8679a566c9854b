/**
 * What etcd keeps in its database: names of buckets, and the bytes of their small records. The schema is 3.5's, which 3.4 reads and later ones
 * raise to their own when they start.
 *
 *   key                  revision (main u64 '_' sub u64, 't' if a tombstone; big endian) -> mvccpb.KeyValue
 *   lease                id u64 big endian -> leasepb.Lease: ID = 1, TTL = 2, RemainingTTL = 3
 *   alarm                etcdserverpb.AlarmMember: memberID = 1, alarm = 2 -> nothing
 *   meta                 consistent_index, term: u64 big endian; confState: JSON; finishedCompactRev, scheduledCompactRev: a revision
 *   auth, authUsers, authRoles             etcd-auth-schema.ts
 *   members, members_removed, cluster      not read by a restore, which founds a new cluster
 *
 * Used by adapters/etcd-export.ts and adapters/etcd-import.ts.
 */
import { concatBytes, EMPTY_BYTES } from '../base/bytes.ts';
import { varint64Size, writeVarint64 } from '../base/varint.ts';
import { viewOf } from './format.ts';
import { readProtoFields } from './proto-fields.ts';

/** In the order of their bytes, as a bbolt file has them. */
export const ETCD_BUCKETS = ['alarm', 'auth', 'authRoles', 'authUsers', 'cluster', 'key', 'lease', 'members', 'members_removed', 'meta'] as const;
export type EtcdBucket = (typeof ETCD_BUCKETS)[number];
/** What SnapshotResponse.version says of the file. */
export const ETCD_SCHEMA_VERSION = '3.5.0';

export const ETCD_META = {
	confState: 'confState',
	consistentIndex: 'consistent_index',
	finishedCompact: 'finishedCompactRev',
	scheduledCompact: 'scheduledCompactRev',
	term: 'term',
} as const;

export interface EtcdRevision {
	readonly main: number;
	readonly sub: number;
	readonly tombstone: boolean;
}

export interface EtcdLease {
	readonly id: bigint;
	readonly ttl: bigint;
	/** Seconds at the last checkpoint; 0: none was made. */
	readonly remaining: bigint;
}

const REVISION_BYTES = 17;
const UNDERSCORE = 0x5f;
const TOMBSTONE_MARK = 0x74;

export function encodeRevision({ main, sub, tombstone }: EtcdRevision): Uint8Array {
	const bytes = new Uint8Array(tombstone ? REVISION_BYTES + 1 : REVISION_BYTES);
	const view = viewOf(bytes);
	view.setBigUint64(0, BigInt(main));
	bytes[8] = UNDERSCORE;
	view.setBigUint64(9, BigInt(sub));
	if (tombstone) {
		bytes[REVISION_BYTES] = TOMBSTONE_MARK;
	}
	return bytes;
}

/** Null for bytes that are none. */
export function decodeRevision(bytes: Uint8Array): EtcdRevision | null {
	const tombstone = bytes.length === REVISION_BYTES + 1 && bytes[REVISION_BYTES] === TOMBSTONE_MARK;
	if ((bytes.length !== REVISION_BYTES && !tombstone) || bytes[8] !== UNDERSCORE) {
		return null;
	}
	const main = Number(viewOf(bytes).getBigUint64(0));
	const sub = Number(viewOf(bytes).getBigUint64(9));
	return Number.isSafeInteger(main) && Number.isSafeInteger(sub) ? { main, sub, tombstone } : null;
}

export function encodeUint64(value: bigint): Uint8Array {
	const bytes = new Uint8Array(8);
	viewOf(bytes).setBigUint64(0, BigInt.asUintN(64, value));
	return bytes;
}

export function encodeLease({ id, ttl, remaining }: EtcdLease): Uint8Array {
	return concatBytes([varintField(1, id), varintField(2, ttl), varintField(3, remaining)]);
}

/** Null for bytes that are none, or a lease of another id than the one that they are filed under. */
export function decodeLease(key: Uint8Array, bytes: Uint8Array): EtcdLease | null {
	const fields = readProtoFields(bytes);
	if (fields === null || key.length !== 8) {
		return null;
	}
	const value = (number: number): bigint => BigInt.asIntN(64, fields.find((field) => field.number === number)?.value ?? 0n);
	const lease = { id: value(1), ttl: value(2), remaining: value(3) };
	return lease.id === viewOf(key).getBigInt64(0) && lease.id !== 0n ? lease : null;
}

/** The key of an alarm's record; its value is empty. */
export function encodeAlarm(memberId: bigint, kind: number): Uint8Array {
	return concatBytes([varintField(1, memberId), varintField(2, BigInt(kind))]);
}

/** ids: of members that vote, and of learners. JSON as Go has it, where a number may be beyond 2^53. */
export function encodeConfState(voters: readonly bigint[], learners: readonly bigint[]): Uint8Array {
	return new TextEncoder().encode(`{"voters":[${voters.join()}],"learners":[${learners.join()}],"auto_leave":false}`);
}

function varintField(number: number, value: bigint): Uint8Array {
	if (value === 0n) {
		return EMPTY_BYTES;
	}
	const bytes = new Uint8Array(1 + varint64Size(value));
	bytes[0] = number << 3;
	writeVarint64(bytes, 1, value);
	return bytes;
}
