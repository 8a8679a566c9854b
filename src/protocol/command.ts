/**
 * The envelope of a replicated command: fixed binary, so that log and peers carry it as opaque bytes and every version can tell what it is.
 *
 *   0 version (2) | 1 kind | 2 origin slot u16 | 4 boot u48 | 10 request id u64 | 18 term u48 | 24 auth revision u48 | 30 user length u16
 *   32 by u8: 0 a client, 1 the member itself | 33 user | body
 *
 * All big-endian. The body is the client's own bytes (protobuf for v3, v2/request-codec.ts for v2, members/commands.ts for the rest).
 */
import { ANONYMOUS, type Identity, THE_MEMBER } from '../auth/identity.ts';
import { assert } from '../base/assert.ts';
import type { RequestId, Slot, Term } from '../base/brand.ts';
import { ENTRY_KIND, type EntryKind } from '../raft/state.ts';

export const COMMAND_KIND = {
	/** etcdserverpb.PutRequest */
	put: 1,
	/** etcdserverpb.DeleteRangeRequest */
	delete_range: 2,
	/** etcdserverpb.TxnRequest */
	txn: 3,
	/** etcdserverpb.CompactionRequest */
	compact: 4,
	/** etcdserverpb.AlarmRequest: to look at, raise or clear alarms. */
	alarm: 8,
	/** etcdserverpb.LeaseGrantRequest, its id chosen and its ttl raised to the least by the lane. */
	lease_grant: 5,
	/** etcdserverpb.LeaseRevokeRequest */
	lease_revoke: 6,
	/** etcdserverpb.LeaseCheckpointRequest; leader-only. */
	lease_checkpoint: 7,
	/** Ids of leases whose time is over (rpc/lease-codec.ts); leader-only. */
	lease_expire: 15,
	/** The founding members and the cluster id: entry 1 of a new cluster. */
	bootstrap: 16,
	/** A member's name and client URLs. */
	publish: 17,
	add_member: 18,
	remove_member: 19,
	/** Other peer URLs of a member. */
	update_member: 20,
	/** A learner becomes a voter. */
	promote_member: 21,
	/** One member takes another's place in one step, by way of a joint membership. */
	replace_member: 22,
	/** All members but one are gone for good; never proposed, but written by that one before it starts (adapters/forced-cluster.ts). */
	force_new_cluster: 24,
	/** etcd's own requests from here on (rpc/auth-codec.ts), passwords hashed by the lane; the last is quorate's. */
	auth_enable: 48,
	auth_disable: 49,
	auth_user_add: 50,
	auth_user_delete: 51,
	auth_user_change_password: 52,
	auth_user_grant_role: 53,
	auth_user_revoke_role: 54,
	auth_role_add: 55,
	auth_role_delete: 56,
	auth_role_grant_permission: 57,
	auth_role_revoke_permission: 58,
	/** A simple token, by its hash, is a user's: proposed by the lane that verified the password. */
	auth_token_assign: 59,
	/** The election timeout that the cluster has given itself (members/tuning-record.ts); leader-only. */
	tune: 23,
	/** A mutation of the v2 tree. */
	v2: 32,
	/** A change of the users and roles of the v2 API (v2/auth/changes.ts), which knows nothing of those of v3. */
	v2_auth: 34,
	/** A time: v2 nodes whose deadline it has reached are over (v2/expiry.ts); leader-only. */
	v2_sync: 33,
} as const;
export type CommandKind = (typeof COMMAND_KIND)[keyof typeof COMMAND_KIND];

const MEMBERSHIP_KINDS: ReadonlySet<CommandKind> = new Set([
	COMMAND_KIND.bootstrap,
	COMMAND_KIND.add_member,
	COMMAND_KIND.remove_member,
	COMMAND_KIND.update_member,
	COMMAND_KIND.promote_member,
	COMMAND_KIND.replace_member,
	COMMAND_KIND.force_new_cluster,
]);

