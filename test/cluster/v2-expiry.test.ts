/**
 * Times to live of the v2 API on three members: they hold across a leader's death, a restart and a snapshot, and every member has the same
 * events in the same order, to the byte.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';

const KEYS = 30;
/** Far fewer entries than the follower misses, so that the log cannot serve it. */
const SHORT_LOG = { 'snapshot-count': '100', 'snapshot-catchup-entries': '10' };

async function put(member: Member, path: string, form: string): Promise<void> {
	const headers = { 'content-type': 'application/x-www-form-urlencoded' };
	const answer = await fetch(`${member.clientUrl}/v2/keys${path}`, { method: 'PUT', headers, body: form });
	const body = await answer.text();
	assert.ok(answer.ok, `${path} ${form}: ${answer.status} ${body}`);
}

interface Listing {
	readonly index: number;
	readonly text: string;
}

async function listing(member: Member): Promise<Listing> {
	const answer = await fetch(`${member.clientUrl}/v2/keys?recursive=true`);
	return { index: Number(answer.headers.get('x-etcd-index')), text: await answer.text() };
}

/** Every event from the index on, one wait after the other, as this member tells them. */
async function historyOf(member: Member, from: number): Promise<string[]> {
	const { index } = await listing(member);
	const events: string[] = [];
	for (let next = from; next <= index; ) {
		const text = await (await fetch(`${member.clientUrl}/v2/keys?wait=true&recursive=true&waitIndex=${next}`)).text();
		events.push(text);
		next = (JSON.parse(text) as { node: { modifiedIndex: number } }).node.modifiedIndex + 1;
	}
	return events;
}

/** No member has a node with a time to live, and all stand at one index. */
async function allOver(cluster: Cluster): Promise<void> {
	await eventually(
		async () => {
			const listings = await Promise.all(cluster.awake.map(listing));
			return listings.every(({ index, text }) => index === listings[0]?.index && !text.includes('"expiration"'));
		},
		{ what: 'every node with a time to live to be over on every member' },
	);
}

async function assertSameHistories(cluster: Cluster, from: number): Promise<readonly string[]> {
	const [first, ...others] = await Promise.all(cluster.members.map((member) => historyOf(member, from)));
	for (const other of others) {
		assert.deepEqual(other, first);
	}
	return first ?? [];
}

/** Of mutations: every member counts them all. What it has served itself is its own. */
async function countersOf(member: Member): Promise<Record<string, number>> {
	const counters = (await (await fetch(`${member.clientUrl}/v2/stats/store`)).json()) as Record<string, number>;
	return Object.fromEntries(Object.entries(counters).filter(([name]) => !/^gets|^watchers/.test(name)));
}

/** As the answers named them, in the order of the expiries. */
function deadlinesOf(events: readonly string[]): string[] {
	return events.filter((event) => event.includes('"action":"expire"')).map((event) => /"expiration":"([^"]*)"/.exec(event)?.[1] ?? '');
}

test('cluster: v2 expiry: a leader that dies leaves deadlines behind that the next one keeps, and one that restarts has the same events', () =>
	withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		const { index } = await listing(leader);
		for (let i = 0; i < KEYS; i++) {
			await put(leader, `/over/${i % 7}/${i}`, `value=${i}&ttl=${1 + (i % 3)}`);
		}
		await put(leader, '/over/renewed', 'value=v&ttl=1');
		await put(leader, '/over/renewed', 'refresh=true&prevExist=true&ttl=3');
		await put(leader, '/kept', 'value=v');
		await put(leader, '/long', 'value=v&ttl=2');
		await put(leader, '/long', 'value=v&prevExist=true');
		await leader.kill('SIGKILL');
		await allOver(cluster);
		await leader.start();
		await allOver(cluster);
		const events = await assertSameHistories(cluster, index + 1);
		const deadlines = deadlinesOf(events);
		assert.equal(deadlines.length, KEYS + 1);
		const moments = deadlines.map((deadline) => Date.parse(deadline));
		assert.deepEqual(
			moments,
			[...moments].sort((a, b) => a - b),
			'they end in the order of their deadlines',
		);
		assert.match((await listing(leader)).text, /"key":"\/kept"[\s\S]*"key":"\/long"/);
	}));

test('cluster: v2 expiry: a follower that comes back by a snapshot has the deadlines, the history and the counters of the others', () =>
	withCluster(3, { flags: SHORT_LOG }, async (cluster) => {
		const leader = await cluster.leader();
		const follower = await cluster.follower();
		await follower.kill('SIGKILL');
		const { index } = await listing(leader);
		await put(leader, '/over/soon', 'value=v&ttl=1');
		await put(leader, '/over/later', 'value=v&ttl=4');
		for (let i = 0; i < 250; i++) {
			await put(leader, `/filled/${i % 10}`, `value=${i}`);
		}
		await follower.start();
		assert.ok(
			follower.lines.some((line) => line.includes('"received a snapshot"')),
			`${follower.name} is ready, and must have received a snapshot for that`,
		);
		await allOver(cluster);
		const events = await assertSameHistories(cluster, index + 1);
		assert.equal(deadlinesOf(events).length, 2);
		const [first, ...others] = await Promise.all(cluster.members.map(countersOf));
		assert.equal(first?.['expireCount'], 2);
		for (const other of others) {
			assert.deepEqual(other, first);
		}
	}));
