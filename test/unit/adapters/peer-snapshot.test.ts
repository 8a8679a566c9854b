/** Snapshots between members: streamed, checked, and nothing left behind when they are cut. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { SnapshotReceiver } from '../../../src/adapters/peer-snapshot-receiver.ts';
import type { Index, Term } from '../../../src/base/brand.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { SnapshotFile } from '../../../src/ports/peer-links.ts';
import { CLUSTER_ID, introduce, TestCluster, type TestMember } from './peer-harness.ts';

const LIMIT = { timeout: 60_000 };
const MEGABYTES = 50;
let cluster = new TestCluster();

afterEach(async () => {
	await cluster.close();
	cluster = new TestCluster();
});

async function openPair(timing = {}): Promise<readonly [TestMember, TestMember]> {
	const pair = [await cluster.open(1, timing), await cluster.open(2, timing)] as const;
	introduce(...pair);
	return pair;
}

async function spool(member: TestMember, megabytes: number): Promise<string> {
	const path = join(member.directory, 'spool');
	const handle = await open(path, 'w');
	for (let i = 0; i < megabytes; i++) {
		await handle.writeFile(Buffer.alloc(2 ** 20, `megabyte ${i} `));
	}
	await handle.writeFile('and a rest');
	await handle.close();
	return path;
}

async function hash(path: string): Promise<string> {
	const digest = createHash('sha256');
	for await (const chunk of createReadStream(path)) {
		digest.update(chunk);
	}
	return digest.digest('hex');
}

function send(from: TestMember, to: TestMember, path: string): Promise<boolean> {
	const file: SnapshotFile = { to: to.slot, index: 700 as Index, term: 4 as Term, leaderTerm: 5 as Term, path };
	return new Promise((resolve) => from.network.links.sendSnapshot(file, resolve));
}

/** A sender of one's own making, that can stop or lie; resolves with the status, or null when the connection broke. */
function sendByHand(
	to: TestMember,
	headers: Record<string, string | number>,
): { readonly sender: ClientRequest; readonly status: Promise<number | null> } {
	const sound = { 'X-Etcd-Cluster-ID': CLUSTER_ID, 'X-Server-From': 'abc1', 'X-Raft-To': to.id };
	const point = { 'X-Raft-Snapshot-Index': 700, 'X-Raft-Snapshot-Term': 4, 'X-Raft-Leader-Term': 5 };
	const sender = request(`${to.url}/raft/snapshot`, { method: 'POST', agent: false, headers: { ...sound, ...point, ...headers } });
	const status = new Promise<number | null>((resolve) => {
		sender.on('response', (response) => {
			response.resume();
			resolve(response.statusCode ?? null);
		});
		sender.on('error', () => resolve(null));
	});
	return { sender, status };
}

function incoming(member: TestMember): Promise<string[]> {
	return readdir(join(member.directory, 'incoming'));
}

test(`adapters: peer snapshot: ${MEGABYTES} MB arrive whole, and the spool file is gone`, LIMIT, async () => {
	const [a, b] = await openPair();
	const path = await spool(a, MEGABYTES);
	const before = await hash(path);
	assert.equal(await send(a, b, path), true);
	await b.snapshots.untilCount(1);
	const arrival = b.snapshots.values[0];
	assert.ok(arrival !== undefined);
	const { path: arrived, ...point } = arrival;
	assert.deepEqual(point, { from: a.slot, index: 700, term: 4, leaderTerm: 5 });
	assert.equal(await hash(arrived), before);
	assert.equal(existsSync(path), false);
	assert.equal((await incoming(b)).length, 1);
});

test('adapters: peer snapshot: a member that is not there costs the file and says so', LIMIT, async () => {
	const [a, b] = await openPair();
	const path = await spool(a, 1);
	await b.network.close();
	assert.equal(await send(a, b, path), false);
	assert.equal(existsSync(path), false);
});

