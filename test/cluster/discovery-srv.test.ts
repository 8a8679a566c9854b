/** Members that find each other by SRV records of a name server of the test's own (reference/etcd-surface.md 7.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destroyMembers, makeMembers, namesToldBy, startInVain } from '../support/discovered-members.ts';
import { DnsServer, type DnsZone } from '../support/dns-server.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';

const DISCOVERY_FAILED = 16;
const DOMAIN = 'quorate.test';

/** The zone lists the members that `listed` picks, at a name that is theirs alone by its port. */
async function withRecords(
	{
		names,
		service,
		flags,
		listed,
	}: { names: readonly string[]; service: string; flags: Readonly<Record<string, string>>; listed: readonly string[] },
	work: (members: readonly Member[], dns: DnsServer) => Promise<void>,
): Promise<void> {
	const zone: { srv: Record<string, { target: string; port: number }[]>; a: DnsZone['a'] } = { srv: {}, a: { localhost: ['127.0.0.1'] } };
	const dns = await DnsServer.start(zone);
	const members = await makeMembers(names, { flags: { 'discovery-srv': DOMAIN, 'dns-servers': dns.address, ...flags } });
	zone.srv[`${service}.${DOMAIN}`] = members
		.filter(({ name }) => listed.includes(name))
		.map(({ peerUrl }) => ({ target: 'localhost', port: Number(new URL(peerUrl).port) }));
	try {
		await work(members, dns);
	} catch (error) {
		throw new Error(`${String(error)}\n${members.map((member) => `== ${member.name} ==\n${member.tail(12)}`).join('\n')}`, { cause: error });
	} finally {
		dns.stop();
		await destroyMembers(members);
	}
}

test('discovery: SRV: three members whose records are there make one cluster, and need no name server later', () =>
	withRecords({ names: ['m1', 'm2', 'm3'], service: '_etcd-server._tcp', flags: {}, listed: ['m1', 'm2', 'm3'] }, async (members, dns) => {
		await Promise.all(members.map((member) => member.start()));
		for (const member of members) {
			await eventually(async () => (await namesToldBy(member)).join() === 'm1,m2,m3', { what: `${member.name} to tell of all three` });
		}
		const asked = dns.asked.length;
		assert.ok(dns.asked.includes('_etcd-server-ssl._tcp.quorate.test'), 'the service with TLS is asked for too');
		const [m1] = members as [Member];
		await m1.restart();
		assert.equal(dns.asked.length, asked);
		await m1.client.put('found', 'yes');
	}));

test('discovery: SRV: a suffix names the service, and a member without a record of its own ends', () =>
	withRecords(
		{ names: ['m1', 'm2'], service: '_etcd-server-blue._tcp', flags: { 'discovery-srv-name': 'blue' }, listed: ['m1'] },
		async ([m1, m2]) => {
			assert.ok(m1 !== undefined && m2 !== undefined);
			await m1.start();
			assert.equal((await startInVain(m2)).code, DISCOVERY_FAILED);
			assert.match(m2.tail(), /discovery by the SRV records of quorate\.test: cannot find the local member m2/);
		},
	));
