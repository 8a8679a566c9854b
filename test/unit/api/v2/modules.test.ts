/** The lock and leader modules over real HTTP with a lane that needs no raft: the verbs, the line, who leaves it and how (reference/etcd-surface.md 1.9). */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { modulesRoute } from '../../../../src/api/v2/modules/modules-route.ts';
import { toSlot, toTerm } from '../../../../src/base/brand.ts';
import { putMember } from '../../../../src/members/storage.ts';
import { encodeV2Sync, executeV2Sync } from '../../../../src/v2/expiry.ts';
import { childrenOf } from '../../../../src/v2/nodes.ts';
import { splitPath } from '../../../../src/v2/path.ts';
import { walk } from '../../../../src/v2/walk.ts';
import { eventually } from '../../../support/eventually.ts';
import { fakeDoor } from './fake-door.ts';
import { type FakeLane, fakeLane, type Served, serve } from './fake-lane.ts';

let lane: FakeLane;
let served: Served;

beforeEach(async () => {
	lane = fakeLane();
	served = await serve(modulesRoute(lane, fakeDoor(lane).door).handle);
});
afterEach(() => served.close());

interface Answer {
	readonly status: number;
	readonly text: string;
	readonly index: number;
}

async function ask(method: string, target: string, form: string | null = null, signal: AbortSignal | null = null): Promise<Answer> {
	const body = form === null ? {} : { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
	const answer = await fetch(`${served.url}/mod${target}`, { method, redirect: 'manual', signal, ...body });
	return { status: answer.status, text: await answer.text(), index: Number(answer.headers.get('x-etcd-index')) };
}

/** How many stand in the line of a lock. */
function standing(name: string): number {
	return lane.reader.read((view) => {
		const found = walk(view, splitPath(Buffer.from(`/_etcd/mod/lock/${name}`)), 0);
		return found.ok ? [...childrenOf(view, found.node)].length : 0;
	});
}

function stands(name: string, count: number): Promise<unknown> {
	return eventually(() => standing(name) === count, { what: `${count} in the line of ${name}`, everyMs: 2 });
}

/** Ends what is over at this time. */
function expireAt(cutoff: number): void {
	lane.reader.write((view) => executeV2Sync(view, encodeV2Sync(cutoff)));
	lane.v2Watches.settled();
	lane.v2Watches.flush();
}

test('v2: modules: a lock is had at once, by the index that it answers, and the next one waits for its release', async () => {
	const first = await ask('POST', '/v2/lock/job', 'ttl=60&value=one');
	assert.deepEqual([first.status, first.text], [200, '4']);
	const waiting = ask('POST', '/lock/job', 'ttl=60&value=two');
	await stands('job', 2);
	assert.equal((await ask('GET', '/v2/lock/job')).text, 'one');
	assert.equal((await ask('DELETE', '/v2/lock/job?index=4')).status, 200);
	const second = await waiting;
	assert.ok(Number(second.text) > Number(first.text) && second.index > first.index, 'the fencing index rises');
	assert.equal((await ask('GET', '/v2/lock/job?field=index')).text, second.text);
	assert.equal((await ask('DELETE', '/v2/lock/job?value=two')).status, 200);
	assert.deepEqual(await ask('GET', '/v2/lock/job').then(({ status, text }) => [status, text]), [200, '']);
});

test('v2: modules: three wait in the order in which they came', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	const order: string[] = [];
	const calls: Promise<unknown>[] = [];
	for (const value of ['b', 'c']) {
		calls.push(ask('POST', '/lock/job', `ttl=60&value=${value}`).then(() => order.push(value)));
		await stands('job', 1 + calls.length);
	}
	await ask('DELETE', '/lock/job?value=a');
	await calls[0];
	assert.deepEqual(order, ['b']);
	await ask('DELETE', '/lock/job?value=b');
	await Promise.all(calls);
	assert.deepEqual(order, ['b', 'c']);
});

test('v2: modules: a client that goes leaves the line', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	const gone = new AbortController();
	const waiting = ask('POST', '/lock/job', 'ttl=60&value=b', gone.signal);
	await stands('job', 2);
	gone.abort();
	await assert.rejects(waiting);
	await stands('job', 1);
	await eventually(() => lane.v2Watches.size === 0, { what: 'its watcher to go', everyMs: 2 });
});

test('v2: modules: timeout 0 tries once, another one waits so long, and both leave the line', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	for (const timeout of ['0', '1']) {
		const answer = await ask('POST', '/lock/job', `ttl=60&value=b&timeout=${timeout}`);
		assert.deepEqual([answer.status, answer.text], [500, 'failed to acquire lock\n']);
		await stands('job', 1);
	}
	assert.equal((await ask('POST', '/lock/job', 'ttl=60&value=a&timeout=0')).text, '4', 'who has it has it');
});

