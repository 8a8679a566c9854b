/** A cluster that speaks in plain text moves to TLS member by member, and answers writes all the way (README, "A secured cluster"). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTempDirectory } from '../support/cleanup.ts';
import { listMembers, mustEtcdctl } from '../support/etcdctl.ts';
import { freePorts } from '../support/free-ports.ts';
import { clusterSpec, Member, type MemberAddresses, makeAddresses, withFreshPorts } from '../support/member.ts';
import { endMembers, securityFlags } from '../support/secure-members.ts';
import { TestPki } from '../support/test-pki.ts';

const NAMES = ['m1', 'm2', 'm3'];

test('cluster: tls: three members move from plain text to TLS one by one', async () => {
	const pki = await TestPki.make();
	const files = await Promise.all(NAMES.map((name) => pki.issue(name)));
	const securePorts = await freePorts(NAMES.length);
	let all: readonly MemberAddresses[] = [];
	let cluster = '';
	const start = async (i: number, flags: Readonly<Record<string, string>>): Promise<{ readonly member: Member }> => {
		const addresses = all[i] as MemberAddresses;
		const member = new Member(clusterSpec(addresses, { flags }, cluster), addresses);
		await member.start();
		return { member };
	};
	const members = await withFreshPorts(async () => {
		all = await makeAddresses(NAMES, makeTempDirectory('move'));
		cluster = all.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
		return Promise.all(NAMES.map((_, i) => start(i, {})));
	});
	try {
		const endpoints = all.map(({ clientUrl }) => clientUrl);
		const secureUrl = (i: number): string => `https://127.0.0.1:${securePorts[i]}`;
		/** Clients stay as they are: only the peers' options. */
		const peerFlags = (i: number): Readonly<Record<string, string>> =>
			Object.fromEntries(Object.entries(securityFlags(files[i] as (typeof files)[number], pki.ca)).filter(([name]) => name.startsWith('peer-')));
		const restart = async (i: number, listen: string): Promise<void> => {
			await members[i]?.member.stop();
			members[i] = await start(i, { ...peerFlags(i), 'listen-peer-urls': listen });
			await mustEtcdctl(endpoints, ['put', `restarted/${i}`, listen]);
		};
		for (let i = 0; i < NAMES.length; i++) {
			await restart(i, `${all[i]?.peerUrl},${secureUrl(i)}`);
		}
		for (const { id, name } of await listMembers(endpoints[0] as string)) {
			await mustEtcdctl(endpoints, ['member', 'update', id, '--peer-urls', secureUrl(NAMES.indexOf(name))]);
			await mustEtcdctl(endpoints, ['put', `moved/${name}`, 'yes']);
		}
		await restart(0, secureUrl(0));
		// Six keys, at each: one of them is written twice.
		const ranges = await Promise.all(members.map(({ member }) => member.client.range('a', { rangeEnd: 'z' })));
		assert.deepEqual(
			ranges.map(({ count, revision }) => [count, revision]),
			NAMES.map(() => [6, 8]),
		);
		assert.ok((await listMembers(endpoints[0] as string)).every(({ peerUrl }) => peerUrl.startsWith('https://')));
	} finally {
		await endMembers(members);
	}
});
