/** Watching /v2/keys over real HTTP with a lane that needs no raft: long polls, streams, the past, server-sent events, the end. */
import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { type FakeLane, fakeLane, type Served, serveV2 } from './fake-lane.ts';

let lane: FakeLane;
let served: Served;

beforeEach(async () => {
	lane = fakeLane();
	served = await serveV2(lane, { maxRequestBytes: 1_500_000 });
});
afterEach(() => served.close());

/** A response whose headers are here, and of whose body more may come. */
class Watch {
	readonly response: IncomingMessage;
	#text = '';
	#isOver = false;

	constructor(response: IncomingMessage) {
		this.response = response;
		response.setEncoding('utf8');
		response.on('data', (text: string) => {
			this.#text += text;
		});
		response.on('end', () => {
			this.#isOver = true;
		});
		response.on('error', () => {});
	}

	get text(): string {
		return this.#text;
	}

	/** The indexes of the events so far. */
	get indexes(): number[] {
		return [...this.#text.matchAll(/"node":\{[^}]*"modifiedIndex":(\d+)/g)].map(([, digits]) => Number(digits));
	}

	get index(): number {
		return Number(this.response.headers['x-etcd-index']);
	}

	async hears(count: number): Promise<number[]> {
		await eventually(() => this.indexes.length >= count, { what: `${count} events, not ${JSON.stringify(this.#text)}`, everyMs: 2 });
		return this.indexes;
	}

	async ends(): Promise<string> {
		await eventually(() => this.#isOver, { what: 'the end of the body', everyMs: 2 });
		return this.#text;
	}
}

function watch(target: string, headers: Record<string, string> = {}): Promise<Watch> {
	return new Promise((resolve, reject) => {
		httpRequest(`${served.url}/v2/keys${target}`, { headers })
			.on('response', (response) => resolve(new Watch(response)))
			.on('error', reject)
			.end();
	});
}

async function write(method: string, target: string, value = 'v'): Promise<void> {
	const isForm = method === 'PUT' || method === 'POST';
	const body = isForm ? { body: `value=${value}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } } : {};
	const answer = await fetch(`${served.url}/v2/keys${target}`, { method, ...body });
	assert.ok(answer.ok, await answer.text());
}

test('v2: watch: the headers come at once with the index of then, the event and the end with the next write', async () => {
	await write('PUT', '/k');
	const waiting = await watch('/k?wait=true');
	assert.equal(waiting.response.statusCode, 200);
	assert.deepEqual([waiting.index, waiting.response.headers['content-type']], [4, 'application/json']);
	assert.equal(waiting.response.headers['x-raft-term'], '2');
	await write('PUT', '/other');
	await write('PUT', '/k', 'new');
	const body = await waiting.ends();
	assert.match(body, /^\{"action":"set","node":\{"key":"\/k","value":"new","modifiedIndex":6,"createdIndex":6\},"prevNode":\{.*\}\}\n$/);
	assert.equal(lane.v2Watches.size, 0);
});

test('v2: watch: waitIndex in the past gives the first event from there on, and nothing after it', async () => {
	for (const value of ['1', '2', '3']) {
		await write('PUT', '/k', value);
	}
	assert.deepEqual((await (await watch('/k?wait=true&waitIndex=5')).ends()).match(/"value":"2"/)?.length, 1);
	assert.match(await (await watch('/k?wait=true&waitIndex=1')).ends(), /"value":"1"/);
});

test('v2: watch: waitIndex to come leaves out what happens before it', async () => {
	const waiting = await watch('/k?wait=true&waitIndex=6');
	await write('PUT', '/k', 'early');
	await write('PUT', '/k', 'early');
	await write('PUT', '/k', 'asked');
	assert.match(await waiting.ends(), /"value":"asked","modifiedIndex":6/);
});

test('v2: watch: what the history no longer has is errorCode 401 with the index of now', async () => {
	for (let i = 0; i < 1_001; i++) {
		await write('PUT', '/k');
	}
	const refused = await watch('/k?wait=true&waitIndex=1');
	assert.equal(refused.response.statusCode, 400);
	const cause = 'the requested history has been cleared [5/1]';
	const message = 'The event in requested index is outdated and cleared';
	assert.deepEqual(JSON.parse(await refused.ends()), { errorCode: 401, message, cause, index: 1_004 });
	assert.equal(refused.index, 1_004);
	assert.match(await (await watch('/k?wait=true&waitIndex=5')).ends(), /"modifiedIndex":5/);
});

test('v2: watch: a stream goes on, each event a line, and a deletion comes once', async () => {
	const stream = await watch('/dir?wait=true&stream=true&recursive=true');
	await write('PUT', '/dir/a');
	await write('PUT', '/dir/_hidden');
	await write('PUT', '/dir/b/c');
	await write('DELETE', '/dir?recursive=true');
	assert.deepEqual(await stream.hears(3), [4, 6, 7]);
	assert.equal(stream.text.split('\n').length, 4);
	stream.response.destroy();
});

test('v2: watch: a stream from the past goes on into the present without a gap', async () => {
	await write('PUT', '/k', '1');
	await write('PUT', '/k', '2');
	const stream = await watch('/k?wait=true&stream=true&waitIndex=4');
	await write('PUT', '/k', '3');
	assert.deepEqual(await stream.hears(3), [4, 5, 6]);
	await write('DELETE', '/k');
	assert.deepEqual(await stream.hears(4), [4, 5, 6, 7]);
	stream.response.destroy();
});

test('v2: watch: a client that goes leaves no watcher behind', async () => {
	const open = await Promise.all(['/a?wait=true', '/b?wait=true&stream=true', '/?wait=true&recursive=true'].map((target) => watch(target)));
	assert.equal(lane.v2Watches.size, 3);
	for (const { response } of open) {
		response.destroy();
	}
	await eventually(() => lane.v2Watches.size === 0, { what: 'the watchers to go', everyMs: 2 });
});

test('v2: watch: a client that reads slowly misses nothing, and costs no more than its connection holds', async () => {
	const stream = await watch('/k?wait=true&stream=true');
	stream.response.pause();
	const value = 'x'.repeat(400_000);
	for (let i = 0; i < 30; i++) {
		await write('PUT', '/k', value);
	}
	assert.equal(lane.v2Watches.size, 1);
	stream.response.resume();
	const indexes = await stream.hears(30);
	assert.deepEqual(
		indexes,
		Array.from({ length: 30 }, (_, i) => 4 + i),
	);
	stream.response.destroy();
});

test('v2: watch: when the member stops the body ends, and a new watch is refused', async () => {
	const waiting = await watch('/k?wait=true');
	const stream = await watch('/k?wait=true&stream=true');
	lane.v2Watches.endAll();
	assert.deepEqual([await waiting.ends(), await stream.ends()], ['', '']);
	const refused = await watch('/k?wait=true');
	assert.match(await refused.ends(), /"errorCode":300,.*"cause":"etcdserver: server stopped"/);
});

test('v2: watch: server-sent events have index, action and node, and Last-Event-ID goes on behind what was seen', async () => {
	const accept = { accept: 'text/event-stream' };
	const stream = await watch('/k?wait=true&stream=true', accept);
	assert.equal(stream.response.headers['content-type'], 'text/event-stream');
	await write('PUT', '/k', 'line\nbreak');
	await stream.hears(1);
	const node = '{"key":"/k","value":"line\\nbreak","modifiedIndex":4,"createdIndex":4}';
	assert.equal(stream.text, `id: 4\nevent: set\ndata: {"action":"set","node":${node}}\n\n`);
	stream.response.destroy();
	await write('PUT', '/k', 'missed');
	const resumed = await watch('/k?wait=true&stream=true', { ...accept, 'last-event-id': '4' });
	await write('DELETE', '/k');
	assert.deepEqual(await resumed.hears(2), [5, 6]);
	resumed.response.destroy();
	const refused = await watch('/k?wait=true&stream=true', { ...accept, 'last-event-id': 'x' });
	assert.equal(refused.response.statusCode, 400);
	assert.match(await refused.ends(), /"errorCode":203/);
});

test('v2: watch: wait is for GET alone', async () => {
	const answer = await fetch(`${served.url}/v2/keys/k?wait=true`, { method: 'HEAD' });
	assert.equal(answer.status, 400);
});
