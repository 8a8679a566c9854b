/** Simple tokens as the store keeps them: whose they are, which go, and what an assignment is refused for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANONYMOUS, THE_MEMBER } from '../../../src/auth/identity.ts';
import { TOKEN_HASH_BYTES } from '../../../src/auth/operations.ts';
import { countTokens, putToken, readToken } from '../../../src/auth/token-tree.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import { checkStoreRecord } from '../../../src/mvcc/check-record.ts';
import { COMMAND_KIND } from '../../../src/protocol/command.ts';
import { encodeTokenAssignment } from '../../../src/rpc/auth-codec.ts';
import { AuthStore } from './fixture.ts';

function hashOf(number: number): Uint8Array {
	return new Uint8Array(TOKEN_HASH_BYTES).fill(number);
}

function assign(store: AuthStore, user: string, number: number, credential = store.table.user(user)?.credential ?? 0, who = THE_MEMBER): string {
	return store.execute(COMMAND_KIND.auth_token_assign, encodeTokenAssignment({ user, credential, hash: hashOf(number) }), who);
}

function owner(store: AuthStore, number: number): string | null {
	return store.engine.read((view) => readToken(view, hashOf(number)))?.user ?? null;
}

function withTokens(): AuthStore {
	const store = AuthStore.enabled();
	store.person('ann');
	store.person('anne');
	assert.deepEqual([assign(store, 'ann', 1), assign(store, 'anne', 2), assign(store, 'ann', 3)], ['ok', 'ok', 'ok']);
	return store;
}

test("auth: tokens: one is its user's, under the index of its entry", () => {
	const store = withTokens();
	assert.deepEqual(
		store.engine.read((view) => readToken(view, hashOf(3))),
		{ user: 'ann', index: store.applied },
	);
});

test('auth: tokens: none while access control is off', () => {
	const store = new AuthStore();
	store.addUser('ann');
	assert.equal(assign(store, 'ann', 1), 'auth_not_enabled');
});

test('auth: tokens: none for a user that there is not', () => {
	assert.equal(assign(AuthStore.enabled(), 'ann', 1), 'auth_failed');
});

test('auth: tokens: none for a user without a password', () => {
	const store = AuthStore.enabled();
	store.addUser('ann', { noPassword: true });
	assert.equal(assign(store, 'ann', 1), 'auth_failed');
});

test('auth: tokens: none for a password that is another one by now', () => {
	const store = withTokens();
	const before = store.table.user('ann')?.credential ?? 0;
	store.changePassword('ann');
	assert.equal(assign(store, 'ann', 4, before), 'credential_changed');
});

test('auth: tokens: are assigned by members alone', () => {
	const store = withTokens();
	assert.deepEqual(
		[ANONYMOUS, store.as('root')].map((who) => assign(store, 'ann', 4, undefined, who)),
		['permission_denied', 'permission_denied'],
	);
});

test('auth: tokens: an assignment is no change of the table', () => {
	const store = withTokens();
	const { changes } = store.table;
	assign(store, 'ann', 4);
	assert.equal(store.table.changes, changes);
});

for (const [what, change] of [
	['deleted', (store: AuthStore) => store.deleteUser('ann')],
	['given another password', (store: AuthStore) => store.changePassword('ann')],
] as const) {
	test(`auth: tokens: those of a user that is ${what} go, and no others`, () => {
		const store = withTokens();
		assert.equal(change(store), 'ok');
		assert.deepEqual(
			[1, 2, 3].map((number) => owner(store, number)),
			[null, 'anne', null],
		);
	});
}

test('auth: tokens: all go when access control is switched off', () => {
	const store = withTokens();
	store.disable();
	assert.equal(store.engine.read(countTokens), 0);
});

test('auth: tokens: beyond the bound the oldest goes', () => {
	const store = new AuthStore();
	store.engine.write((view) => {
		for (const number of [1, 2, 3, 4]) {
			putToken(view, { user: 'ann', index: number, hash: hashOf(number) }, 3);
		}
	});
	assert.deepEqual(
		[1, 2, 3, 4].map((number) => owner(store, number)),
		[null, 'ann', 'ann', 'ann'],
	);
});

test('auth: tokens: no row is left of those that go', () => {
	const rows = (store: AuthStore): number => {
		let count = 0;
		store.engine.read((view) => view.scan(TREE.auth, new Uint8Array(0), null, () => ++count > 0));
		return count;
	};
	const store = withTokens();
	const before = rows(store);
	store.changePassword('ann');
	assert.equal(before - rows(store), 6);
});

test('auth: records: each has the checksum that the sweep looks for', () => {
	const store = withTokens();
	store.grant('ann', 'read', Uint8Array.of(0), Uint8Array.of(0));
	store.engine.read((view) =>
		view.scan(TREE.auth, new Uint8Array(0), null, (key, bytes) => {
			checkStoreRecord('auth', key, bytes);
			return true;
		}),
	);
});
