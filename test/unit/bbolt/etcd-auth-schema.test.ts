/** etcd's records of users and roles: what is written reads back, and no bytes of a stranger make the reading throw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEtcdRole, decodeEtcdUser, encodeEtcdRole, encodeEtcdUser } from '../../../src/bbolt/etcd-auth-schema.ts';
import { authpb } from '../../../src/rpc/generated/messages.js';

const text = fc.string({ unit: 'grapheme', maxLength: 5 });
const bytes = fc.uint8Array({ maxLength: 5 });
const user = fc.record({ name: text, password: bytes, roles: fc.array(text, { maxLength: 3 }), noPassword: fc.boolean() }, { noNullPrototype: true });
const permission = fc.record({ type: fc.nat(300), key: bytes, rangeEnd: bytes }, { noNullPrototype: true });
const role = fc.record({ name: text, permissions: fc.array(permission, { maxLength: 3 }) }, { noNullPrototype: true });

test('bbolt: auth: a user reads back', () => {
	fc.assert(fc.property(user, (wanted) => assert.deepEqual(decodeEtcdUser(encodeEtcdUser(wanted)), wanted)));
});

test('bbolt: auth: a role reads back', () => {
	fc.assert(fc.property(role, (wanted) => assert.deepEqual(decodeEtcdRole(encodeEtcdRole(wanted)), wanted)));
});

test('bbolt: auth: a user is the message that protobuf has for it', () => {
	fc.assert(
		fc.property(user, (wanted) => {
			const { name, password, roles, options } = authpb.User.decode(encodeEtcdUser(wanted));
			const read = { name: Buffer.from(name).toString(), password: Uint8Array.from(password), roles, noPassword: options?.no_password };
			assert.deepEqual(read, wanted);
		}),
	);
});

test('bbolt: auth: whatever bytes there are give a record or none', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 40 }), (hostile) => {
			decodeEtcdUser(hostile);
			decodeEtcdRole(hostile);
		}),
		{ numRuns: 1_000 },
	);
});
