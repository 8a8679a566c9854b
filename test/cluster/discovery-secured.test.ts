/** Discovery through what stands between members and the service: TLS, certificates of clients, passwords, a proxy; and redirects of v2 over TLS. */
import assert from 'node:assert/strict';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { destroyMembers, makeMembers, namesToldBy, putToken } from '../support/discovered-members.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd } from '../support/member.ts';
import { run } from '../support/run.ts';
import { endMembers, startSecureMembers } from '../support/secure-members.ts';
import { TestPki } from '../support/test-pki.ts';

interface Wanted {
	readonly flags: Readonly<Record<string, string>>;
	readonly env?: Readonly<Record<string, string>>;
}

/** Two members that are started so become one cluster. */
async function assertTheyMeet(wanted: Wanted, work: (members: readonly Member[]) => Promise<void> = async () => {}): Promise<void> {
	const members = await makeMembers(['m1', 'm2'], wanted);
	try {
		await Promise.all(members.map((member) => member.start()));
		for (const member of members) {
			await eventually(async () => (await namesToldBy(member)).join() === 'm1,m2', { what: `${member.name} to tell of both` });
		}
		await work(members);
	} catch (error) {
		throw new Error(`${String(error)}\n${members.map((member) => `== ${member.name} ==\n${member.tail(12)}`).join('\n')}`, { cause: error });
	} finally {
		await destroyMembers(members);
	}
}

test('discovery: secured: a service on https is checked by the CAs of the system', async () => {
	const pki = await TestPki.make();
	const services = await startSecureMembers(pki, ['service'], () => ({ 'client-cert-auth': 'false', 'trusted-ca-file': '' }));
	try {
		const { clientUrl } = services[0]?.addresses ?? { clientUrl: '' };
		const { stdout: url } = await run('curl', ['-s', '--cacert', pki.ca, `${clientUrl}/new?size=2`]);
		assert.ok(url.startsWith(`${clientUrl}/v2/keys/`), url);
		await assertTheyMeet({ flags: { discovery: url }, env: { SSL_CERT_FILE: pki.ca } });
		const [stranger] = (await makeMembers(['m3'], { flags: { discovery: url } })) as [Member];
		const starting = stranger.start().catch(() => {});
		await stranger.said('the discovery service does not answer; asking again');
		assert.match(stranger.tail(), /"reason":"[^"]*certificate/);
		await destroyMembers([stranger]);
		await starting;
	} finally {
		await endMembers(services);
	}
});

test('discovery: secured: v3 by a service that asks for a certificate', async () => {
	const pki = await TestPki.make();
	const services = await startSecureMembers(pki, ['service']);
	try {
		const [service] = services;
		assert.ok(service !== undefined);
		const { cert, key } = await pki.issue('client');
		const put = await run(
			'etcdctl',
			['--endpoints', service.addresses.clientUrl, '--cacert', pki.ca, '--cert', cert, '--key', key, 'put', SIZE_KEY, '2'],
			{
				env: { ETCDCTL_API: '3' },
			},
		);
		assert.equal(put.code, 0, put.stderr);
		await assertTheyMeet({
			flags: {
				'discovery-token': 'blue',
				'discovery-endpoints': service.addresses.clientUrl,
				'discovery-cacert': pki.ca,
				'discovery-cert': cert,
				'discovery-key': key,
				'discovery-keepalive-time': '100ms',
			},
		});
	} finally {
		await endMembers(services);
	}
});

const SIZE_KEY = '/_etcd/registry/blue/_config/size';

test("discovery: secured: v3 by Debian's etcd with authentication, as a user with a password that is in no line of the log", async () => {
	const service = await startEtcd({ name: 'service' });
	try {
		for (const args of [
			['put', SIZE_KEY, '2'],
			['user', 'add', 'root:open-sesame'],
			['user', 'grant-role', 'root', 'root'],
			['auth', 'enable'],
		]) {
			const done = await run('etcdctl', ['--endpoints', service.clientUrl, ...args], { env: { ETCDCTL_API: '3' } });
			assert.equal(done.code, 0, `${args}: ${done.stderr}`);
		}
		const flags = {
			'discovery-token': 'blue',
			'discovery-endpoints': service.clientUrl,
			'discovery-user': 'root',
			'discovery-keepalive-time': '100ms',
		};
		await assertTheyMeet({ flags, env: { ETCD_DISCOVERY_PASSWORD: 'open-sesame' } }, async (members) => {
			assert.ok(!members.some(({ lines }) => lines.some((line) => line.includes('open-sesame'))));
		});
	} finally {
		await destroyMembers([service]);
	}
});

test('discovery: secured: by a proxy, which sees every question', async () => {
	const service = await startEtcd({ name: 'service' });
	const asked: string[] = [];
	const proxy = await startProxy(asked);
	try {
		const url = await putToken(service.clientUrl, 'abc', 2);
		await assertTheyMeet({ flags: { discovery: url, 'discovery-proxy': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } });
		assert.ok(
			asked.some((line) => line.startsWith(`GET ${url}/_config/size`)),
			asked.join('\n'),
		);
		assert.equal(asked.filter((line) => line.startsWith(`PUT ${url}/`)).length, 2, asked.join('\n'));
	} finally {
		proxy.close();
		proxy.closeAllConnections();
		await destroyMembers([service]);
	}
});

/** A plain forward proxy: the whole URL is in the request line. */
async function startProxy(asked: string[]): Promise<Server> {
	const server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		const onward = forward(request.url ?? '', { method: request.method ?? 'GET', headers: request.headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		onward.on('error', () => response.destroy());
		response.on('close', () => onward.destroy());
		request.pipe(onward);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

test('v2 routing: over TLS, curl -L follows a follower to the leader', async () => {
	const pki = await TestPki.make();
	const members = await startSecureMembers(pki, ['m1', 'm2', 'm3']);
	try {
		const { cert, key } = await pki.issue('client');
		const curl = ['-s', '-i', '-L', '--cacert', pki.ca, '--cert', cert, '--key', key];
		const hops: number[] = [];
		for (const { addresses } of members) {
			const url = `${addresses.clientUrl}/v2/keys/from/${addresses.name}`;
			const answer = await eventually(
				async () => {
					const { stdout } = await run('curl', [...curl, '-XPUT', '-d', 'value=x', url]);
					return /^HTTP\/1\.1 201 /m.test(stdout) ? stdout : null;
				},
				{ what: `a write at ${addresses.name} to be done` },
			);
			hops.push(answer.match(/^HTTP\/1\.1 307 [\s\S]*?^Location: https:/gm)?.length ?? 0);
		}
		assert.deepEqual(hops.sort(), [0, 1, 1]);
	} finally {
		await endMembers(members);
	}
});