/** Commands that may change who takes part travel in entries of a kind of their own, of which raft takes one at a time (thesis 4.1). */
export function entryKindOf(kind: CommandKind): EntryKind {
	return MEMBERSHIP_KINDS.has(kind) ? ENTRY_KIND.membership : ENTRY_KIND.command;
}

/** Who asked: only the process with this boot number answers, on the lane that the request id names. */
export interface CommandOrigin {
	readonly slot: Slot;
	/** 48 random bits of the process. */
	readonly boot: number;
	readonly requestId: RequestId;
}

export interface Command {
	readonly kind: CommandKind;
	readonly origin: CommandOrigin;
	/** For leader-only commands the term that decided them, else 0: the store ignores them in an entry of another term. */
	readonly term: Term;
	/** In whose name; THE_MEMBER for what a member decides by itself. */
	readonly who: Identity;
	readonly body: Uint8Array;
}

const VERSION = 2;
const BY_AT = 32;
const HEADER_BYTES = 33;
const KINDS: ReadonlySet<number> = new Set(Object.values(COMMAND_KIND));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** take: bytes for it to live in; default: an allocation of its own. */
export function encodeCommand(command: Command, take: (size: number) => Uint8Array = (size) => new Uint8Array(size)): Uint8Array {
	const { who } = command;
	const user = who.user === '' ? null : nameBytes(who.user);
	const userBytes = user === null ? 0 : user.length;
	assert(userBytes < 65_536, () => `user name of ${userBytes} bytes`);
	const bytes = take(HEADER_BYTES + userBytes + command.body.length);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	bytes[0] = VERSION;
	bytes[1] = command.kind;
	view.setUint16(2, command.origin.slot);
	setUint48(view, 4, command.origin.boot);
	view.setUint32(10, Math.floor(command.origin.requestId / 2 ** 32));
	view.setUint32(14, command.origin.requestId >>> 0);
	setUint48(view, 18, command.term);
	setUint48(view, 24, who.revision);
	view.setUint16(30, userBytes);
	bytes[BY_AT] = who === THE_MEMBER ? 1 : 0;
	if (user !== null) {
		bytes.set(user, HEADER_BYTES);
	}
	bytes.set(command.body, HEADER_BYTES + userBytes);
	return bytes;
}

/** The last name, since requests come from few users: to encode one takes longer than all else here. */
let lastName = { name: '', bytes: new Uint8Array(0) };

function nameBytes(name: string): Uint8Array {
	if (lastName.name !== name) {
		lastName = { name, bytes: encoder.encode(name) };
	}
	return lastName.bytes;
}

/** The command, its body a view of the same bytes; null for bytes that this version does not understand. */
export function decodeCommand(bytes: Uint8Array): Command | null {
	if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION || !KINDS.has(bytes[1] as number)) {
		return null;
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const userEnd = HEADER_BYTES + view.getUint16(30);
	if (userEnd > bytes.length) {
		return null;
	}
	return {
		kind: bytes[1] as CommandKind,
		origin: {
			slot: view.getUint16(2) as Slot,
			boot: getUint48(view, 4),
			requestId: (view.getUint32(10) * 2 ** 32 + view.getUint32(14)) as RequestId,
		},
		term: getUint48(view, 18) as Term,
		who: whoOf(bytes, getUint48(view, 24), userEnd),
		body: bytes.subarray(userEnd),
	};
}

function whoOf(bytes: Uint8Array, revision: number, userEnd: number): Identity {
	if (bytes[BY_AT] === 1) {
		return THE_MEMBER;
	}
	return userEnd === HEADER_BYTES && revision === 0 ? ANONYMOUS : { user: decoder.decode(bytes.subarray(HEADER_BYTES, userEnd)), revision };
}

function setUint48(view: DataView, at: number, value: number): void {
	view.setUint16(at, Math.floor(value / 2 ** 32));
	view.setUint32(at + 2, value >>> 0);
}

function getUint48(view: DataView, at: number): number {
	return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}
