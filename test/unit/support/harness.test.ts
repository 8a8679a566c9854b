/** The harness for real processes, tried on Debian's etcd, so that a failing cluster test is not the harness's fault. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { RpcError } from '../../support/grpc-client.ts';
import { KvClient } from '../../support/kv-client.ts';
import { type Member, startEtcd } from '../../support/member.ts';
import { PutWorkload } from '../../support/put-workload.ts';
import { run } from '../../support/run.ts';
import { NotReadyError, ServerProcess } from '../../support/server-process.ts';

let etcd: Member;

before(async () => {
	etcd = await startEtcd();
});
after(async () => {
	etcd.client.close();
	await etcd.kill();
});

test('harness: client: what is put is got, ranged and deleted', async () => {
	const { client } = etcd;
	const revision = await client.put('a/1', 'one');
	assert.equal(await client.put('a/2', 'two'), revision + 1);
	assert.equal(await client.get('a/1'), 'one');
	assert.equal(await client.get('a/1', { serializable: true }), 'one');
	const { kvs, count, more } = await client.range('a/', { rangeEnd: 'a0', limit: 1 });
	assert.deepEqual([kvs.map(({ key, value }) => [key, value]), count, more], [[['a/1', 'one']], 2, true]);
	assert.equal(await client.delete('a/', { rangeEnd: 'a0' }), 2);
	assert.equal(await client.get('a/1'), null);
});

test('harness: client: putIfGreater puts only over a smaller value', async () => {
	await etcd.client.put('register', '05');
	assert.deepEqual([await etcd.client.putIfGreater('register', '04'), await etcd.client.get('register')], [false, '05']);
	assert.deepEqual([await etcd.client.putIfGreater('register', '06'), await etcd.client.get('register')], [true, '06']);
});

test('harness: client: status, hash and member list are numbers and ids as etcd prints them', async () => {
	const status = await etcd.client.status();
	const [member] = await etcd.client.memberList();
	assert.equal(status.leader, status.memberId);
	assert.deepEqual([member?.id, member?.name, member?.clientUrls], [status.memberId, 'm1', [etcd.clientUrl]]);
	assert.equal((await etcd.client.hashKv()).hash, (await etcd.client.hashKv(status.revision)).hash);
});

test('harness: client: a refusal carries the status and the text of the server', async () => {
	await assert.rejects(etcd.client.put('', 'x'), { grpcStatus: 3, message: 'etcdserver: key is not provided', outcome: 'refused' });
});

test('harness: client: a paused server makes an outcome unknown, and serves again when it is woken', async () => {
	etcd.pause();
	try {
		await assert.rejects(etcd.client.put('late', 'x', 100), { grpcStatus: 4, outcome: 'unknown' });
	} finally {
		etcd.resume();
	}
	await eventually(() => etcd.client.put('late', 'y', 500), { what: 'a put after waking' });
});

test('harness: client: nobody listening is unknown too', async () => {
	const client = new KvClient('http://127.0.0.1:1');
	await assert.rejects(client.put('a', 'b'), (error) => error instanceof RpcError && error.outcome === 'unknown');
	client.close();
});

test('harness: workload: after a kill and a restart nothing that etcd acknowledged is missing', async () => {
	const workload = new PutWorkload({ endpoints: [etcd.clientUrl], writers: 8 });
	workload.start();
	await workload.progress(200);
	await etcd.kill();
	await etcd.start();
	await workload.progress(100);
	await workload.stop();
	assert.deepEqual(await workload.missingAt(etcd.client), []);
});

test('harness: workload: a key that is taken away is told missing', async () => {
	const workload = new PutWorkload({ endpoints: [etcd.clientUrl], writers: 2, prefix: 'x' });
	workload.start();
	await workload.progress(10);
	await workload.stop();
	await etcd.client.delete('x/1/0');
	assert.deepEqual(await workload.missingAt(etcd.client), ['x/1/0']);
});

test('harness: run: output, exit code and environment of a command', async () => {
	const script = 'process.stdin.on("data", (d) => process.stdout.write(process.env.A + d)).on("end", () => process.exit(3))';
	const result = await run(process.execPath, ['-e', script], { env: { A: 'x' }, input: 'y' });
	assert.deepEqual(result, { code: 3, signal: null, stdout: 'xy', stderr: '' });
});

test('harness: server: one that ends before it is ready says how, with its last words', async () => {
	const args = ['-e', 'console.error("no such option"); process.exit(2)'];
	const server = new ServerProcess({ name: 's', command: process.execPath, args, env: {}, isReady: () => false });
	await assert.rejects(
		server.start(),
		(error) => error instanceof NotReadyError && error.ended.code === 2 && error.message.includes('no such option'),
	);
});
