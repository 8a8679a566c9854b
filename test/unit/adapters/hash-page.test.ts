/** The page of hashes between two members over real sockets, and answers of strangers. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { askHash } from '../../../src/adapters/hash-page.ts';
import type { ToldHash } from '../../../src/ports/peer-hashes.ts';
import { introduce, TestCluster } from './peer-harness.ts';

const TIMEOUT_MS = 5_000;
const SOUND = { code: 0, applied: 1, revision: 2, compactRevision: -1, hash: 4_294_967_295 };
let server: Server | null = null;

afterEach(() => {
	server?.close();
	server?.closeAllConnections();
});

async function answerWith(body: string): Promise<string> {
	server = createServer((_request, response) => response.writeHead(200).end(body));
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(body: string) {
	return askHash({ urls: [await answerWith(body)], headers: {}, tls: null, revision: 7, timeoutMilliseconds: TIMEOUT_MS });
}

test('adapters: hash page: all other members are asked, and the ones that answer are named', async () => {
	const cluster = new TestCluster();
	try {
		const members = [await cluster.open(1), await cluster.open(2), await cluster.open(3)] as const;
		introduce(...members);
		await members[2].network.close();
		const told = await new Promise<readonly ToldHash[]>((resolve) => members[0].network.links.askHashes(70, resolve));
		assert.deepEqual(told, [{ id: members[1].id, code: 0, applied: 2, revision: 70, compactRevision: -1, hash: 200 }]);
	} finally {
		await cluster.close();
	}
});

test('adapters: hash page: a sound answer is taken as it is', async () => {
	assert.deepEqual(await ask(JSON.stringify(SOUND)), SOUND);
});

for (const [what, body] of [
	['no JSON', '<html>'],
	['no object', 'null'],
	['an unknown code', JSON.stringify({ ...SOUND, code: 9_999 })],
	['a missing field', JSON.stringify({ ...SOUND, hash: undefined })],
	['a number that is none', JSON.stringify({ ...SOUND, revision: '7' })],
	['a negative revision', JSON.stringify({ ...SOUND, revision: -1 })],
] as const) {
	test(`adapters: hash page: an answer with ${what} is none`, async () => {
		assert.equal(await ask(body), null);
	});
}
