/** Two of three members are lost for good: the third goes on alone with all its data, and takes in new ones (reference/etcd-surface.md 4.2). */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { initialClusterOf, listMembers, mustEtcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import { Member, quorateCommand } from '../support/member.ts';

const KEYS = 200;

test('cluster: force-new-cluster: one of three goes on alone, with its data, and a new member joins it', { timeout: 90_000 }, async () => {
	await withCluster(3, {}, async (cluster) => {
		const [kept, ...lost] = cluster.members;
		assert.ok(kept !== undefined);
		for (let i = 0; i < KEYS; i++) {
			await kept.client.put(`k/${i}`, String(i));
		}
		await Promise.all(cluster.members.map((member) => member.kill()));
		for (const member of lost) {
			rmSync(member.dataDir, { recursive: true });
			await cluster.leave(member);
		}

		const { clientUrl, peerUrl, dataDir } = kept;
		const flags = ['--name', kept.name, '--data-dir', dataDir, '--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl];
		const { command, args } = quorateCommand([
			...flags,
			'--listen-peer-urls',
			peerUrl,
			'--initial-advertise-peer-urls',
			peerUrl,
			'--initial-cluster',
			`${kept.name}=${peerUrl}`,
			'--force-new-cluster',
		]);
		const alone = new Member(
			{ name: kept.name, command, args, env: {}, isReady: (line) => line.includes('ready to serve client requests') },
			{ name: kept.name, clientUrl, peerUrl, dataDir },
		);
		await alone.start();
		try {
			assert.equal((await listMembers(clientUrl)).length, 1);
			for (let i = 0; i < KEYS; i++) {
				assert.equal(await alone.client.get(`k/${i}`), String(i));
			}
			await alone.client.put('after', 'alone');
		} finally {
			await alone.stop();
			alone.client.close();
		}

		await kept.start();
		assert.equal(await kept.client.get('after'), 'alone');
		const address = await cluster.address('m4');
		const added = await mustEtcdctl([clientUrl], ['member', 'add', 'm4', '--peer-urls', address.peerUrl]);
		const joined = await cluster.join(address, initialClusterOf(added));
		await eventually(async () => (await joined.client.get(`k/${KEYS - 1}`)) === String(KEYS - 1), { what: 'the new member to have the data' });
		await cluster.assertEqualStores();
	});
});
