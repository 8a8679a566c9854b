/**
 * The members of the cluster, in the tree `members`: the one source of who takes part, of names and of client URLs. Changed only by
 * applied commands, in the store's transaction. Records are JSON behind a checksum: few, small, and readable in a dump.
 *
 *   'c' -> { clusterId, membershipIndex }      'm', slot u16 -> MemberRecord
 */
import { assert } from '../base/assert.ts';
import type { Index, Slot } from '../base/brand.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';
import type { Membership } from '../raft/state.ts';
import type { BootstrapBody, PublishBody } from './commands.ts';
import type { MemberRecord } from './record.ts';

interface ClusterRecord {
	readonly clusterId: string;
	/** The entry that last changed who takes part. */
	readonly membershipIndex: number;
}

const CRC_BYTES = 4;
const CLUSTER_KEY = new Uint8Array([0x63]);
const MEMBER_PREFIX = 0x6d;
const SLOT_MAX = 65_535;
const HEX_ID = /^[0-9a-f]{1,16}$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const NO_MEMBERSHIP: Membership = {
	index: 0 as Index,
	voters: [],
	votersOutgoing: [],
	learners: [],
	learnersNext: [],
	autoLeave: false,
};

/** The founding members. False, and nothing is changed, if there is a cluster already or the body is not one that can be stored. */
export function bootstrap(view: WriteView, body: BootstrapBody, index: Index): boolean {
	const storable = HEX_ID.test(body.clusterId) && Array.isArray(body.members) && body.members.length > 0 && body.members.every(isStorable);
	if (clusterId(view) !== null || !storable) {
		return false;
	}
	for (const member of body.members) {
		putMember(view, member);
	}
	put(view, CLUSTER_KEY, { clusterId: body.clusterId, membershipIndex: index } satisfies ClusterRecord);
	return true;
}

/** A member tells its name and client URLs. False if it is not a member, or these are not such. */
export function publish(view: WriteView, body: PublishBody): boolean {
	const member = list(view).find((each) => each.id === body.id);
	if (member === undefined || typeof body.name !== 'string' || !isTexts(body.clientUrls)) {
		return false;
	}
	putMember(view, { ...member, name: body.name, clientUrls: body.clientUrls });
	return true;
}

/** In order of slots. */
export function list(view: ReadView): MemberRecord[] {
	const members: MemberRecord[] = [];
	view.scan(TREE.members, new Uint8Array([MEMBER_PREFIX]), new Uint8Array([MEMBER_PREFIX + 1]), (key, bytes) => {
		members.push(read<MemberRecord>(key, bytes));
		return true;
	});
	return members;
}

/** As hex; null before the founding members are known. */
export function clusterId(view: ReadView): string | null {
	return cluster(view)?.clusterId ?? null;
}

/** Who takes part, for raft; its index is 0 before the founding members are known. */
export function membershipOf(view: ReadView): Membership {
	const found = cluster(view);
	if (found === null) {
		return NO_MEMBERSHIP;
	}
	const members = list(view);
	const slots = (learner: boolean): Slot[] => members.filter((each) => each.learner === learner).map((each) => each.slot);
	return { ...NO_MEMBERSHIP, index: found.membershipIndex as Index, voters: slots(false), learners: slots(true) };
}

function cluster(view: ReadView): ClusterRecord | null {
	const bytes = view.get(TREE.members, CLUSTER_KEY);
	return bytes === null ? null : read<ClusterRecord>(CLUSTER_KEY, bytes);
}

function isStorable(member: MemberRecord): boolean {
	return (
		typeof member === 'object' &&
		member !== null &&
		Number.isInteger(member.slot) &&
		member.slot > 0 &&
		member.slot <= SLOT_MAX &&
		HEX_ID.test(member.id) &&
		typeof member.name === 'string' &&
		isTexts(member.peerUrls) &&
		isTexts(member.clientUrls)
	);
}

/** Commands are JSON, which the compiler has not seen. */
function isTexts(value: readonly unknown[]): boolean {
	return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function putMember(view: WriteView, member: MemberRecord): void {
	assert(isStorable(member), () => `member ${member.id} in slot ${member.slot}`);
	put(view, new Uint8Array([MEMBER_PREFIX, member.slot >>> 8, member.slot & 0xff]), member);
}

function put(view: WriteView, key: Uint8Array, record: ClusterRecord | MemberRecord): void {
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
