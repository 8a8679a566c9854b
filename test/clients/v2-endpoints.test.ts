/** What v2 serves besides keys, asked of quorate and of Debian's etcd: the same statuses, headers and shapes; and figures that are true (reference/etcd-surface.md 1.1, 1.4). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

interface Told {
	readonly status: number;
	readonly type: string | null;
	readonly allow: string | null;
	/** Text as it is, with the member's own addresses and ids left out; of JSON the names. */
	readonly body: unknown;
}

let quorate: Member;
let etcd: Member;
before(async () => {
	[quorate, etcd] = await Promise.all([startMember(), startEtcd()]);
});
after(() => Promise.all([quorate?.stop(), etcd?.stop()]));

async function ask(member: Member, method: string, path: string, json?: string): Promise<Told> {
	const more = json === undefined ? {} : { body: json, headers: { 'content-type': 'application/json' } };
	const answer = await fetch(member.clientUrl + path, { method, redirect: 'manual', ...more });
	const text = (await answer.text()).replaceAll(member.clientUrl, 'CLIENT').replaceAll(member.peerUrl, 'PEER');
	const type = answer.headers.get('content-type');
	const isStats = answer.status === 200 && type === 'application/json';
	return { status: answer.status, type, allow: answer.headers.get('allow'), body: isStats ? namesOf(JSON.parse(text)) : text };
}

/** Names in order, deep; values left out. */
function namesOf(value: unknown): unknown {
	if (Array.isArray(value)) {
		return value.map(namesOf);
	}
	return typeof value === 'object' && value !== null ? Object.entries(value).map(([name, inner]) => [name, namesOf(inner)]) : typeof value;
}

const PEER = '{"peerURLs":["http://127.0.0.1:1"]}';
for (const [method, path, json] of [
	['GET', '/v2/stats/self'],
	['HEAD', '/v2/stats/self'],
	['PUT', '/v2/stats/self', '{}'],
	['GET', '/v2/stats/leader'],
	['POST', '/v2/stats/leader', '{}'],
	['GET', '/v2/stats/store'],
	['DELETE', '/v2/stats/store'],
	['GET', '/v2/stats'],
	['GET', '/v2/stats/'],
	['GET', '/v2/stats/self/'],
	['GET', '/v2/stats/nothing'],
	['GET', '/v2/members'],
	['GET', '/v2/members/'],
	['GET', '/v2/members/nothing'],
	['GET', '/v2/members/leader'],
	['GET', '/v2/members/leader/'],
	['HEAD', '/v2/members/leader'],
	['PUT', '/v2/members/leader', PEER],
	['DELETE', '/v2/members/leader'],
	['PATCH', '/v2/members/leader', PEER],
	['PUT', '/v2/members', PEER],
	['GET', '/v2/machines'],
	['HEAD', '/v2/machines'],
	['POST', '/v2/machines', '{}'],
	['GET', '/v2/machines/'],
	['GET', '/config/local/log'],
	['PUT', '/config/local/log', 'no JSON'],
	['PUT', '/config/local/log', '{"Level":"WHAT"}'],
	['PUT', '/config/local/log', '{"Level":1}'],
	['PUT', '/config/local/log', '{}'],
	['PUT', '/config/local/log', '{"level":"debug"}'],
	['PUT', '/config/local/log', '{"Level":"INFO"}'],
] as const) {
	test(`clients: v2 endpoints: ${method} ${path} is answered as etcd answers it`, async () => {
		assert.deepEqual(await ask(quorate, method, path, json), await ask(etcd, method, path, json));
	});
}

test('clients: v2 endpoints: /v2/leader, of etcd 0.4, is the peer URL of the leader as text', async () => {
	assert.deepEqual(await ask(quorate, 'GET', '/v2/leader'), { status: 200, type: 'text/plain; charset=utf-8', allow: null, body: 'PEER' });
	assert.deepEqual(await ask(quorate, 'HEAD', '/v2/leader'), { status: 200, type: 'text/plain; charset=utf-8', allow: null, body: '' });
	assert.equal((await ask(quorate, 'PUT', '/v2/leader', '{}')).status, 405);
});

/** etcd counts its own look for each request whether v2 auth is on as a get that failed, and a compare-and-delete that failed as one that did not. */
const MISCOUNTED = ['getsFail', 'compareAndDeleteSuccess', 'compareAndDeleteFail'];

