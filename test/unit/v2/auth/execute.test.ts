/** Users, roles and rights of the v2 API on a store in memory: what replication needs of them, and what etcd's own words do not show (etcd-surface.md 1.8). */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { MemoryEngine } from '../../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../../src/base/store-trees.ts';
import { encodeV2AuthCommand, type V2AuthChange } from '../../../../src/v2/auth/changes.ts';
import { executeV2Auth } from '../../../../src/v2/auth/execute.ts';
import { GUEST, mayAccess } from '../../../../src/v2/auth/rights.ts';
import { readEvents } from '../../../../src/v2/event-history.ts';
import { executeV2 } from '../../../../src/v2/execute.ts';
import { readState } from '../../../../src/v2/nodes.ts';
import { encodeV2Request, V2_OPERATION } from '../../../../src/v2/request-codec.ts';
import { decodeV2Response } from '../../../../src/v2/response-codec.ts';

const CONTEXT = { index: 9, term: 2 };
const NOTHING = { read: null, write: null };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

let engine: MemoryEngine;
beforeEach(() => {
	engine = new MemoryEngine(STORE_TREE_NAMES);
});

function change(wanted: V2AuthChange, by = ''): { readonly status: number; readonly json: string } {
	const answer = decodeV2Response(engine.write((view) => executeV2Auth(view, encodeV2AuthCommand({ by, change: wanted }), CONTEXT)));
	return { status: answer.status, json: Buffer.from(answer.body).toString('utf8') };
}

function user(name: string, fields: object = {}): V2AuthChange {
	return { kind: 'put_user', user: name, hash: `hash of ${name}`, roles: null, grant: null, revoke: null, ...fields };
}

function role(name: string, permissions: { read: readonly string[] | null; write: readonly string[] | null }): V2AuthChange {
	return { kind: 'put_role', role: name, permissions, grant: null, revoke: null };
}

function write(path: string, name: string | null): number {
	const plain = {
		directory: false,
		recursive: false,
		value: bytes('v'),
		prevValue: GUEST,
		prevIndex: 0n,
		quiet: false,
		refresh: false,
		now: 1,
		expiration: 0,
	};
	const request = { ...plain, operation: V2_OPERATION.set, path: bytes(path), ...(name === null ? null : { user: bytes(name) }) };
	return decodeV2Response(engine.write((view) => executeV2(view, encodeV2Request(request), CONTEXT))).status;
}

function enable(): void {
	change(user('root'));
	assert.equal(change({ kind: 'enable' }).status, 200);
}

test('v2: auth: a write is judged when it is applied, by the rights of then', () => {
	enable();
	change(user('alice'), 'root');
	change(role('r', { read: null, write: ['/a*'] }), 'root');
	change(user('alice', { hash: '', grant: ['r'] }), 'root');
	assert.equal(write('/a', 'alice'), 201);
	change(user('alice', { hash: '', revoke: ['r'] }), 'root');
	assert.equal(write('/a', 'alice'), 401);
});

test('v2: auth: a change is judged when it is applied: a guest and a plain user may not', () => {
	enable();
	change(user('alice'), 'root');
	assert.deepEqual(change({ kind: 'disable' }), { status: 401, json: '{"message":"Insufficient credentials"}' });
	assert.equal(change({ kind: 'disable' }, 'alice').status, 401);
	assert.equal(change({ kind: 'disable' }, 'root').status, 200);
});

test('v2: auth: every change takes a v2 index, and the history that watchers read has no gap and no word of it', () => {
	const before = engine.read(readState).index;
	enable();
	const { index } = engine.read(readState);
	assert.equal(index, before + 4 + 1 + 1 + 1, 'three directories and the flag, root, guest, the flag again');
	const events = engine.read((view) => readEvents(view, before + 1, 100));
	assert.deepEqual(
		events.map((event) => [event.index, event.refresh]),
		Array.from({ length: 7 }, (_, i) => [before + 1 + i, true]),
	);
});

test('v2: auth: no answer has a hash in it', () => {
	const { json } = change(user('alice', { hash: 'secret' }));
	assert.equal(json, '{"user":"alice","roles":null}\n');
});

test('v2: auth: no body whatever makes a change throw', () => {
	fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (body) => engine.write((view) => executeV2Auth(view, body, CONTEXT)).length > 0));
	const commands = fc.json({ maxDepth: 3 }).map((json) => Buffer.concat([Uint8Array.of(1), Buffer.from(`{"by":"","change":${json}}`)]));
	fc.assert(fc.property(commands, (body) => engine.write((view) => executeV2Auth(view, body, CONTEXT)).length > 0));
});

test('v2: auth: nobody gets at a key that no pattern of his names', () => {
	enable();
	change(user('alice'), 'root');
	const name = fc.string({ unit: fc.constantFrom('/', 'a', 'b'), maxLength: 4 });
	const pattern = fc
		.oneof(
			name,
			name.map((text) => `${text}*`),
		)
		.map((text) => `/${text}`);
	let made = 0;
	fc.assert(
		fc.property(fc.array(pattern, { maxLength: 3 }), name, fc.boolean(), (patterns, key, recursive) => {
			made += 1;
			const each = `r${made}`;
			change(role(each, { read: patterns, write: null }), 'root');
			change(user('alice', { hash: '', grant: [each] }), 'root');
			const may = engine.read((view) => mayAccess(view, bytes('alice'), { path: bytes(`/${key}`), recursive, write: false }));
			change(user('alice', { hash: '', revoke: [each] }), 'root');
			const wanted = patterns.some((text) => (text.endsWith('*') ? `/${key}`.startsWith(text.slice(0, -1)) : !recursive && `/${key}` === text));
			return may === wanted;
		}),
		{ numRuns: 200 },
	);
});

test('v2: auth: an empty pattern, which ends a request of etcd by a panic, is for nothing', () => {
	enable();
	change(role('r', { ...NOTHING, read: [''] }), 'root');
	change(user('alice', { roles: ['r'] }), 'root');
	assert.equal(
		engine.read((view) => mayAccess(view, bytes('alice'), { path: GUEST, recursive: false, write: false })),
		false,
	);
});

test('v2: auth: a name longer than a key of the engine may be is refused, and finds nobody', () => {
	assert.equal(change(user('x'.repeat(1_025))).status, 400);
	assert.equal(change({ kind: 'delete_user', name: 'x'.repeat(1_025) }).status, 404);
});
