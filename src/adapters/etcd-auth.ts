/**
 * Access control on its way into etcd's database and out of it: users, roles, the revision, and whether it is on. Simple tokens stay here: they live
 * for minutes, and in etcd only in memory. Used by etcd-export.ts and etcd-import.ts.
 */
import { putRole, putUser, readAuthState, readRoles, readUsers, writeAuthState } from '../auth/auth-tree.ts';
import { isStorableName, type Role, type User } from '../auth/operations.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { byBytes } from '../base/name-order.ts';
import { UINT48_MAX } from '../base/uint48.ts';
import { damagedPage } from '../bbolt/damage.ts';
import { decodeEtcdRole, decodeEtcdUser, ETCD_AUTH_ENABLED, ETCD_AUTH_REVISION, encodeEtcdRole, encodeEtcdUser } from '../bbolt/etcd-auth-schema.ts';
import { encodeUint64 } from '../bbolt/etcd-schema.ts';
import type { BboltFileReader, Entry } from '../bbolt/file-reader.ts';

type Pair = readonly [key: Uint8Array, value: Uint8Array];

/** An image of the change counter is none of etcd's: anything but 0, which is a store in which access control was never touched. */
const IMPORTED_CHANGES = 1;
const encoder = new TextEncoder();

/** Nothing for a store in which access control was never touched: etcd makes what is missing. */
export function authRecords(view: ReadView): readonly Pair[] {
	const { enabled, revision, changes } = readAuthState(view);
	return changes === 0
		? []
		: [
				[encoder.encode(ETCD_AUTH_ENABLED), Uint8Array.of(enabled ? 1 : 0)],
				[encoder.encode(ETCD_AUTH_REVISION), encodeUint64(BigInt(revision))],
			];
}

export function userRecords(view: ReadView): readonly Pair[] {
	return readUsers(view).map(({ name, passwordHash, noPassword, roles }) => [
		encoder.encode(name),
		encodeEtcdUser({ name, password: passwordHash, roles, noPassword }),
	]);
}

export function roleRecords(view: ReadView): readonly Pair[] {
	return readRoles(view).map(({ name, permissions }) => [encoder.encode(name), encodeEtcdRole({ name, permissions })]);
}

export interface ImportedAuth {
	readonly enabled: boolean;
	readonly revision: number;
	readonly users: readonly User[];
	readonly roles: readonly Role[];
}

/** All of it, every record checked; null: etcd never had any. */
export function readEtcdAuth(reader: BboltFileReader): ImportedAuth | null {
	const users = entriesOf(reader, 'authUsers').map(toUser);
	const roles = entriesOf(reader, 'authRoles').map(toRole);
	const flags = new Map(entriesOf(reader, 'auth').map((entry) => [Buffer.from(entry.key).toString(), entry]));
	const enabled = flags.get(ETCD_AUTH_ENABLED)?.value[0] === 1;
	const revision = toRevision(flags.get(ETCD_AUTH_REVISION) ?? null);
	return users.length === 0 && roles.length === 0 && !enabled && revision === 1 ? null : { enabled, revision, users, roles };
}

export function importAuth(view: WriteView, { enabled, revision, users, roles }: ImportedAuth): void {
	for (const user of users) {
		putUser(view, user);
	}
	for (const role of roles) {
		putRole(view, role);
	}
	writeAuthState(view, { enabled, revision, changes: IMPORTED_CHANGES });
}

function entriesOf(reader: BboltFileReader, bucket: string): Entry[] {
	return reader.bucketNames.includes(bucket) ? [...reader.entries(bucket)] : [];
}

function toUser({ key, value, page }: Entry): User {
	const user = decodeEtcdUser(value);
	if (user === null || !isNamed(user.name, key)) {
		throw damagedPage(page, 'a record of the bucket "authUsers" is no user, or not of the name that it is filed under');
	}
	const { name, password, noPassword, roles } = user;
	return { name, passwordHash: password, noPassword, roles: [...new Set(roles)].sort(byBytes), credential: 0 };
}

function toRole({ key, value, page }: Entry): Role {
	const role = decodeEtcdRole(value);
	if (role === null || !isNamed(role.name, key)) {
		throw damagedPage(page, 'a record of the bucket "authRoles" is no role, or not of the name that it is filed under');
	}
	return role;
}

function isNamed(name: string, key: Uint8Array): boolean {
	return name !== '' && isStorableName(name) && Buffer.compare(encoder.encode(name), key) === 0;
}

/** 1 where nothing is said, as in etcd's first start. */
function toRevision(entry: Entry | null): number {
	if (entry === null) {
		return 1;
	}
	const revision = entry.value.length === 8 ? Buffer.from(entry.value).readBigUInt64BE() : 0n;
	if (revision < 1n || revision > BigInt(UINT48_MAX)) {
		throw damagedPage(entry.page, 'the revision in the bucket "auth" is no such number');
	}
	return Number(revision);
}