test('clients: v2 endpoints: /v2/stats/store counts what succeeded and what failed, as etcd does where it counts right', async () => {
	const counts: Readonly<Record<string, number>>[] = [];
	for (const { clientUrl } of [quorate, etcd]) {
		const stats = async (): Promise<Record<string, number>> => (await (await fetch(`${clientUrl}/v2/stats/store`)).json()) as Record<string, number>;
		const before = await stats();
		for (const [method, path] of [
			['PUT', '/counted?value=1'],
			['PUT', '/counted?value=2'],
			['PUT', '/counted?value=2&prevExist=false'],
			['PUT', '/counted?value=3&prevValue=2'],
			['PUT', '/counted?value=3&prevValue=2'],
			['PUT', '/nowhere?value=3&prevExist=true'],
			['GET', '/counted'],
			['GET', '/counted?quorum=true'],
			['GET', '/nowhere'],
			['POST', '/queue?value=1'],
			['DELETE', '/counted?prevValue=9'],
			['DELETE', '/counted?prevValue=3'],
			['DELETE', '/counted'],
			['DELETE', '/queue?recursive=true'],
		] as const) {
			await (await fetch(`${clientUrl}/v2/keys${path}`, { method })).text();
		}
		const after = await stats();
		counts.push(Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)])));
	}
	const [own, others] = counts.map((each) => Object.entries(each).filter(([name]) => !MISCOUNTED.includes(name)));
	assert.deepEqual(own, others);
	assert.deepEqual(
		MISCOUNTED.map((name) => counts[0]?.[name]),
		[1, 1, 1],
	);
});

test('clients: v2 endpoints: PUT /config/local/log changes what the threads of the member log', async () => {
	const member = await startMember({ flags: { 'snapshot-count': '1', 'snapshot-catchup-entries': '0' } });
	const log = (Level: string): Promise<Response> => fetch(`${member.clientUrl}/config/local/log`, { method: 'PUT', body: JSON.stringify({ Level }) });
	try {
		assert.equal((await log('DEBUG')).status, 204);
		// Each write lets the log's thread compact, which it says at this level.
		const isSaid = async (): Promise<boolean> => {
			await member.client.put('more', 'to compact');
			return member.lines.some((line) => line.includes('"msg":"log compacted"'));
		};
		await eventually(isSaid, { what: 'a line of the level debug' });
	} finally {
		await member.stop();
	}
});

interface Self {
	readonly id: string;
	readonly state: string;
	readonly leaderInfo: { readonly leader: string };
	readonly recvAppendRequestCnt: number;
	readonly sendAppendRequestCnt: number;
}
interface Followers {
	readonly leader: string;
	readonly followers: Readonly<
		Record<string, { readonly latency: { readonly minimum: number; readonly maximum: number }; readonly counts: { readonly success: number } }>
	>;
}

test('clients: v2 endpoints: three members tell who leads, what was sent and received, and how far away the others are', () =>
	withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const followers = cluster.members.filter((member) => member !== leader);
		const get = async <T>({ clientUrl }: Member, what: string): Promise<T> => (await (await fetch(`${clientUrl}/v2/stats/${what}`)).json()) as T;
		await leader.client.put('sent', 'to all');
		const own = await get<Self>(leader, 'self');
		assert.deepEqual([own.state, own.leaderInfo.leader], ['StateLeader', own.id]);
		assert.ok(own.sendAppendRequestCnt > 0, 'the leader has sent appends');
		for (const follower of followers) {
			const self = await eventually(
				async () => {
					const told = await get<Self>(follower, 'self');
					return told.recvAppendRequestCnt > 0 && told.state === 'StateFollower' ? told : null;
				},
				{ what: `${follower.name} to follow and to have received appends` },
			);
			assert.equal(self.leaderInfo.leader, own.id);
			const refused = await fetch(`${follower.clientUrl}/v2/stats/leader`);
			assert.deepEqual([refused.status, await refused.text()], [403, '{"message":"not current leader"}']);
		}
		const told = await eventually(
			async () => {
				const answer = await get<Followers>(leader, 'leader');
				return Object.values(answer.followers).every(({ counts }) => counts.success > 0) ? answer : null;
			},
			{ what: 'a probe of each follower to be answered' },
		);
		const ids = await Promise.all(followers.map(async (follower) => (await get<Self>(follower, 'self')).id));
		assert.deepEqual(Object.keys(told.followers).sort(), ids.sort());
		for (const { latency } of Object.values(told.followers)) {
			assert.ok(latency.minimum > 0 && latency.minimum <= latency.maximum, JSON.stringify(latency));
		}
	}));