test('adapters: peer snapshot: a second one to a member on its way is refused', LIMIT, async () => {
	const [a, b] = await openPair();
	const first = send(a, b, await spool(a, 8));
	const path = join(a.directory, 'second');
	await writeFile(path, 'second');
	assert.equal(await send(a, b, path), false);
	assert.equal(await first, true);
	assert.equal(b.snapshots.values.length, 1);
});

test('adapters: peer snapshot: a stream that is cut leaves nothing behind', LIMIT, async () => {
	const [, b] = await openPair();
	const { sender, status } = sendByHand(b, { 'Content-Length': 10 * 2 ** 20 });
	sender.write(Buffer.alloc(2 ** 20));
	sender.flushHeaders();
	await new Promise<void>((resolve) => sender.write(Buffer.alloc(2 ** 20), () => resolve()));
	sender.destroy();
	assert.equal(await status, null);
	await b.lines.until((lines) => lines.includes('lost a snapshot on its way'));
	assert.deepEqual(await incoming(b), []);
	assert.deepEqual(b.snapshots.values, []);
});

test('adapters: peer snapshot: a stream that stops moving is given up', LIMIT, async () => {
	const [, b] = await openPair({ snapshotStallMilliseconds: 100 });
	const { sender, status } = sendByHand(b, { 'Content-Length': 10 * 2 ** 20 });
	sender.write(Buffer.alloc(1_000));
	assert.equal(await status, null);
	await b.lines.until((lines) => lines.includes('lost a snapshot on its way'));
	assert.deepEqual(await incoming(b), []);
});

test('adapters: peer snapshot: a wrong checksum is refused and leaves nothing behind', LIMIT, async () => {
	const [, b] = await openPair();
	const { sender, status } = sendByHand(b, { 'Content-Length': 1_004 });
	sender.end(Buffer.alloc(1_004, 1));
	assert.equal(await status, 422);
	assert.deepEqual(await incoming(b), []);
	assert.deepEqual(b.snapshots.values, []);
});

test('adapters: peer snapshot: the checksum may come in pieces', LIMIT, async () => {
	const [, b] = await openPair();
	const file = Buffer.from('a small snapshot');
	const trailer = Buffer.alloc(4);
	trailer.writeUInt32BE(crc32(file));
	const { sender, status } = sendByHand(b, { 'Content-Length': file.length + 4 });
	for (const byte of Buffer.concat([file, trailer])) {
		await new Promise<void>((resolve) => sender.write(Buffer.of(byte), () => resolve()));
	}
	sender.end();
	assert.equal(await status, 200);
});

test('adapters: peer snapshot: more than the disk holds is refused before a byte is written', LIMIT, async () => {
	const [, b] = await openPair();
	const { sender, status } = sendByHand(b, { 'Content-Length': Number.MAX_SAFE_INTEGER - 1 });
	sender.flushHeaders();
	assert.equal(await status, 507);
	sender.destroy();
	assert.deepEqual(await incoming(b), []);
});

test('adapters: peer snapshot: without its index it is refused', LIMIT, async () => {
	const [, b] = await openPair();
	const { sender, status } = sendByHand(b, { 'Content-Length': 5, 'X-Raft-Snapshot-Index': 'seven' });
	sender.end('12345');
	assert.equal(await status, 400);
});

test('adapters: peer snapshot: a stranger is refused', LIMIT, async () => {
	const [, b] = await openPair();
	const { sender, status } = sendByHand(b, { 'Content-Length': 5, 'X-Server-From': 'abc7' });
	sender.end('12345');
	assert.equal(await status, 403);
});

test('adapters: peer snapshot: what a former process left is removed at start, other files are not', LIMIT, async () => {
	const a = await cluster.open(1);
	const directory = join(a.directory, 'other');
	await mkdir(directory);
	for (const name of ['1-1-from-2-1.part', '9-2-from-2-3.snapshot', 'README']) {
		await writeFile(join(directory, name), 'x');
	}
	await SnapshotReceiver.open({ directory, stallMilliseconds: 1_000, logger: SILENT, arrived: () => {} });
	assert.deepEqual(await readdir(directory), ['README']);
});
