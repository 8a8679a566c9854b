/** Snapshots out of quorate into Debian's etcd, and in again: whatever clients can ask for is equal on both sides. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { contentOf, importSnapshot, restoreSnapshot, runImport, saveSnapshot, snapshotStatus } from '../support/etcd-snapshot.ts';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';

const SNAPSHOT_UNUSABLE = 15;
const BAD_FLAG = 2;
const DIRECTORY_UNUSABLE = 6;
const directory = makeTempDirectory('snapshot-etcd');
const started: Member[] = [];

after(async () => {
	for (const member of started) {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
	removeTempDirectory(directory);
});

async function running(member: Promise<Member>): Promise<Member> {
	const one = await member;
	started.push(one);
	return one;
}

/** Some of everything: versions, deletions, several changes in a revision, leases with keys and without, long keys and large values, a compaction. */
async function fill(member: Member, round: string): Promise<void> {
	const { client } = member;
	const lease = async (ttl: number): Promise<string> =>
		/lease ([0-9a-f]+) granted/.exec(await mustEtcdctl([member.clientUrl], ['lease', 'grant', String(ttl)]))?.[1] ?? '';
	const [used, unused] = [await lease(5_000), await lease(7_000)];
	assert.notEqual(used, unused);
	for (let i = 0; i < 60; i++) {
		await client.put(`${round}/${i % 17}`, `${round} value ${i}`);
	}
	await client.delete(`${round}/3`);
	const put = (key: string, value: string) => ({ request_put: { key: Buffer.from(key), value: Buffer.from(value) } });
	await client.txn({ compare: [], success: ['p', 'q', 'r'].map((key) => put(`${round}/txn/${key}`, round)), failure: [] } as never);
	await client.put(`${round}/${'long'.repeat(1_200)}`, 'a key that no engine of ours takes');
	await client.put(`${round}/large`, 'x'.repeat(300_000));
	await mustEtcdctl([member.clientUrl], ['put', `${round}/leased`, 'v', `--lease=${used}`]);
	await mustEtcdctl([member.clientUrl], ['put', `${round}/0`, 'moved to a lease', `--lease=${used}`]);
	await client.delete(`${round}/txn/`, { rangeEnd: `${round}/txn0` });
	const { revision } = await client.status();
	await client.compact(revision - 12);
	await client.put(`${round}/after`, 'the compaction');
	await client.delete(`${round}/5`);
}

async function equalContent(one: Member, other: Member): Promise<void> {
	const { revision } = await one.client.status();
	const revisions = [0, 1, 2, 3, 7, 11, 12, 13].map((ago) => revision - ago);
	assert.deepEqual(await contentOf(other, revisions), await contentOf(one, revisions));
}

test("snapshot: out to Debian's etcd and in again: every key, revision and lease is equal, and each side goes on", async () => {
	const quorate = await running(startMember());
	await fill(quorate, 'first');
	const out = join(directory, 'out.db');
	await saveSnapshot(quorate, out);
	const { revision } = await quorate.client.status();
	assert.equal((await snapshotStatus(out)).revision, revision);

	const restored = join(directory, 'restored');
	await restoreSnapshot(out, restored);
	const etcd = await running(startEtcd({ dataDir: restored }));
	await equalContent(quorate, etcd);
	await fill(etcd, 'second');

	const back = join(directory, 'back.db');
	await saveSnapshot(etcd, back);
	const imported = join(directory, 'imported');
	const said = await importSnapshot(back, imported);
	const status = await snapshotStatus(back);
	assert.match(said, new RegExp(`hash ${status.hash}, revision ${status.revision}, total keys ${status.totalKeys}\n`));
	const again = await running(startMember({ dataDir: imported }));
	await equalContent(etcd, again);
	await fill(again, 'third');
	await again.stop();
	await again.start();
	assert.equal(await again.client.get('third/after'), 'the compaction');
	assert.equal(await again.client.get('first/after'), 'the compaction');
});

