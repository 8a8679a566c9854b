/** What the audit log is told of requests of the v2 API: over real HTTP, through all its routes, with a lane that needs no raft. */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import type { AuditEntry } from '../../../../src/api/access/audit.ts';
import { createHttpHandler } from '../../../../src/api/http/router.ts';
import { v2Routes } from '../../../../src/api/v2/routes.ts';
import type { WriteRouting } from '../../../../src/api/v2/write-routing.ts';
import { toSlot, toTerm } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { encodeV2AuthCommand, type V2AuthChange } from '../../../../src/v2/auth/changes.ts';
import { executeV2Auth } from '../../../../src/v2/auth/execute.ts';
import { decodeV2Response } from '../../../../src/v2/response-codec.ts';
import { eventually } from '../../../support/eventually.ts';
import { changesOver } from '../member-changes-port.ts';
import { type FakePasswords, fakeDoor } from './fake-door.ts';
import { type FakeLane, fakeLane, type Served, serve } from './fake-lane.ts';

const FROM = '127.0.0.1';
const SECRETS = { value: 'the-value-of-a-key', other: 'another-value', password: 'the-password', query: 'in-the-query' };
const BASIC = (name: string, password: string): Record<string, string> => ({
	authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
});
const ROOT = BASIC('root', SECRETS.password);
const MEMBERS = [1, 2].map((slot): MemberRecord => {
	const urls = { peerUrls: [`http://peer:${slot}`], clientUrls: [`http://client:${slot}`] };
	return { slot: toSlot(slot), id: `a${slot}`, name: `m${slot}`, learner: false, ...urls };
});
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let lane: FakeLane;
let passwords: FakePasswords;
let served: Served;
let entries: AuditEntry[];

async function serveAll(writeRouting: WriteRouting = 'redirect'): Promise<void> {
	lane = fakeLane(MEMBERS);
	({ passwords } = fakeDoor(lane));
	entries = [];
	const ports = {
		lane: Object.assign(lane, { ticksOfLeader: 0, inquireFigures: (done: (figures: null) => void) => done(null) }),
		changes: changesOver(lane),
		account: { credentials: passwords, audit: { note: (entry: AuditEntry) => void entries.push(entry) } },
		later: (work: () => void) => void setImmediate(work),
	};
	const options = { maxRequestBytes: 10_000, writeRouting, tickMilliseconds: 100, namesByCertificate: false };
	served = await serve(createHttpHandler(v2Routes(ports, options)));
}

beforeEach(() => serveAll());
afterEach(() => served.close());

async function ask(method: string, target: string, { body = null, headers = {} }: { body?: string | null; headers?: Record<string, string> } = {}) {
	const response = await fetch(served.url + target, { method, body, redirect: 'manual', headers: body === null ? headers : { ...FORM, ...headers } });
	await response.text();
	return response.status;
}

/** The one line that a request has made. */
async function lineOf(method: string, target: string, more: { body?: string | null; headers?: Record<string, string> } = {}): Promise<AuditEntry> {
	const before = entries.length;
	await ask(method, target, more);
	const [entry, ...others] = entries.slice(before);
	assert.ok(entry !== undefined && others.length === 0, `${method} ${target} has ${others.length + Number(entry !== undefined)} lines`);
	return entry;
}

/** Users root and ann, who may read /a, with access control on; a guest may nothing. */
function enable(): void {
	const hash = `hash:${SECRETS.password}`;
	const none = { roles: null, grant: null, revoke: null };
	const all = { read: ['/*', '*'], write: ['/*', '*'] };
	const nothing = { read: null, write: null };
	const role = { permissions: nothing, grant: null, revoke: null };
	const changes: readonly V2AuthChange[] = [
		{ kind: 'put_user', user: 'root', hash, ...none },
		{ kind: 'put_role', ...role, role: 'reader', permissions: { read: ['/a'], write: [] } },
		{ kind: 'put_user', user: 'ann', hash, ...none, roles: ['reader'] },
		{ kind: 'enable' },
		{ kind: 'put_role', ...role, role: 'guest', revoke: all },
	];
	for (const change of changes) {
		const command = encodeV2AuthCommand({ by: 'root', change });
		const { status } = decodeV2Response(lane.reader.write((view) => executeV2Auth(view, command, { index: 9, term: 2 })));
		assert.ok(status < 300, `${JSON.stringify(change)}: ${status}`);
	}
}

