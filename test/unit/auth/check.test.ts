/** Who may do what (reference/reliability.md 6.3), judged where every member does: when the store executes the command. Advisories by their ids. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRange } from '../../../src/auth/check.ts';
import { checkLeaseList, checkLeaseWrite, checkTimeToLive } from '../../../src/auth/check-lease.ts';
import { checkKnown, checkRoot } from '../../../src/auth/check-user.ts';
import { ANONYMOUS, THE_MEMBER } from '../../../src/auth/identity.ts';
import { toTerm } from '../../../src/base/brand.ts';
import { COMMAND_KIND, type CommandKind, decodeCommand, encodeCommand } from '../../../src/protocol/command.ts';
import { encodeRaise } from '../../../src/rpc/alarm-codec.ts';
import { etcdserverpb } from '../../../src/rpc/generated/messages.js';
import { encodeCompact } from '../../../src/rpc/kv-codec.ts';
import { encodeLeaseExpire, encodeLeaseGrant } from '../../../src/rpc/lease-codec.ts';
import { longFromBigint } from '../../../src/rpc/long-id.ts';
import { AuthStore, bytes, nameOf } from './fixture.ts';

const LEASE = 7n;
type Op = etcdserverpb.RequestOp.$Properties;

/** ann: reads and writes below a/; ben: reads below b/, writes b/w. */
function household(): AuthStore {
	const store = AuthStore.enabled();
	store.person('ann', ['readWrite', 'a/', 'a0']);
	store.person('ben', ['read', 'b/', 'b0'], ['write', 'b/w']);
	store.must(COMMAND_KIND.lease_grant, encodeLeaseGrant({ id: LEASE, ttl: 60 }));
	return store;
}

function withLease(key: string): AuthStore {
	const store = household();
	assert.equal(store.put(key, THE_MEMBER, { lease: longFromBigint(LEASE) }), 'ok');
	return store;
}

function putOp(key: string, more: etcdserverpb.PutRequest.$Properties = {}): Op {
	return { request_put: { key: bytes(key), value: bytes('v'), ...more } };
}

function nested(op: Op, depth: number): Op {
	return depth === 0 ? op : { request_txn: { success: [nested(op, depth - 1)] } };
}

function lease(store: AuthStore, user: string, check: typeof checkLeaseList): string {
	const { table } = store;
	return nameOf(store.engine.read((view) => check(table, { user, revision: table.revision }, view)));
}

test('auth: check: a put on a key that may be written', () => {
	const store = household();
	assert.equal(store.put('a/1', store.as('ann')), 'ok');
});

test('auth: check: a put on a key that may only be read', () => {
	const store = household();
	assert.equal(store.put('b/1', store.as('ben')), 'permission_denied');
});

test('auth: check: a put with the value before it is a read', () => {
	const store = AuthStore.enabled();
	store.person('ann', ['write', 'a']);
	assert.deepEqual([store.put('a', store.as('ann')), store.put('a', store.as('ann'), { prev_kv: true })], ['ok', 'permission_denied']);
});

test('auth: check: nobody who has not said who he is', () => {
	assert.equal(household().put('a/1', ANONYMOUS), 'user_empty');
});

test('auth: check: a user that there is not', () => {
	const store = household();
	assert.equal(store.put('a/1', store.as('zoe')), 'permission_denied');
});

test('auth: check: root may do everything', () => {
	const store = household();
	assert.equal(store.put('zzz', store.as('root')), 'ok');
});

test('auth: check: with access control off nobody is asked', () => {
	const store = household();
	store.disable();
	assert.equal(store.put('zzz', ANONYMOUS), 'ok');
});

test('auth: check: any change makes what was told before old', () => {
	const store = household();
	const who = store.as('ann');
	store.addRole('another');
	assert.equal(store.put('a/1', who), 'auth_old_revision');
});

test('auth: check: a revision is old for root, too', () => {
	const store = household();
	const who = store.as('root');
	store.addRole('another');
	assert.equal(store.put('a/1', who), 'auth_old_revision');
});

test('auth: check: what is revoked counts for a put that is on its way (T3)', () => {
	const store = household();
	store.revokeRole('ann', 'ann');
	assert.equal(store.put('a/1', store.as('ann')), 'permission_denied');
});

test('auth: check: a deletion needs all of its range', () => {
	const store = household();
	assert.deepEqual([store.deleteRange('a/', 'a0', store.as('ann')), store.deleteRange('a/', 'a1', store.as('ann'))], ['ok', 'permission_denied']);
});

test('auth: check: a deletion with what was there is a read', () => {
	const store = AuthStore.enabled();
	store.person('ann', ['write', 'a']);
	assert.deepEqual([store.deleteRange('a', '', store.as('ann')), store.deleteRange('a', '', store.as('ann'), true)], ['ok', 'permission_denied']);
});

