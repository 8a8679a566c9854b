/**
 * The other doors while access control is on: each path of the JSON gateway, in its three spellings, lets and refuses whom its RPC does (test/support/auth-rows.ts), and each path of
 * HTTP that shows or changes something of the member whom its rule names. Those of v2 have users of their own: test/clients/v2-auth.test.ts asks them all, beside etcd.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GATEWAY_METHODS } from '../../src/api/gateway/methods.ts';
import type { ClusterState } from '../../src/ports/dashboard-state.ts';
import { AuthClient } from '../support/auth-client.ts';
import { letterOf, RPC_ROWS } from '../support/auth-rows.ts';
import { type Member, startMember } from '../support/member.ts';

/** A call that goes on and says nothing has not been refused. */
const SILENT_MS = 2_000;
const LONG = /Watch\/Watch|KeepAlive|Snapshot|Observe|Lock\/Lock|Campaign/;
const LEASES = '/etcdserverpb.Lease/LeaseLeases';
const KEY = Buffer.from('a/k').toString('base64');
const A_PREFIX = Buffer.from('a/').toString('base64');
const SECRET = 'secret/key-of-nobody-else';
const leader = { name: KEY, key: KEY };

/** What is asked of each RPC as the same request in JSON; of the others nothing. */
const BODIES: Readonly<Record<string, object>> = {
	'/etcdserverpb.KV/Range': { key: KEY },
	'/etcdserverpb.KV/Put': { key: KEY },
	'/etcdserverpb.KV/DeleteRange': { key: KEY },
	'/etcdserverpb.KV/Txn': { success: [{ request_put: { key: KEY } }] },
	'/etcdserverpb.Watch/Watch': { create_request: { key: KEY } },
	'/etcdserverpb.Cluster/MemberAdd': { peerURLs: ['http://127.0.0.1:1'], isLearner: true },
	'/etcdserverpb.Cluster/MemberUpdate': { peerURLs: ['http://127.0.0.1:1'] },
	'/etcdserverpb.Auth/UserAdd': { name: 'owner' },
	'/etcdserverpb.Auth/UserGet': { name: 'owner' },
	'/etcdserverpb.Auth/RoleGet': { role: 'owner' },
	'/v3lockpb.Lock/Lock': { name: KEY },
	'/v3lockpb.Lock/Unlock': { key: KEY },
	'/v3electionpb.Election/Campaign': { name: Buffer.from('a/e').toString('base64') },
	'/v3electionpb.Election/Proclaim': { leader },
	'/v3electionpb.Election/Leader': { name: KEY },
	'/v3electionpb.Election/Observe': { name: KEY },
	'/v3electionpb.Election/Resign': { leader },
};

/** For nobody, a bad token, a user without rights, one who may read and write a/, root. */
const ROUTES: Readonly<Record<string, readonly number[]>> = {
	'GET /version': [200, 200, 200, 200, 200],
	'GET /health': [200, 200, 200, 200, 200],
	'GET /livez': [200, 200, 200, 200, 200],
	'GET /metrics': [200, 200, 200, 200, 200],
	'GET /config/local/log': [401, 401, 403, 403, 405],
	'GET /debug/slow': [401, 401, 403, 403, 200],
	'GET /debug/none': [404, 404, 404, 404, 404],
	'GET /dashboard/': [401, 401, 200, 200, 200],
	'GET /dashboard/app.js': [401, 401, 200, 200, 200],
	'GET /dashboard/keys': [401, 401, 403, 403, 200],
	[`GET /dashboard/keys?prefix=${A_PREFIX}`]: [401, 401, 403, 200, 200],
	[`GET /dashboard/history?key=${KEY}`]: [401, 401, 403, 200, 200],
	[`GET /dashboard/history?key=${Buffer.from(SECRET).toString('base64')}`]: [401, 401, 403, 403, 200],
	'POST /dashboard/write': [401, 401, 409, 409, 200],
	'GET /dashboard/events': [401, 401, 200, 200, 200],
};

let member: Member;
let callers: readonly (string | null)[];

