/** A stream of v2 events from a follower, while the leader is killed and the follower itself is stopped for hundreds of writes: no event is missed or told twice. */
import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';

const FLAGS = {
	'heartbeat-interval': '50',
	'election-timeout': '500',
	'v2-write-routing': 'forward',
};
const WRITES = 200;
const AT_A_TIME = 20;

class Stream {
	readonly indexes: number[] = [];
	isOver = false;
	readonly #request: ClientRequest;
	#unfinished = '';

	private constructor(sent: ClientRequest) {
		this.#request = sent;
	}

	static open(member: Member): Promise<Stream> {
		return new Promise((resolve, reject) => {
			const sent = request(`${member.clientUrl}/v2/keys/streamed?wait=true&stream=true&recursive=true`);
			const stream = new Stream(sent);
			sent.on('error', reject);
			sent.on('response', (response) => {
				response.setEncoding('utf8');
				response.on('data', (text: string) => stream.#hear(text));
				response.on('close', () => {
					stream.isOver = true;
				});
				resolve(stream);
			});
			sent.end();
		});
	}

	close(): void {
		this.#request.destroy();
	}

	#hear(text: string): void {
		const lines = (this.#unfinished + text).split('\n');
		this.#unfinished = lines.pop() ?? '';
		this.indexes.push(...lines.map((line) => (JSON.parse(line) as { node: { modifiedIndex: number } }).node.modifiedIndex));
	}
}

/** Writes until so many have been acknowledged, to whoever takes them; the greatest index of theirs. */
async function writeAll(cluster: Cluster, count: number): Promise<number> {
	const indexes: number[] = [];
	for (let i = 0; i < count; i += AT_A_TIME) {
		indexes.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, (_, k) => write(cluster, i + k)))));
	}
	return Math.max(...indexes);
}

function write(cluster: Cluster, number: number): Promise<number> {
	const headers = { 'content-type': 'application/x-www-form-urlencoded' };
	const attempt = async (): Promise<number | null> => {
		const [member] = cluster.awake;
		const answer = await fetch(`${member?.clientUrl}/v2/keys/streamed/${number % 7}`, { method: 'PUT', headers, body: `value=${number}` });
		await answer.arrayBuffer();
		return answer.ok ? Number(answer.headers.get('x-etcd-index')) : null;
	};
	return eventually(attempt, { what: `write ${number} to be acknowledged` });
}

/** Every index from the first on, up to the last. */
async function assertWhole(stream: Stream, last: number): Promise<void> {
	await eventually(() => stream.isOver || stream.indexes.at(-1) === last, { what: `event ${last}` });
	const [first = 0] = stream.indexes;
	assert.ok(!stream.isOver, 'the stream goes on');
	assert.deepEqual(
		stream.indexes,
		Array.from({ length: last - first + 1 }, (_, i) => first + i),
	);
}

test('cluster: v2 watch: a stream of a follower goes on through the death of the leader and a pause of its own', async () => {
	await withCluster(3, { flags: FLAGS }, async (cluster) => {
		const follower = await cluster.follower();
		const stream = await Stream.open(follower);
		try {
			await assertWhole(stream, await writeAll(cluster, 20));
			const leader = await cluster.leader();
			await leader.kill('SIGKILL');
			await assertWhole(stream, await writeAll(cluster, 20));
			await leader.start();
			follower.pause();
			const last = await writeAll(cluster, WRITES);
			follower.resume();
			await assertWhole(stream, last);
		} finally {
			stream.close();
		}
	});
});