test('auth: txn: a compare is a read', () => {
	const store = household();
	assert.equal(store.txn({ compare: [{ key: bytes('b/1'), target: 0 }], success: [putOp('a/1')] }, store.as('ann')), 'permission_denied');
});

test('auth: txn: a compare of a range is a read of all of it', () => {
	const store = household();
	const compare = [{ key: bytes('a/'), range_end: bytes('\0'), target: 0 }];
	assert.equal(store.txn({ compare, success: [putOp('a/1')] }, store.as('ann')), 'permission_denied');
});

test('auth: txn: the branch that is not taken counts', () => {
	const store = household();
	assert.equal(store.txn({ success: [putOp('a/1')], failure: [putOp('zzz')] }, store.as('ann')), 'permission_denied');
});

test('auth: txn: one without operations says nothing to strangers', () => {
	assert.equal(household().txn({}, ANONYMOUS), 'user_empty');
});

const BEYOND: readonly (readonly [string, Op])[] = [
	['a put', putOp('zzz')],
	['a range', { request_range: { key: bytes('zzz') } }],
	['a deletion', { request_delete_range: { key: bytes('zzz') } }],
	['a compare', { request_txn: { compare: [{ key: bytes('zzz'), target: 0 }] } }],
];

for (const [what, op] of BEYOND) {
	test(`auth: txn: CVE-2026-33343: ${what} within txns within a txn is judged`, () => {
		const store = household();
		const who = store.as('ann');
		assert.deepEqual(
			[1, 3, 30].map((depth) => store.txn({ success: [putOp('a/1'), nested(op, depth)] }, who)),
			['permission_denied', 'permission_denied', 'permission_denied'],
		);
	});
}

test('auth: txn: CVE-2026-44283: the value before a put within a txn is a read', () => {
	const store = household();
	assert.equal(store.txn({ success: [putOp('b/w', { prev_kv: true })] }, store.as('ben')), 'ok');
	store.revoke('ben', bytes('b/'), bytes('b0'));
	assert.equal(store.txn({ success: [putOp('b/w', { prev_kv: true })] }, store.as('ben')), 'permission_denied');
});

test('auth: txn: CVE-2026-44283: a lease that others hang on is not attached within a txn', () => {
	const store = withLease('b/w');
	const op = putOp('a/1', { lease: longFromBigint(LEASE) });
	assert.deepEqual(
		[store.txn({ success: [op] }, store.as('ann')), store.txn({ success: [nested(op, 2)] }, store.as('ann'))],
		['permission_denied', 'permission_denied'],
	);
});

test('auth: leases: one that others hang on is not attached', () => {
	const store = withLease('b/w');
	assert.equal(store.put('a/1', store.as('ann'), { lease: longFromBigint(LEASE) }), 'permission_denied');
});

test('auth: leases: one with keys that may be written is attached', () => {
	const store = withLease('a/2');
	assert.equal(store.put('a/1', store.as('ann'), { lease: longFromBigint(LEASE) }), 'ok');
});

for (const [key, user, outcome] of [
	['a/1', 'ann', 'ok'],
	['b/w', 'ann', 'permission_denied'],
	['b/1', 'ben', 'permission_denied'],
	['b/1', 'root', 'ok'],
] as const) {
	test(`auth: leases: ${user} revokes one that ${key} hangs on: ${outcome}`, () => {
		const store = withLease(key);
		const body = etcdserverpb.LeaseRevokeRequest.encode({ ID: longFromBigint(LEASE) }).finish();
		assert.equal(store.execute(COMMAND_KIND.lease_revoke, body, store.as(user)), outcome);
	});
}

test('auth: leases: one is renewed by who may write every key', () => {
	const store = withLease('b/1');
	store.put('b/w', THE_MEMBER, { lease: longFromBigint(LEASE) });
	const codes = ['ann', 'ben', 'root'].map((user) => lease(store, user, (table, who, view) => checkLeaseWrite(table, who, view, LEASE)));
	assert.deepEqual(codes, ['permission_denied', 'permission_denied', 'ok']);
});

test('auth: leases: CVE-2023-32082: the keys of one are told to who may read every one', () => {
	const store = withLease('b/1');
	const ask = (user: string, keys: boolean): string =>
		lease(store, user, (table, who, view) => checkTimeToLive(table, who, view, { id: LEASE, keys }));
	assert.deepEqual([ask('ann', true), ask('ann', false), ask('ben', true)], ['permission_denied', 'ok', 'ok']);
});

test('auth: leases: are listed for who may read every key of any', () => {
	const store = withLease('b/1');
	assert.deepEqual(
		[lease(store, 'ann', checkLeaseList), lease(store, 'ben', checkLeaseList), lease(store, 'root', checkLeaseList)],
		['permission_denied', 'ok', 'ok'],
	);
});

