/** Each rule of reference/etcd-surface.md 2.10 on users, roles and the switch, by commands as the store executes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { AuthStore, bytes } from './fixture.ts';

function withUser(name: string): AuthStore {
	const store = new AuthStore();
	assert.equal(store.addUser(name), 'ok');
	return store;
}

test('auth: enable: needs a user root', () => {
	assert.equal(new AuthStore().enable(), 'root_user_missing');
});

test('auth: enable: needs the role root of the user root', () => {
	assert.equal(withUser('root').enable(), 'root_role_missing');
});

test('auth: enable: the role root is granted without being there', () => {
	const store = withUser('root');
	assert.equal(store.grantRole('root', 'root'), 'ok');
	assert.equal(store.enable(), 'ok');
});

test('auth: enable: raises no revision, and is a change all the same', () => {
	const store = withUser('root');
	store.grantRole('root', 'root');
	const { revision, changes } = store.table;
	store.enable();
	assert.deepEqual([store.table.revision, store.table.changes, store.table.enabled], [revision, changes + 1, true]);
});

test('auth: enable: twice is once', () => {
	const store = AuthStore.enabled();
	const { changes } = store.table;
	assert.equal(store.enable(), 'ok');
	assert.equal(store.table.changes, changes);
});

test('auth: disable: raises the revision once', () => {
	const store = AuthStore.enabled();
	const { revision } = store.table;
	assert.equal(store.disable(), 'ok');
	assert.equal(store.disable(), 'ok');
	assert.deepEqual([store.table.enabled, store.table.revision], [false, revision + 1]);
});

test('auth: revision: is 1 in a new store', () => {
	assert.equal(new AuthStore().table.revision, 1);
});

test('auth: users: one without a name is refused', () => {
	assert.equal(new AuthStore().addUser(''), 'user_empty');
});

test('auth: users: a name longer than a key of the engine is refused', () => {
	assert.equal(new AuthStore().addUser('ü'.repeat(513)), 'auth_name_too_long');
});

test('auth: users: one that is there is refused', () => {
	assert.equal(withUser('ann').addUser('ann'), 'user_exists');
});

test('auth: users: a hash that is no base64 is refused', () => {
	assert.equal(new AuthStore().addUser('ann', { hashedPassword: '*' }), 'no_password_user');
});

test('auth: users: one without a password keeps none, whatever was sent', () => {
	const store = new AuthStore();
	store.addUser('ann', { noPassword: true });
	store.changePassword('ann');
	assert.deepEqual([store.table.user('ann')?.noPassword, store.table.user('ann')?.passwordHash.length], [true, 0]);
});

test('auth: users: are listed in the order of their bytes', () => {
	const store = new AuthStore();
	// As UTF-16 the first two are the other way round.
	const names = ['\u{ff5e}', '\u{10000}', 'ann', 'Bob'];
	names.forEach((name) => {
		assert.equal(store.addUser(name), 'ok');
	});
	assert.deepEqual(
		store.table.users().map(({ name }) => name),
		['Bob', 'ann', '\u{ff5e}', '\u{10000}'],
	);
});

test('auth: users: a user that is not there is not deleted', () => {
	assert.equal(new AuthStore().deleteUser('ann'), 'user_not_found');
});

test('auth: users: root stays while access control is on', () => {
	assert.equal(AuthStore.enabled().deleteUser('root'), 'invalid_auth_management');
});

test('auth: users: root goes while access control is off', () => {
	assert.equal(withUser('root').deleteUser('root'), 'ok');
});

test('auth: users: no password is changed of a user that is not there', () => {
	assert.equal(new AuthStore().changePassword('ann'), 'user_not_found');
});

test('auth: users: another password, and another user of the same name, have a credential of their own', () => {
	const store = withUser('ann');
	const seen = [store.table.user('ann')?.credential];
	store.changePassword('ann');
	seen.push(store.table.user('ann')?.credential);
	store.deleteUser('ann');
	store.addUser('ann');
	seen.push(store.table.user('ann')?.credential);
	assert.equal(new Set(seen).size, 3);
});

test('auth: user roles: of a user that is not there', () => {
	assert.equal(new AuthStore().grantRole('ann', 'root'), 'user_not_found');
});

test('auth: user roles: one that is not there', () => {
	assert.equal(withUser('ann').grantRole('ann', 'reader'), 'role_not_found');
});

test('auth: user roles: granted twice is granted once, and the revision stays', () => {
	const store = withUser('ann');
	store.addRole('reader');
	store.grantRole('ann', 'reader');
	const { revision } = store.table;
	assert.equal(store.grantRole('ann', 'reader'), 'ok');
	assert.deepEqual([store.table.revision, store.table.user('ann')?.roles], [revision, ['reader']]);
});

test('auth: user roles: are kept in the order of their bytes', () => {
	const store = withUser('ann');
	for (const role of ['b', 'a', 'B']) {
		store.addRole(role);
		store.grantRole('ann', role);
	}
	assert.deepEqual(store.table.user('ann')?.roles, ['B', 'a', 'b']);
});

test('auth: user roles: root keeps root while access control is on', () => {
	assert.equal(AuthStore.enabled().revokeRole('root', 'root'), 'invalid_auth_management');
});

test('auth: user roles: what was not granted is not revoked', () => {
	assert.equal(withUser('ann').revokeRole('ann', 'reader'), 'role_not_granted');
});

test('auth: user roles: of a user that is not there nothing is revoked', () => {
	assert.equal(new AuthStore().revokeRole('ann', 'reader'), 'user_not_found');
});

test('auth: roles: one without a name is refused', () => {
	assert.equal(new AuthStore().addRole(''), 'role_empty');
});

test('auth: roles: one that is there is refused', () => {
	const store = new AuthStore();
	store.addRole('reader');
	assert.equal(store.addRole('reader'), 'role_exists');
});

test('auth: roles: one that is not there is not deleted', () => {
	assert.equal(new AuthStore().deleteRole('reader'), 'role_not_found');
});

test('auth: roles: root stays while access control is on', () => {
	assert.equal(AuthStore.enabled().deleteRole('root'), 'invalid_auth_management');
});

test('auth: roles: a role that is deleted is taken from its users', () => {
	const store = new AuthStore();
	store.person('ann', ['read', 'a']);
	assert.equal(store.deleteRole('ann'), 'ok');
	assert.deepEqual(store.table.user('ann')?.roles, []);
});

test('auth: permissions: a request without one', () => {
	const store = new AuthStore();
	store.addRole('r');
	const body = etcdserverpb.AuthRoleGrantPermissionRequest.encode({ name: 'r' }).finish();
	assert.equal(store.execute(COMMAND_KIND.auth_role_grant_permission, body), 'permission_not_given');
});

for (const [what, key, end, outcome] of [
	['a key', 'a', '', 'ok'],
	['a range', 'a', 'b', 'ok'],
	['all keys from one on', 'b', '\0', 'ok'],
	['an empty range', 'a', 'a', 'invalid_auth_management'],
	['an inverted range', 'b', 'a', 'invalid_auth_management'],
	['the empty key', '', '', 'invalid_auth_management'],
	['the empty key, and all from it on', '', '\0', 'invalid_auth_management'],
] as const) {
	test(`auth: permissions: ${what}: ${outcome}`, () => {
		const store = new AuthStore();
		store.addRole('r');
		assert.equal(store.grant('r', 'read', bytes(key), bytes(end)), outcome);
	});
}

test('auth: permissions: for a role that is not there', () => {
	assert.equal(new AuthStore().grant('r', 'read', bytes('a')), 'role_not_found');
});

test('auth: permissions: for the same key and end the type is replaced', () => {
	const store = new AuthStore();
	store.addRole('r');
	store.grant('r', 'read', bytes('a'), bytes('c'));
	store.grant('r', 'read', bytes('a'), bytes('b'));
	store.grant('r', 'write', bytes('a'), bytes('c'));
	assert.deepEqual(
		store.table.role('r')?.permissions.map(({ type, rangeEnd }) => [type, Buffer.from(rangeEnd).toString()]),
		[
			[0, 'b'],
			[1, 'c'],
		],
	);
});

test('auth: permissions: only the exact pair is revoked', () => {
	const store = new AuthStore();
	store.addRole('r');
	store.grant('r', 'read', bytes('a'), bytes('c'));
	assert.deepEqual(
		[store.revoke('r', bytes('a')), store.revoke('r', bytes('a'), bytes('c')), store.table.role('r')?.permissions.length],
		['permission_not_granted', 'ok', 0],
	);
});

test('auth: permissions: of a role that is not there nothing is revoked', () => {
	assert.equal(new AuthStore().revoke('r', bytes('a')), 'role_not_found');
});

test('auth: revision: each change but enabling raises it by one', () => {
	const store = new AuthStore();
	const steps = [
		() => store.addUser('ann'),
		() => store.addRole('r'),
		() => store.grant('r', 'read', bytes('a')),
		() => store.grantRole('ann', 'r'),
		() => store.changePassword('ann'),
		() => store.revokeRole('ann', 'r'),
		() => store.revoke('r', bytes('a')),
		() => store.deleteRole('r'),
		() => store.deleteUser('ann'),
	];
	const revisions = steps.map((step) => {
		assert.equal(step(), 'ok');
		return store.table.revision;
	});
	assert.deepEqual(
		revisions,
		steps.map((_, i) => i + 2),
	);
});
