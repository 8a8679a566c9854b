/** A cluster whose founding members each import the same snapshot file: they start as one, and a member that joins later gets it all. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { Cluster } from '../support/cluster.ts';
import { importSnapshot, saveSnapshot } from '../support/etcd-snapshot.ts';
import { initialClusterOf, mustEtcdctl } from '../support/etcdctl.ts';
import { clusterSpec, Member, makeAddresses, startEtcd } from '../support/member.ts';

const KEYS = 300;

test('import: three members import one file and are one cluster, which a fourth joins', async () => {
	const directory = makeTempDirectory('import');
	const etcd = await startEtcd();
	for (let i = 0; i < KEYS; i++) {
		await etcd.client.put(`k/${i % 50}`, `value ${i}`);
	}
	await etcd.client.compact(100);
	const file = join(directory, 'etcd.db');
	await saveSnapshot(etcd, file);
	// Its version does not say of which revision the hash is.
	const { revision } = await etcd.client.status();
	const wanted = { ...(await etcd.client.hashKv()), hashRevision: revision };

	const addresses = await makeAddresses(['m1', 'm2', 'm3'], directory);
	const initialCluster = addresses.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
	for (const { name, peerUrl, dataDir } of addresses) {
		await importSnapshot(file, dataDir, ['--name', name, '--initial-cluster', initialCluster, '--initial-advertise-peer-urls', peerUrl]);
	}
	const members = addresses.map((each) => new Member(clusterSpec(each, {}, initialCluster), each));
	const cluster = new Cluster(members, {}, directory);
	try {
		await cluster.startAll();
		for (const { client } of members) {
			assert.deepEqual(await client.hashKv(revision), wanted);
		}
		const [first] = members;
		assert.equal(await first?.client.put('after', 'the import'), revision + 1);
		const newcomer = await cluster.address('m4');
		const added = await mustEtcdctl([first?.clientUrl ?? ''], ['member', 'add', 'm4', '--peer-urls', newcomer.peerUrl]);
		await cluster.join(newcomer, initialClusterOf(added));
		await cluster.assertEqualStores();
		await cluster.stopAll();
		await cluster.startAll();
		await cluster.assertEqualStores();
	} finally {
		await cluster.destroy();
		etcd.client.close();
		await etcd.kill();
		removeTempDirectory(etcd.dataDir);
	}
});