const LET = { from: FROM, keys: [], allowed: true, refusal: '' };
const DENIED = { from: FROM, allowed: false, refusal: 'Insufficient credentials' };

test('v2: audit: while access control is off a write is a line with its key, and without query and value', async () => {
	const line = await lineOf('PUT', `/v2/keys/a%20b/c?${SECRETS.query}=1`, { body: `value=${SECRETS.value}` });
	assert.deepEqual(line, { ...LET, user: '', what: 'PUT /v2/keys/a%20b/c', keys: [{ key: '/a b/c' }] });
});

for (const [method, target, refusal] of [
	['GET', '/v2/keys', ''],
	['GET', '/v2/keys/none', 'Key not found'],
	['GET', '/v2/keys/none?waitIndex=x', 'The given index in POST form is not a number'],
	['PATCH', '/v2/keys/a', 'Method Not Allowed'],
	['GET', '/v2//keys', 'Moved Permanently'],
	['GET', '/v2/keys/%zz', 'Bad Request'],
	['GET', '/v2/members', ''],
	['POST', '/v2/members', 'Unsupported Media Type'],
	['DELETE', '/v2/members/77', 'Not Found'],
	['GET', '/v2/machines', ''],
	['GET', '/v2/leader', ''],
	['GET', '/v2/stats/store', ''],
	['GET', '/v2/stats/self', 'Service Unavailable'],
	['GET', '/v2/auth/enable', ''],
	['GET', '/v2/auth/users/none', 'Not Found'],
	['GET', '/v2/none', 'Not Found'],
	['GET', '/mod/v2/lock/job', 'Key not found'],
	['GET', '/new?size=5', ''],
	['GET', '/new?size=x', 'Bad Request'],
] as const) {
	test(`v2: audit: ${method} ${target} is one line that says ${refusal === '' ? 'that it was done' : JSON.stringify(refusal)}`, async () => {
		const { what, allowed, refusal: said } = await lineOf(method, target);
		assert.deepEqual([what, allowed, said], [`${method} ${target.split('?')[0]}`, true, refusal]);
	});
}

test('v2: audit: a comparison that failed is told without the values', async () => {
	await ask('PUT', '/v2/keys/a', { body: `value=${SECRETS.value}` });
	const line = await lineOf('PUT', '/v2/keys/a', { body: `value=1&prevValue=${SECRETS.other}` });
	assert.deepEqual(line, { ...LET, user: '', what: 'PUT /v2/keys/a', keys: [{ key: '/a' }], refusal: 'Compare failed' });
});

test('v2: audit: what nobody knows the outcome of says so', async () => {
	lane.refuseWith = CODES.timeout.code;
	const { allowed, refusal } = await lineOf('PUT', '/v2/keys/a', { body: 'value=1' });
	assert.deepEqual([allowed, refusal], [true, CODES.timeout.text]);
});

test('v2: audit: a key that is no text is base64, and a long one is cut', async () => {
	const { keys } = await lineOf('GET', '/v2/keys/%FF');
	assert.deepEqual(keys, [{ key: Buffer.from('/\xff', 'latin1').toString('base64'), encoding: 'base64' }]);
	const long = await lineOf('GET', `/v2/keys/${'x'.repeat(5_000)}`);
	assert.equal(long.keys[0]?.key, `/${'x'.repeat(1_023)}…`);
});

test('v2: audit: the user is who gave the right password, and nobody who gave a wrong one', async () => {
	enable();
	const asked = { what: 'GET /v2/keys/a', keys: [{ key: '/a' }] };
	assert.deepEqual(await lineOf('GET', '/v2/keys/a', { headers: ROOT }), {
		...LET,
		...asked,
		user: 'root',
		claimed: 'root',
		refusal: 'Key not found',
	});
	const wrong = BASIC('root', SECRETS.other);
	assert.deepEqual(await lineOf('GET', '/v2/keys/a', { headers: wrong }), { ...DENIED, ...asked, user: '', claimed: 'root' });
});

