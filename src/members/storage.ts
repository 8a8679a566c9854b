/**
 * The records of the tree `members`: JSON behind a checksum, since they are few, small, and readable in a dump. What they mean is table.ts.
 *
 *   'c' -> ClusterRecord      'm', slot u16 -> MemberRecord      'r', id as hex -> RemovedRecord
 */
import { assert } from '../base/assert.ts';
import type { Slot } from '../base/brand.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';
import type { MemberRecord } from './record.ts';

export interface ClusterRecord {
	readonly clusterId: string;
	/** The entry that last changed who takes part. */
	readonly membershipIndex: number;
	/** The slot of the next member that is added: slots are given out once, so that a vote or an append of a member that left is nobody else's. */
	readonly nextSlot: number;
	/** While one member takes another's place; else null. */
	readonly joint: JointRecord | null;
}

/** Both memberships decide until the former is left (thesis 4.3). */
export interface JointRecord {
	/** Voters of the membership that is left. */
	readonly outgoing: readonly Slot[];
	/** The one of them that goes with it. */
	readonly leaving: Slot;
}

/** A member that has left: its id can never come back (reference/etcd-surface.md 7.3). */
export interface RemovedRecord {
	readonly id: string;
	readonly slot: Slot;
}

export const SLOT_MAX = 65_535;
const CRC_BYTES = 4;
const CLUSTER_KEY = new Uint8Array([0x63]);
const MEMBER_PREFIX = 0x6d;
const REMOVED_PREFIX = 0x72;
const NOT_JOINT = { joint: null };
const HEX_ID = /^[0-9a-f]{1,16}$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function readCluster(view: ReadView): ClusterRecord | null {
	const bytes = view.get(TREE.members, CLUSTER_KEY);
	// Records of 0.1.0 know nothing of joint memberships.
	return bytes === null ? null : { ...NOT_JOINT, ...read<ClusterRecord>(CLUSTER_KEY, bytes) };
}

export function putCluster(view: WriteView, record: ClusterRecord): void {
	put(view, CLUSTER_KEY, record);
}

/** In order of slots. */
export function readMembers(view: ReadView): MemberRecord[] {
	return readAll<MemberRecord>(view, MEMBER_PREFIX);
}

export function putMember(view: WriteView, member: MemberRecord): void {
	assert(isStorable(member), () => `member ${member.id} in slot ${member.slot}`);
	put(view, memberKey(member.slot), member);
}

/** The member goes, and its id is remembered. */
export function moveToRemoved(view: WriteView, { id, slot }: MemberRecord): void {
	view.remove(TREE.members, memberKey(slot));
	put(view, removedKey(id), { id, slot });
}

export function isRemoved(view: ReadView, id: string): boolean {
	return view.get(TREE.members, removedKey(id)) !== null;
}

export function readRemoved(view: ReadView): RemovedRecord[] {
	return readAll<RemovedRecord>(view, REMOVED_PREFIX);
}

/** Commands are JSON, which the compiler has not seen. */
export function isId(value: unknown): value is string {
	return typeof value === 'string' && HEX_ID.test(value);
}

export function isTexts(value: unknown): value is readonly string[] {
	return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

export function isStorable(member: MemberRecord): boolean {
	return (
		typeof member === 'object' &&
		member !== null &&
		Number.isInteger(member.slot) &&
		member.slot > 0 &&
		member.slot <= SLOT_MAX &&
		isId(member.id) &&
		typeof member.name === 'string' &&
		isTexts(member.peerUrls) &&
		isTexts(member.clientUrls)
	);
}

function memberKey(slot: Slot): Uint8Array {
	return new Uint8Array([MEMBER_PREFIX, slot >>> 8, slot & 0xff]);
}

function removedKey(id: string): Uint8Array {
	return new Uint8Array([REMOVED_PREFIX, ...encoder.encode(id)]);
}

function readAll<T>(view: ReadView, prefix: number): T[] {
	const records: T[] = [];
	view.scan(TREE.members, new Uint8Array([prefix]), new Uint8Array([prefix + 1]), (key, bytes) => {
		records.push(read<T>(key, bytes));
		return true;
	});
	return records;
}

function put(view: WriteView, key: Uint8Array, record: ClusterRecord | MemberRecord | RemovedRecord): void {
	const json = encoder.encode(JSON.stringify(record));
	const bytes = new Uint8Array(CRC_BYTES + json.length);
	bytes.set(json, CRC_BYTES);
	writeUint32(bytes, 0, crc32(bytes, crc32(key), CRC_BYTES));
	view.put(TREE.members, key, bytes);
}

function read<T>(key: Uint8Array, bytes: Uint8Array): T {
	if (bytes.length < CRC_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(key), CRC_BYTES)) {
		throw new FatalError('store_damaged', `store: tree members, key ${key.join('.')}: the record's checksum does not match its bytes`);
	}
	return JSON.parse(decoder.decode(bytes.subarray(CRC_BYTES))) as T;
}
