/** Access control out of Debian's etcd, into a store and out again, into another etcd: users, passwords, roles and the switch are what they were. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDaemonStore } from '../../src/adapters/daemon-store.ts';
import { readEtcdAuth } from '../../src/adapters/etcd-auth.ts';
import { exportSnapshot } from '../../src/adapters/etcd-export.ts';
import { importSnapshot } from '../../src/adapters/etcd-import.ts';
import { EtcdSnapshotFile } from '../../src/adapters/etcd-snapshot-file.ts';
import { AuthTables } from '../../src/auth/auth-table.ts';
import { checkRange } from '../../src/auth/check.ts';
import { BboltFileReader } from '../../src/bbolt/file-reader.ts';
import { SILENT } from '../../src/ports/logger.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { type Member, startEtcd } from '../support/member.ts';
import { run } from '../support/run.ts';

const directory = makeTempDirectory('snapshot-auth');
const members: Member[] = [];
const FOUNDING = {
	clusterId: 'c',
	members: [{ slot: 1 as never, id: 'a1', name: '', peerUrls: ['http://127.0.0.1:2380'], clientUrls: [], learner: false }],
};
const ROOT = ['--user', 'root:secret'];

after(async () => {
	for (const member of members) {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
	removeTempDirectory(directory);
});

async function startedEtcd(dataDir?: string): Promise<string> {
	const etcd = await startEtcd(dataDir === undefined ? {} : { dataDir });
	members.push(etcd);
	return etcd.clientUrl;
}

/** What etcdctl shows of all of it, asked with a password. */
async function shown(url: string): Promise<readonly string[]> {
	const asked = [
		['user', 'list'],
		['user', 'get', 'ann'],
		['user', 'get', 'cert'],
		['role', 'list'],
		['role', 'get', 'reader'],
	];
	const lines: string[] = [];
	for (const args of asked) {
		lines.push(await mustEtcdctl([url], [...args, ...ROOT]));
	}
	lines.push(await mustEtcdctl([url], ['get', 'a/1', '--user', 'ann:pass']));
	return lines;
}

/** Into a store, as quorate import does, and out again, as a member does for a client. */
function throughStore(file: string, out: string): void {
	const snapshot = new EtcdSnapshotFile(file);
	const dataDirectory = join(directory, 'store');
	fs.mkdirSync(dataDirectory);
	const reader = new BboltFileReader(snapshot);
	importSnapshot(reader, { dataDirectory, founding: FOUNDING, auth: readEtcdAuth(reader) }, () => {});
	snapshot.close();
	const environment = openDaemonStore(dataDirectory, false, { turn: { run: (work) => work() }, now: () => 0, logger: SILENT });
	try {
		environment.engine.read((view) => {
			const table = new AuthTables().of(view);
			const who = { user: 'ann', revision: table.revision };
			const codes = ['a/1', 'b'].map((key) => checkRange(table, who, { key: Buffer.from(key), rangeEnd: new Uint8Array(0) }) === 0);
			assert.deepEqual([table.enabled, ...codes], [true, true, false]);
			exportSnapshot(view, out, () => true);
		});
	} finally {
		environment.close();
	}
}

test("snapshot: users, passwords and roles survive the way from Debian's etcd through a store into Debian's etcd", async () => {
	const from = await startedEtcd();
	for (const args of [
		['put', 'a/1', 'value'],
		['user', 'add', 'root:secret'],
		['user', 'add', 'ann:pass'],
		['user', 'add', 'cert', '--no-password'],
		['role', 'add', 'reader'],
		['role', 'grant-permission', 'reader', 'read', 'a/', 'a0'],
		['role', 'grant-permission', 'reader', 'write', 'a/', '--from-key'],
		['role', 'grant-permission', 'reader', 'readwrite', 'c'],
		['user', 'grant-role', 'ann', 'reader'],
		['user', 'grant-role', 'root', 'root'],
		['auth', 'enable'],
	]) {
		await mustEtcdctl([from], args);
	}
	const wanted = await shown(from);
	const file = join(directory, 'from.db');
	await mustEtcdctl([from], ['snapshot', 'save', file, ...ROOT]);
	const out = join(directory, 'out.db');
	throughStore(file, out);
	const restored = join(directory, 'restored');
	const words = ['--data-dir', restored, '--name', 'm1', '--initial-cluster', 'm1=http://localhost:2380', '--skip-hash-check'];
	const { code, stderr } = await run('etcdctl', ['snapshot', 'restore', out, ...words], { env: { ETCDCTL_API: '3' } });
	assert.equal(code, 0, stderr);
	assert.deepEqual(await shown(await startedEtcd(restored)), wanted);
});