test('auth: leases: are told nothing about by strangers', () => {
	const store = withLease('b/1');
	const { table } = store;
	const codes = store.engine.read((view) => [
		checkLeaseList(table, ANONYMOUS, view),
		checkLeaseWrite(table, ANONYMOUS, view, LEASE),
		checkTimeToLive(table, ANONYMOUS, view, { id: LEASE, keys: false }),
	]);
	assert.deepEqual(codes.map(nameOf), ['user_empty', 'user_empty', 'user_empty']);
});

test('auth: leases: granting is for any user', () => {
	const store = household();
	const grant = (id: bigint): Uint8Array => encodeLeaseGrant({ id, ttl: 60 });
	const kind = COMMAND_KIND.lease_grant;
	assert.deepEqual(
		[store.execute(kind, grant(8n), store.as('ann')), store.execute(kind, grant(9n), ANONYMOUS), store.execute(kind, grant(9n), store.as('zoe'))],
		['ok', 'user_empty', 'permission_denied'],
	);
});

const ROOTS: readonly (readonly [string, CommandKind, Uint8Array])[] = [
	['compact', COMMAND_KIND.compact, encodeCompact(2)],
	['alarm', COMMAND_KIND.alarm, encodeRaise({ kind: 1, memberId: 1n })],
	['remove_member', COMMAND_KIND.remove_member, bytes('{"id":"1"}')],
	['auth_disable', COMMAND_KIND.auth_disable, new Uint8Array(0)],
	['auth_role_add', COMMAND_KIND.auth_role_add, etcdserverpb.AuthRoleAddRequest.encode({ name: 'x' }).finish()],
];

for (const [name, kind, body] of ROOTS) {
	test(`auth: check: CVE-2026-33413: ${name} is for root`, () => {
		const store = household();
		assert.deepEqual([store.execute(kind, body, ANONYMOUS), store.execute(kind, body, store.as('ann'))], ['user_empty', 'permission_denied']);
		assert.ok(!['user_empty', 'permission_denied'].includes(store.execute(kind, body, store.as('root'))));
	});
}

test('auth: check: to look at alarms is for any user', () => {
	const store = household();
	const look = etcdserverpb.AlarmRequest.encode({ action: 0 }).finish();
	const kind = COMMAND_KIND.alarm;
	assert.deepEqual([store.execute(kind, look, store.as('ann')), store.execute(kind, look, ANONYMOUS)], ['ok', 'user_empty']);
});

test('auth: check: what members decide by themselves is for no client, not even root', () => {
	const store = household();
	const kind = COMMAND_KIND.lease_expire;
	const body = encodeLeaseExpire([LEASE]);
	assert.deepEqual([store.execute(kind, body, store.as('root')), store.execute(kind, body, THE_MEMBER)], ['permission_denied', 'ok']);
});

test('auth: check: the member itself is known by its object: a user with nothing in him is nobody', () => {
	const store = household();
	assert.equal(nameOf(checkRoot(store.table, { ...THE_MEMBER })), 'user_empty');
});

test('auth: envelope: the member itself, a user and nobody come back as they went', () => {
	const back = [THE_MEMBER, { user: 'änn', revision: 2 ** 40 }, ANONYMOUS].map((who) => {
		const origin = { slot: 1, boot: 2, requestId: 3 } as never;
		return decodeCommand(encodeCommand({ kind: COMMAND_KIND.put, origin, term: toTerm(0), who, body: bytes('body') }));
	});
	assert.ok(back[0]?.who === THE_MEMBER && back[2]?.who !== THE_MEMBER);
	assert.deepEqual(back[1]?.who, { user: 'änn', revision: 2 ** 40 });
	assert.deepEqual(back[2]?.who, ANONYMOUS);
	assert.ok(back.every((command) => Buffer.from(command?.body ?? []).toString() === 'body'));
});

test('auth: check: GHSA-xg4h-6gfc-h4m8: whoever may read one key may not read or watch from it on', () => {
	const store = AuthStore.enabled();
	store.person('ann', ['read', 'a']);
	const ask = (rangeEnd: string): string => nameOf(checkRange(store.table, store.as('ann'), { key: bytes('a'), rangeEnd: bytes(rangeEnd) }));
	assert.deepEqual([ask(''), ask('a\0'), ask('\0'), ask('b')], ['ok', 'ok', 'permission_denied', 'permission_denied']);
});

test('auth: check: an unknown type of permission permits nothing', () => {
	const store = AuthStore.enabled();
	store.person('ann');
	const body = etcdserverpb.AuthRoleGrantPermissionRequest.encode({ name: 'ann', perm: { permType: 9, key: bytes('a') } as never }).finish();
	assert.equal(store.execute(COMMAND_KIND.auth_role_grant_permission, body), 'ok');
	assert.equal(store.put('a', store.as('ann')), 'permission_denied');
});

test('auth: check: a name out of JavaScript is no user', () => {
	const store = household();
	assert.deepEqual(
		['__proto__', 'constructor'].map((name) => nameOf(checkKnown(store.table, store.as(name)))),
		['permission_denied', 'permission_denied'],
	);
});
