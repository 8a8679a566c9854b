/**
 * A token whose time is over, at every door: gRPC, the JSON gateway in its three spellings, and HTTP. It is refused as one that nobody has given, whoever had it: the second column of
 * the tables of auth-matrix.test.ts and auth-doors.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GATEWAY_METHODS } from '../../src/api/gateway/methods.ts';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { AuthClient } from '../support/auth-client.ts';
import { letterOf, RPC_ROWS } from '../support/auth-rows.ts';
import { delay } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';

const TTL_SECONDS = 1;
/** Each use prolongs a simple token, so that it is asked about less often than that. */
const UNUSED_MS = 1_500;
const LOOKS_MAX = 20;
const WAIT_MS = 10_000;
const INVALID = 'T';
const WATCH = '/etcdserverpb.Watch/Watch';
const RANGE = '/etcdserverpb.KV/Range';
const GUARDED = [
	'GET /config/local/log',
	'GET /debug/slow',
	'GET /dashboard/',
	'GET /dashboard/keys',
	'POST /dashboard/write',
	'GET /dashboard/events',
];

let member: Member;
let client: AuthClient;
let token: string;

before(async () => {
	member = await startMember({ flags: { 'bcrypt-cost': '4', 'dashboard-writes': 'true', 'auth-token-ttl': `${TTL_SECONDS}` } });
	client = new AuthClient(member.clientUrl);
	token = await client.enable('root');
	assert.equal(await byGrpc(RANGE), '-', 'at first it counts');
	for (let looks = 0; (await byGrpc(RANGE)) !== INVALID; looks++) {
		assert.ok(looks < LOOKS_MAX, 'its time is never over');
		await delay(UNUSED_MS);
	}
});

after(async () => {
	client.close();
	member.client.close();
	await member.kill();
});

/** Streams too: what refuses them comes before anything else. */
async function byGrpc(path: string): Promise<string> {
	const { message, bytes } = await client.call(path, RPC_ROWS[path]?.request ?? new Uint8Array(0), token);
	return letterOf(path === WATCH ? message + pb.WatchResponse.decode(bytes).cancel_reason : message);
}

async function byJson(path: string): Promise<string> {
	const init = { method: 'POST', body: '{}', headers: { authorization: token }, signal: AbortSignal.timeout(WAIT_MS) };
	return letterOf(await (await fetch(member.clientUrl + path, init)).text());
}

const wantToken = Object.keys(RPC_ROWS).filter((rpc) => RPC_ROWS[rpc]?.expected[1] === INVALID);

test('auth expired: gRPC: every RPC that wants a token refuses one whose time is over', async () => {
	const seen = await Promise.all(wantToken.map(async (rpc) => [rpc, await byGrpc(rpc)]));
	assert.ok(wantToken.length > 30, `only ${wantToken.length} RPCs`);
	assert.deepEqual(
		seen.filter(([, letter]) => letter !== INVALID),
		[],
	);
});

test('auth expired: JSON: every path refuses what its RPC does', async () => {
	const paths = [...GATEWAY_METHODS].filter(([, { rpc }]) => wantToken.includes(rpc)).map(([path]) => path);
	const seen = await Promise.all(paths.map(async (path) => [path, await byJson(path)]));
	assert.ok(paths.length > wantToken.length, `only ${paths.length} paths`);
	assert.deepEqual(
		seen.filter(([, letter]) => letter !== INVALID),
		[],
	);
});

for (const what of GUARDED) {
	test(`auth expired: HTTP: ${what} wants another token`, async () => {
		const [method = '', path = ''] = what.split(' ');
		const response = await fetch(member.clientUrl + path, {
			method,
			headers: { authorization: `Bearer ${token}` },
			signal: AbortSignal.timeout(WAIT_MS),
		});
		assert.deepEqual([response.status, await response.text()], [401, 'etcdserver: invalid auth token\n']);
	});
}