test('snapshot: of one moment, while writes go on', async () => {
	const quorate = await running(startMember());
	const load = new PutWorkload({ endpoints: [quorate.clientUrl], writers: 8, valueBytes: 2_000 });
	load.start();
	await load.progress(500);
	const before = (await quorate.client.status()).revision;
	const files = ['a', 'b'].map((name) => join(directory, `busy-${name}.db`));
	await Promise.all(files.map((file) => saveSnapshot(quorate, file)));
	const later = (await quorate.client.status()).revision;
	await load.stop();
	for (const [i, file] of files.entries()) {
		const { revision } = await snapshotStatus(file);
		assert.ok(revision >= before && revision <= later, `a snapshot at ${revision}, asked for between ${before} and ${later}`);
		const dataDir = join(directory, `busy-${i}`);
		await importSnapshot(file, dataDir);
		const member = await running(startMember({ dataDir }));
		const [theirs, ours] = [await quorate.client.hashKv(revision), await member.client.hashKv(revision)];
		assert.deepEqual(ours, theirs);
		await member.kill();
	}
});

test('import: a file that is damaged, cut or without a hash is refused, and nothing is made', async () => {
	const quorate = await running(startMember());
	for (let i = 0; i < 300; i++) {
		await quorate.client.put(`k${i}`, 'v'.repeat(100));
	}
	const good = join(directory, 'good.db');
	await saveSnapshot(quorate, good);
	const bytes = readFileSync(good);
	const cases: Record<string, [Buffer, string[], RegExp]> = {
		flipped: [flip(bytes, 9_000), [], /its SHA-256 must be [0-9a-f]{64} and is [0-9a-f]{64}/],
		'flipped and not looked at': [flip(bytes, 3 * 4_096 + 30), ['--skip-hash-check'], /: page \d+: /],
		cut: [bytes.subarray(0, 5 * 4_096), [], /must end with the SHA-256/],
		'cut and not looked at': [bytes.subarray(0, 5 * 4_096), ['--skip-hash-check'], /: page 5: the file has 20480 bytes and ends before it/],
		text: [Buffer.from('no database\n'), ['--skip-hash-check'], /pages 0 and 1: neither is a meta page/],
	};
	for (const [name, [content, flags, words]] of Object.entries(cases)) {
		const file = join(directory, 'bad.db');
		writeFileSync(file, content);
		const { code, stderr } = await runImport([file, '--data-dir', join(directory, 'never'), ...flags]);
		assert.equal(code, SNAPSHOT_UNUSABLE, `${name}: ${stderr}`);
		assert.match(stderr, words, name);
	}
	await importSnapshot(good, join(directory, 'never'));
	const { code, stderr } = await runImport([good, '--data-dir', join(directory, 'never'), '--name', 'm1']);
	assert.equal(code, DIRECTORY_UNUSABLE, stderr);
	assert.match(stderr, /it must be empty, and holds the member "m1"/);
});

test('import: users and roles come along, unless they are to be left out', async () => {
	const etcd = await running(startEtcd());
	for (const args of [
		['put', 'a', 'b'],
		['user', 'add', 'root:secret'],
		['auth', 'enable'],
	]) {
		await mustEtcdctl([etcd.clientUrl], args);
	}
	const file = join(directory, 'auth.db');
	await mustEtcdctl([etcd.clientUrl], ['snapshot', 'save', file, '--user', 'root:secret']);
	assert.match(await importSnapshot(file, join(directory, 'closed')), /1 users and 1 roles; authentication is on/);
	assert.doesNotMatch(await importSnapshot(file, join(directory, 'open'), ['--without-auth']), /authentication is/);
});

test('import: its command line has rules of its own', async () => {
	for (const [args, words] of [
		[[], /needs one file, and got 0/],
		[['a', 'b'], /needs one file, and got 2/],
		[['a', '--listen-client-urls', 'http://127.0.0.1:1'], /--listen-client-urls is no flag of import/],
	] as const) {
		const { code, stderr } = await runImport(args);
		assert.deepEqual([code, words.test(stderr)], [BAD_FLAG, true], stderr);
	}
	const { code, stdout } = await runImport(['--help']);
	assert.equal(code, 0);
	assert.match(stdout, /Usage: quorate import FILE/);
});

function flip(bytes: Buffer, at: number): Buffer {
	const flipped = Buffer.from(bytes);
	flipped[at] = (flipped[at] ?? 0) ^ 0xff;
	return flipped;
}