test('v2: audit: a guest has no name, and a user without the right has his', async () => {
	enable();
	const asked = { what: 'GET /v2/keys/b', keys: [{ key: '/b' }] };
	assert.deepEqual(await lineOf('GET', '/v2/keys/b'), { ...DENIED, ...asked, user: '' });
	const ann = BASIC('ann', SECRETS.password);
	assert.deepEqual(await lineOf('GET', '/v2/keys/b', { headers: ann }), { ...DENIED, ...asked, user: 'ann', claimed: 'ann' });
});

for (const [method, target] of [
	['PUT', '/v2/auth/users/x'],
	['POST', '/v2/members'],
	['POST', '/mod/v2/lock/job'],
	['GET', '/new'],
] as const) {
	test(`v2: audit: ${method} ${target} by a guest who may not is a line that says so`, async () => {
		enable();
		assert.deepEqual(await lineOf(method, target, { body: method === 'GET' ? null : '{}' }), {
			...DENIED,
			user: '',
			what: `${method} ${target}`,
			keys: [],
		});
	});
}

test('v2: audit: beyond the limits on passwords nobody is let in', async () => {
	enable();
	passwords.isBusy = true;
	const { user, allowed, refusal } = await lineOf('GET', '/v2/keys/a', { headers: ROOT });
	assert.deepEqual([user, allowed, refusal], ['', false, CODES.too_many_requests.text]);
});

for (const [routing, refusal] of [
	['redirect', 'Temporary Redirect'],
	['forward', ''],
] as const) {
	test(`v2: audit: a write that the leader does is one line here, by ${routing}`, async () => {
		await served.close();
		await serveAll(routing);
		lane.leaderView = { role: 'follower', term: toTerm(2), leader: toSlot(2) };
		const line = await lineOf('PUT', '/v2/keys/a', { body: 'value=1' });
		assert.deepEqual(line, { ...LET, user: '', what: 'PUT /v2/keys/a', keys: [{ key: '/a' }], refusal });
	});
}

test('v2: audit: a watch is a line when it begins', async () => {
	const aborted = new AbortController();
	await fetch(`${served.url}/v2/keys/a?wait=true`, { signal: aborted.signal });
	assert.deepEqual(entries, [{ ...LET, user: '', what: 'GET /v2/keys/a', keys: [{ key: '/a' }] }]);
	aborted.abort();
});

test('v2: audit: who hangs up while a password is looked at has guessed, which the line says', async () => {
	enable();
	const request = send(`${served.url}/v2/keys/a`, { headers: ROOT });
	const hungUp = new Promise<void>((resolve) => {
		passwords.verify = () => {
			request.destroy();
			resolve();
		};
	});
	request.on('error', () => {});
	request.end();
	await hungUp;
	const line = await eventually(() => entries[0] ?? null, { what: 'the line' });
	assert.deepEqual([line.user, line.claimed, line.allowed, line.refusal], ['', 'root', false, 'the caller was gone before it was answered']);
});

test('v2: audit: who hangs up while he waits for a lock was let in, which the line says', async () => {
	await ask('POST', '/mod/v2/lock/job', { body: 'ttl=60&value=one' });
	entries.length = 0;
	const { applied } = lane;
	const aborted = new AbortController();
	const body = 'ttl=60&value=two';
	const waiting = fetch(`${served.url}/mod/v2/lock/job`, { method: 'POST', body, headers: FORM, signal: aborted.signal });
	await eventually(() => lane.applied > applied, { what: 'the second in the line' });
	aborted.abort();
	await assert.rejects(waiting);
	const line = await eventually(() => entries[0] ?? null, { what: 'the line' });
	const refusal = 'the caller was gone before it was answered';
	assert.deepEqual(line, { ...LET, user: '', what: 'POST /mod/v2/lock/job', refusal });
});
