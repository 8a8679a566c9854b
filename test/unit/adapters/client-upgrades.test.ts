/** Pages that would open a WebSocket on the gateway's paths, as a browser has them ask: the rules of any request come before the handshake (reliability.md T20). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ClientOptions, WebSocket } from 'ws';
import { FrontEndHarness } from '../api/grpc/front-end-harness.ts';

const OPEN = 101;
const STRANGER = 'http://evil.example';
const LISTED = 'https://app.example.com';

let usual: FrontEndHarness;
let listed: FrontEndHarness;
let any: FrontEndHarness;

before(async () => {
	usual = await FrontEndHarness.open();
	listed = await FrontEndHarness.open([], { access: { hosts: ['db.example.com'], ownHosts: [], origins: [LISTED] } });
	any = await FrontEndHarness.open([], { access: { hosts: [], ownHosts: [], origins: ['*'] } });
});

after(async () => {
	await usual.close();
	await listed.close();
	await any.close();
});

/** The status that the handshake gets. */
function knock({ port }: FrontEndHarness, path: string, headers: ClientOptions['headers']): Promise<number | undefined> {
	const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...headers } });
	return new Promise((resolve) => {
		const told = (status: number | undefined): void => {
			resolve(status);
			socket.terminate();
		};
		socket.on('error', () => told(0));
		socket.on('unexpected-response', (_request, { statusCode }) => told(statusCode));
		socket.on('open', () => told(OPEN));
	});
}

for (const [who, headers] of [
	['a program', {}],
	['a page of this member', { Origin: 'http://HOST', 'Sec-Fetch-Site': 'same-origin' }],
	['a page of this member in a browser that tells no Sec-Fetch-Site', { Origin: 'http://HOST' }],
] as const) {
	test(`client upgrades: ${who} gets its WebSocket`, async () => {
		const own = Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', `127.0.0.1:${usual.port}`)]);
		assert.equal(await knock(usual, '/v3/kv/range', Object.fromEntries(own)), OPEN);
	});
}

for (const [who, headers] of [
	['a page of another site', { Origin: STRANGER, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'websocket', 'Sec-Fetch-Dest': 'empty' }],
	['a page of another site in a browser that tells no Sec-Fetch-Site', { Origin: STRANGER }],
	['a page of another site that hides its origin', { 'Sec-Fetch-Site': 'cross-site' }],
	['a page in a sandbox', { Origin: 'null' }],
	['a page of another port of this host', { Origin: 'http://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' }],
	['a page under a rebound name', { Host: 'evil.example', Origin: STRANGER, 'Sec-Fetch-Site': 'same-origin' }],
] as const) {
	test(`client upgrades: ${who} is refused before the handshake`, async () => {
		assert.equal(await knock(usual, '/v3/kv/range', headers), 403);
	});
}

for (const path of ['/v3/kv/put', '/v3beta/kv/put', '/v3alpha/kv/put', '/v3/watch', '/v3/none', '/v2/keys/a']) {
	test(`client upgrades: a page of another site is refused on ${path} as well`, async () => {
		assert.equal(await knock(usual, path, { Origin: STRANGER }), 403);
	});
}

for (const [title, headers, status] of [
	['with --cors, a page of a listed origin gets its WebSocket', { Host: 'db.example.com', Origin: LISTED, 'Sec-Fetch-Site': 'cross-site' }, OPEN],
	['with --cors, a page of another origin is refused', { Host: 'db.example.com', Origin: STRANGER, 'Sec-Fetch-Site': 'cross-site' }, 403],
	['with --host-whitelist, another name is misdirected', { Host: 'other.example.com' }, 421],
] as const) {
	test(`client upgrades: ${title}`, async () => {
		assert.equal(await knock(listed, '/v3/kv/range', headers), status);
	});
}

test('client upgrades: with --cors of any origin, a page of any site gets its WebSocket', async () => {
	assert.equal(await knock(any, '/v3/kv/range', { Origin: STRANGER, 'Sec-Fetch-Site': 'cross-site' }), OPEN);
});