test('v2: modules: the time of a holder that says nothing ends, and the next one has the lock', async () => {
	await ask('POST', '/lock/job', 'ttl=1&value=a');
	const waiting = ask('POST', '/lock/job', 'ttl=60&value=b');
	await stands('job', 2);
	expireAt(Date.now() + 2_000);
	assert.equal((await waiting).status, 200);
	assert.equal((await ask('GET', '/lock/job')).text, 'b');
});

test('v2: modules: who waits keeps its place beyond its own time to live', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	const began = Date.now();
	const waiting = ask('POST', '/lock/job', 'ttl=1&value=b');
	await eventually(() => Date.now() > began + 2_500, { what: 'two and a half times its time', everyMs: 100 });
	expireAt(Date.now());
	assert.equal(standing('job'), 2);
	await ask('DELETE', '/lock/job?value=a');
	assert.equal((await waiting).status, 200);
});

test('v2: modules: a place that has gone while its call waited does not win', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	const waiting = ask('POST', '/lock/job', 'ttl=60&value=b');
	await stands('job', 2);
	await ask('DELETE', '/lock/job?value=b');
	await ask('DELETE', '/lock/job?value=a');
	assert.deepEqual(await waiting.then(({ status, text }) => [status, text]), [500, 'failed to acquire lock\n']);
});

test('v2: modules: a renewal by index or by value gives the whole time, one of nobody is errorCode 100', async () => {
	const { text: index } = await ask('POST', '/lock/job', 'ttl=1&value=a');
	assert.equal((await ask('PUT', '/lock/job', `ttl=60&index=${index}`)).status, 200);
	expireAt(Date.now() + 30_000);
	assert.equal((await ask('GET', '/lock/job')).text, 'a');
	assert.equal((await ask('PUT', '/lock/job', 'ttl=1&value=a')).status, 200);
	expireAt(Date.now() + 30_000);
	assert.equal((await ask('GET', '/lock/job')).text, '');
	for (const form of ['ttl=1&value=a', `ttl=1&index=${index}`]) {
		assert.match((await ask('PUT', '/lock/job', form)).text, /"errorCode":100/);
	}
});

for (const [method, target, form, code] of [
	['POST', '/lock/x', 'value=a', 202],
	['POST', '/lock/x', 'ttl=x', 202],
	['POST', '/lock/x', 'ttl=5&timeout=x', 205],
	['PUT', '/lock/x', 'index=1', 202],
	['PUT', '/lock/x', 'ttl=5', 207],
	['DELETE', '/lock/x', null, 207],
	['DELETE', '/lock/x?index=1&value=a', null, 208],
	['DELETE', '/lock/x?value=a', null, 100],
	['GET', '/lock/x', null, 100],
	['GET', '/lock/x?field=other', null, 209],
	['PUT', '/leader/x', 'ttl=5', 206],
	['PUT', '/leader/x', 'name=a', 202],
	['DELETE', '/leader/x', null, 206],
] as const) {
	test(`v2: modules: ${method} ${target} ${form ?? ''} is errorCode ${code}`, async () => {
		assert.match((await ask(method, target, form)).text, new RegExp(`"errorCode":${code},`));
		assert.equal(standing('x'), 0);
	});
}

test('v2: modules: one leads until it resigns, the same name is given more time, and then the next one leads', async () => {
	const first = await ask('PUT', '/v2/leader/db', 'name=one&ttl=60');
	assert.equal(first.status, 200);
	const again = await ask('PUT', '/leader/db', 'name=one&ttl=60');
	assert.equal(again.text, first.text);
	assert.ok(again.index > first.index);
	const waiting = ask('PUT', '/leader/db', 'name=two&ttl=60');
	await stands('db', 2);
	assert.equal((await ask('GET', '/v2/leader/db')).text, 'one');
	assert.equal((await ask('DELETE', '/leader/db?name=one')).status, 200);
	assert.ok(Number((await waiting).text) > Number(first.text));
	assert.equal((await ask('GET', '/leader/db')).text, 'two');
});

test('v2: modules: a follower sends who wants a lock to the leader, and says itself who has it', async () => {
	await ask('POST', '/lock/job', 'ttl=60&value=a');
	const other = { slot: toSlot(2), id: 'a1', name: 'two', peerUrls: [], clientUrls: ['http://two:2379'], learner: false };
	lane.reader.write((view) => putMember(view, other));
	lane.leaderView = { role: 'follower', term: toTerm(2), leader: other.slot };
	const told = await fetch(`${served.url}/mod/v2/lock/job?ttl=5`, { method: 'POST', redirect: 'manual' });
	assert.deepEqual([told.status, told.headers.get('location')], [307, 'http://two:2379/mod/v2/lock/job?ttl=5']);
	assert.equal((await ask('GET', '/lock/job')).text, 'a');
});

test('v2: modules: what is no module, has no name or no such verb is refused', async () => {
	assert.equal((await ask('GET', '/v2/other/x')).status, 404);
	assert.equal((await ask('GET', '/v2/lock/')).status, 404);
	assert.equal((await ask('POST', '/v2/leader/x', 'name=a&ttl=5')).status, 405);
});
