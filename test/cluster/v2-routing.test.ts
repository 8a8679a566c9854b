/** What followers do with writes of the v2 API (design section 6): send the client to the leader, or, if told so, the write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

function put(url: string): Promise<Response> {
	return fetch(`${url}/v2/keys/routed`, { method: 'PUT', body: new URLSearchParams({ value: 'x' }), redirect: 'manual' });
}

test('v2 routing: forward: a follower sends a write and a quorum read on itself', () =>
	withCluster(3, { flags: { 'v2-write-routing': 'forward' } }, async (cluster) => {
		const follower = await cluster.follower();
		assert.equal((await put(follower.clientUrl)).status, 201);
		const read = await fetch(`${follower.clientUrl}/v2/keys/routed?quorum=true`, { redirect: 'manual' });
		assert.equal(read.status, 200);
		assert.match(await read.text(), /"value":"x"/);
	}));

test('v2 routing: forward: the audit log of the member that was asked has a line for the write, and that of no other', () =>
	withCluster(3, { flags: { 'v2-write-routing': 'forward', 'audit-log': 'stderr' } }, async (cluster) => {
		const follower = await cluster.follower();
		const isWrite = (line: string): boolean => line.includes('PUT /v2/keys/routed');
		assert.equal((await put(follower.clientUrl)).status, 201);
		await eventually(() => follower.lines.some(isWrite), { what: 'the line' });
		// Whatever the others had to say of it they have said before this read is answered.
		await Promise.all(cluster.members.map(({ clientUrl }) => fetch(`${clientUrl}/v2/keys/read?quorum=true`)));
		const hasRead = ({ lines }: (typeof cluster.members)[number]): boolean => lines.some((line) => line.includes('GET /v2/keys/read'));
		await eventually(() => cluster.members.every(hasRead), { what: 'the lines of the reads' });
		const counts = cluster.members.map(({ lines }) => lines.filter(isWrite).length);
		assert.deepEqual(
			counts,
			cluster.members.map((member) => Number(member === follower)),
		);
	}));

test('v2 routing: redirect: a member that has lost its majority answers with an error body, and with no redirect to nowhere', () =>
	withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const followers = cluster.members.filter((member) => member !== leader);
		const [left, other] = followers;
		assert.ok(left !== undefined && other !== undefined);
		assert.equal((await put(left.clientUrl)).status, 307);
		await Promise.all([leader.kill(), other.kill()]);
		const refused = async (): Promise<Response | null> => {
			const answer = await put(left.clientUrl);
			return answer.status === 307 ? null : answer;
		};
		const answer = await eventually(refused, { what: 'the follower to notice that nobody leads' });
		assert.equal(answer.status, 500);
		assert.equal(answer.headers.get('location'), null);
		assert.deepEqual(await answer.json(), { errorCode: 300, message: 'Raft Internal Error', cause: 'etcdserver: no leader', index: 0 });
	}));
