/** GET /new over real HTTP with a lane that needs no raft: what a token is, and what is refused. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createHttpHandler } from '../../../../src/api/http/router.ts';
import { discoveryServiceRoute } from '../../../../src/api/v2/discovery-service.ts';
import { v2Route } from '../../../../src/api/v2/router.ts';
import { NOBODY } from '../../../../src/base/brand.ts';
import { CODES } from '../../../../src/base/codes.ts';
import { DISCOVERY_TOKENS_MAX } from '../../../../src/base/limits.ts';
import type { MemberRecord } from '../../../../src/members/record.ts';
import { list } from '../../../../src/members/table.ts';
import { changesOver } from '../member-changes-port.ts';
import { fakeDoor } from './fake-door.ts';
import { type FakeLane, fakeLane } from './fake-lane.ts';

interface Service {
	readonly url: string;
	readonly lane: FakeLane;
	close(): void;
}

async function serve(lane: FakeLane = fakeLane()): Promise<Service> {
	let tokens = 0;
	const newToken = (): string => (++tokens).toString(16).padStart(32, '0');
	const guarded = { lane, ...fakeDoor(lane) };
	const routes = [v2Route({ ...guarded, changes: changesOver(lane) }, { maxRequestBytes: 10_000 }), discoveryServiceRoute({ ...guarded, newToken })];
	const server = createServer(createHttpHandler(routes));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		lane,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}

async function withService(service: Service, work: (service: Service) => Promise<void>): Promise<void> {
	try {
		await work(service);
	} finally {
		service.close();
	}
}

async function text(url: string): Promise<string> {
	return (await fetch(url)).text();
}

test('discovery service: the answer is the URL of a token whose size can be read, and which goes after a week', async () =>
	withService(await serve(), async ({ url }) => {
		const token = await text(`${url}/new?size=5`);
		assert.equal(token, `${url}/v2/keys/_etcd/registry/${'1'.padStart(32, '0')}`);
		const size = (await (await fetch(`${token}/_config/size`)).json()) as { readonly node: { readonly value: string } };
		assert.equal(size.node.value, '5');
		const directory = (await (await fetch(token)).json()) as { readonly node: { readonly ttl: number; readonly nodes?: unknown } };
		assert.equal(directory.node.ttl, 7 * 24 * 3_600);
		assert.equal(directory.node.nodes, undefined, 'nobody has registered');
	}));

test('discovery service: three members unless the size is said', async () =>
	withService(await serve(), async ({ url }) => assert.match(await text(`${await text(`${url}/new`)}/_config/size`), /"value":"3"/)));

test('discovery service: a size that no cluster has is refused', async () =>
	withService(await serve(), async ({ url }) => {
		for (const size of ['0', '-1', 'three', '', '1001', '1e2', '03']) {
			assert.equal((await fetch(`${url}/new?size=${size}`)).status, 400, size);
		}
	}));

test('discovery service: only GET makes a token', async () =>
	withService(await serve(), async ({ url }) => {
		const answer = await fetch(`${url}/new`, { method: 'POST' });
		assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET']);
	}));

test('discovery service: without a leader there is no token but the reason', async () =>
	withService(await serve(), async ({ url, lane }) => {
		lane.leaderView = { ...lane.leaderView, role: 'follower', leader: NOBODY };
		lane.refuseWith = CODES.timeout.code;
		const answer = await fetch(`${url}/new`);
		assert.deepEqual([answer.status, await answer.text()], [503, 'etcdserver: request timed out\n']);
	}));

test('discovery service: a member with a client URL that others reach puts it into the answer', async () => {
	const [self] = fakeLane().reader.read(list);
	const member: MemberRecord = { ...(self as MemberRecord), clientUrls: ['http://localhost:2379', 'http://10.0.0.5:2379'] };
	await withService(await serve(fakeLane([member])), async ({ url }) =>
		assert.ok((await text(`${url}/new`)).startsWith('http://10.0.0.5:2379/v2/keys/')),
	);
});

test('discovery service: where the registry is no directory, that is said and nobody is harmed', async () =>
	withService(await serve(), async ({ url }) => {
		await fetch(`${url}/v2/keys/_etcd/registry`, { method: 'PUT', body: new URLSearchParams({ value: 'x' }) });
		const answer = await fetch(`${url}/new`);
		assert.equal(answer.status, 503);
		assert.match(await answer.text(), /the token was not made: .*"errorCode":104/);
	}));

test('discovery service: there is a most of tokens', async () =>
	withService(await serve(), async ({ url }) => {
		for (let made = 0; made < DISCOVERY_TOKENS_MAX; made++) {
			assert.equal((await fetch(`${url}/new`)).status, 200);
		}
		const answer = await fetch(`${url}/new`);
		assert.equal(answer.status, 503);
		assert.match(await answer.text(), /there are 1000 tokens/);
	}));
