/** Members that find each other by a discovery URL (reference/etcd-surface.md 7.2): one cluster of exactly those who came first, whatever happens to the service meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destroyMembers, makeMembers, namesToldBy, putToken, startInVain } from '../support/discovered-members.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

const DISCOVERY_FAILED = 16;

async function withMembers(members: readonly Member[], work: () => Promise<void>): Promise<void> {
	try {
		await work();
	} catch (error) {
		throw new Error(`${String(error)}\n${members.map((member) => `== ${member.name} ==\n${member.tail(12)}`).join('\n')}`, { cause: error });
	} finally {
		await destroyMembers(members);
	}
}

async function assertOneCluster(members: readonly Member[], names: readonly string[]): Promise<void> {
	for (const member of members) {
		await eventually(async () => (await namesToldBy(member)).join() === names.join(), { what: `${member.name} to tell of ${names}` });
	}
	const [first, last] = [members[0] as Member, members.at(-1) as Member];
	await first.client.put('found', 'yes');
	assert.equal(await last.client.get('found'), 'yes');
}

test('discovery: quorate as the service: three members make one cluster, a fourth is refused, and a restart asks nobody', async () => {
	const service = await startMember({ name: 'service' });
	const url = await (await fetch(`${service.clientUrl}/new?size=3`)).text();
	const members = await makeMembers(['m1', 'm2', 'm3'], { flags: { discovery: url } });
	const late = await makeMembers(['m4'], { flags: { discovery: url } });
	await withMembers([...members, ...late, service], async () => {
		await Promise.all(members.map((member) => member.start()));
		await assertOneCluster(members, ['m1', 'm2', 'm3']);
		const [m4] = late as [Member];
		assert.equal((await startInVain(m4)).code, DISCOVERY_FAILED);
		assert.match(m4.tail(), /the cluster is full: 3 members have registered before this one/);
		await service.kill();
		const [m1] = members as [Member];
		await m1.restart();
		await assertOneCluster(members, ['m1', 'm2', 'm3']);
	});
});

test("discovery: Debian's etcd as the service, killed while members wait and started again: they go on", async () => {
	const service = await startEtcd({ name: 'service' });
	const url = await putToken(service.clientUrl, 'abc', 2);
	const members = await makeMembers(['m1', 'm2'], { flags: { discovery: url } });
	await withMembers([...members, service], async () => {
		const [m1, m2] = members as [Member, Member];
		const starting = m1.start();
		await m1.said('waiting for other members to register');
		await service.kill();
		await m1.said('the discovery service does not answer; asking again');
		await service.start();
		await Promise.all([starting, m2.start()]);
		await assertOneCluster(members, ['m1', 'm2']);
	});
});

test('discovery: a member that is killed while it waits knows its own entry again', async () => {
	const service = await startEtcd({ name: 'service' });
	const url = await putToken(service.clientUrl, 'abc', 2);
	const members = await makeMembers(['m1', 'm2'], { flags: { discovery: url } });
	await withMembers([...members, service], async () => {
		const [m1, m2] = members as [Member, Member];
		const first = startInVain(m1);
		await m1.said('waiting for other members to register');
		await m1.kill();
		assert.equal((await first).signal, 'SIGKILL');
		await Promise.all(members.map((member) => member.start()));
		await assertOneCluster([m1, m2], ['m1', 'm2']);
	});
});

test("discovery: Debian's etcd: its members find each other by a token of quorate's", async () => {
	const service = await startMember({ name: 'service' });
	const url = await (await fetch(`${service.clientUrl}/new?size=2`)).text();
	const flags = { discovery: url, 'discovery-fallback': 'exit' };
	const members = await makeMembers(['e1', 'e2'], { flags, system: 'etcd' });
	await withMembers([...members, service], async () => {
		await Promise.all(members.map((member) => member.start()));
		await assertOneCluster(members, ['e1', 'e2']);
	});
});

for (const [system, start] of [
	['quorate', startMember],
	["Debian's etcd", startEtcd],
] as const) {
	test(`discovery: v3: by a token in the keys of ${system}, two members make one cluster, and a third is refused`, async () => {
		const service = await start({ name: 'service' });
		await service.client.put('/_etcd/registry/blue/_config/size', '2');
		const flags = { 'discovery-token': 'blue', 'discovery-endpoints': service.clientUrl, 'discovery-keepalive-time': '100ms' };
		const members = await makeMembers(['m1', 'm2'], { flags });
		const late = await makeMembers(['m3'], { flags });
		await withMembers([...members, ...late, service], async () => {
			await Promise.all(members.map((member) => member.start()));
			await assertOneCluster(members, ['m1', 'm2']);
			const [m3] = late as [Member];
			assert.equal((await startInVain(m3)).code, DISCOVERY_FAILED);
			assert.match(m3.tail(), /token blue: the cluster is full: 2 members/);
		});
	});
}