before(async () => {
	member = await startMember({ flags: { 'bcrypt-cost': '4', 'dashboard-writes': 'true', 'enable-v2': 'true' } });
	const client = new AuthClient(member.clientUrl);
	const root = await client.enable('root');
	await client.addOwner('owner', 'owner', 'a/', root);
	await client.addOwner('plain', 'plain', 'nothing/', root);
	await client.put(SECRET, root);
	callers = [null, 'nobody.1', await client.login('plain', 'plain'), await client.login('owner', 'owner'), root];
	client.close();
});

after(async () => {
	member.client.close();
	await member.kill();
});

/** The first that is said. */
async function firstWords(path: string, init: RequestInit): Promise<string> {
	const aborted = new AbortController();
	const timer = setTimeout(() => aborted.abort(), SILENT_MS);
	try {
		const response = await fetch(member.clientUrl + path, { ...init, signal: aborted.signal });
		for await (const chunk of response.body ?? []) {
			return Buffer.from(chunk).toString();
		}
		return '';
	} catch (error) {
		assert.equal((error as Error).name, 'AbortError', String(error));
		return '';
	} finally {
		clearTimeout(timer);
		aborted.abort();
	}
}

async function jsonLetter(path: string, rpc: string, token: string | null): Promise<string> {
	const headers: Record<string, string> = token === null ? {} : { authorization: token };
	const init = { method: 'POST', body: JSON.stringify(BODIES[rpc] ?? {}), headers };
	return letterOf(LONG.test(rpc) ? await firstWords(path, init) : await (await fetch(member.clientUrl + path, init)).text());
}

test('auth doors: JSON: every path lets and refuses whom its RPC does', async () => {
	const seen: Record<string, string> = {};
	const wanted: Record<string, string> = {};
	const ask = (isWanted: (rpc: string) => boolean): Promise<unknown> =>
		Promise.all(
			[...GATEWAY_METHODS]
				.filter(([, { rpc }]) => isWanted(rpc))
				.map(async ([path, { rpc }]) => {
					wanted[path] = RPC_ROWS[rpc]?.expected ?? 'no row';
					// What root alone may do he is believed to do: disabling access control would end the test.
					const asked = rpc.endsWith('AuthDisable') ? callers.slice(0, -1) : callers;
					seen[path] = (await Promise.all(asked.map((token) => jsonLetter(path, rpc, token)))).join('').padEnd(callers.length, '-');
				}),
		);
	// All leases are for everybody as long as no lock or candidate hangs on one.
	await ask((rpc) => rpc === LEASES);
	await ask((rpc) => rpc !== LEASES);
	assert.deepEqual(seen, wanted);
});

test('auth doors: HTTP: every path of the member lets and refuses whom it should', async () => {
	const seen: Record<string, readonly number[]> = {};
	for (const what of Object.keys(ROUTES)) {
		const [method = '', path = ''] = what.split(' ');
		const statuses: number[] = [];
		for (const token of callers) {
			const aborted = new AbortController();
			const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
			const body =
				method === 'GET' ? null : JSON.stringify({ key: Buffer.from(SECRET + statuses.length).toString('base64'), value: '', modRevision: 0 });
			statuses.push((await fetch(member.clientUrl + path, { method, headers, body, signal: aborted.signal })).status);
			aborted.abort();
		}
		seen[what] = statuses;
	}
	assert.deepEqual(seen, ROUTES);
});

test('auth doors: dashboard: the slow requests, which name keys, are told to root alone', async () => {
	const told: boolean[] = [];
	for (const token of callers.slice(-2)) {
		const aborted = new AbortController();
		const response = await fetch(`${member.clientUrl}/dashboard/events`, { headers: { authorization: `Bearer ${token}` }, signal: aborted.signal });
		let text = '';
		for await (const chunk of response.body ?? []) {
			text += Buffer.from(chunk).toString();
			if (text.includes('\n\n')) {
				break;
			}
		}
		aborted.abort();
		const state = JSON.parse(text.split('\n\n')[0]?.replace(/^data: /, '') ?? '') as ClusterState;
		told.push(state.members.some((each) => (each.state?.slow.hour.length ?? 0) > 0));
	}
	assert.deepEqual(told, [false, true]);
});
