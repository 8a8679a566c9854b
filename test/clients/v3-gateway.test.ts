/**
 * The JSON gateway beside Debian's etcd: seeded random requests in random spelling, its streams, and bad requests; then what is beyond it. A case that differs is cut
 * down on fresh pairs before it is shown. REQUESTS, SEED: how many, and which (npm run prove -- gateway-random: 10,000).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { SeededRandom } from '../../src/base/random.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { JsonSystem, spell } from './random-gateway/json-system.ts';
import { type Request, RequestMaker } from './random-v3/requests.ts';
import { shrink } from './random-v3/shrink.ts';

const REQUESTS = Number(process.env['REQUESTS'] ?? 150);
const SEED = Number(process.env['SEED'] ?? 20_261_124);
const SHRINK_TRIALS_MAX = Number(process.env['SHRINK_TRIALS'] ?? 40);
const BAD = [
	'{',
	'[]',
	'"a"',
	'{"key":5}',
	'{"key":"Zm9vY"}',
	'{"limit":"x"}',
	'{"limit":1.5}',
	'{"sort_order":"WHAT"}',
	'{"serializable":"true"}',
	'',
];

type Flags = Readonly<Record<string, string>>;
/** null: no difference. */
type Difference = { readonly at: number; readonly text: string } | null;

async function withMembers<T>(starts: readonly (() => Promise<Member>)[], use: (members: readonly Member[]) => Promise<T>): Promise<T> {
	const members: Member[] = [];
	try {
		for (const start of starts) {
			members.push(await start());
		}
		return await use(members);
	} finally {
		for (const member of members) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
	}
}

async function compare(flags: Flags, requests: readonly Request[]): Promise<Difference> {
	return await withMembers([() => startMember({ flags }), () => startEtcd()], async ([ours, theirs]) => {
		const quorate = new JsonSystem(ours?.clientUrl ?? '');
		const etcd = new JsonSystem(theirs?.clientUrl ?? '');
		const random = new SeededRandom(SEED);
		for (const [at, request] of requests.entries()) {
			const revision = etcd.revision;
			const json = spell(random, request, revision);
			const [mine, other] = await Promise.all([quorate.answer(request, json), etcd.answer(request, json)]);
			if (mine !== other) {
				return { at, text: `${json}\nquorate: ${mine}\netcd:    ${other}` };
			}
		}
		assert.deepEqual(await quorate.renewed([1, 2, 3, 77]), await etcd.renewed([1, 2, 3, 77]), 'lease/keepalive');
		for (const text of BAD) {
			assert.equal(await quorate.refusal('kv/range', text), await etcd.refusal('kv/range', text), `answer to ${text}`);
		}
		const put: Request = { kind: 'put', key: 'a', value: 'last', lease: 0, prevKv: false, ignoreValue: false, ignoreLease: false };
		const json = spell(random, put, etcd.revision);
		await Promise.all([quorate.answer(put, json), etcd.answer(put, json)]);
		assert.deepEqual(await quorate.events(etcd.revision, etcd.revision), await etcd.events(etcd.revision, etcd.revision), 'watch');
		return null;
	});
}

describe('clients: JSON gateway', () => {
	for (const { title, flags } of configurations()) {
		test(`clients: JSON gateway (${title}): every answer to random requests is etcd's`, async () => {
			// `gateway-newer-paths`: 3.4 has no path for it.
			const maker = new RequestMaker(new SeededRandom(SEED));
			const requests = Array.from({ length: REQUESTS }, () => maker.next()).filter(({ kind }) => kind !== 'hash_kv');
			const first = await compare(flags, requests);
			if (first !== null) {
				const small = await shrink(requests.slice(0, first.at + 1), async (some) => (await compare(flags, some)) !== null, SHRINK_TRIALS_MAX);
				const lines = small.map((request) => `  ${JSON.stringify(request)}`).join('\n');
				assert.fail(`seed ${SEED}, request ${first.at}, cut down to ${small.length}:\n${lines}\nfirst seen: ${first.text}`);
			}
			console.log(`figure: ${REQUESTS} random requests by JSON (${title}), equal answers`);
		});
	}

	test('clients: JSON gateway: a watch by WebSocket and by server-sent events, and a stranger gets neither', async () => {
		await withMembers([() => startMember()], async ([member]) => {
			const url = member?.clientUrl ?? '';
			await fetch(`${url}/v3beta/kv/put?encoding=utf8`, { method: 'POST', body: '{"key":"foo","value":"bar"}' });
			const socket = new WebSocket(`${url.replace('http', 'ws')}/v3/watch`, ['Bearer', 'a.token']);
			socket.on('open', () => socket.send('{"create_request":{"key":"Zm9v","start_revision":"1"}}'));
			const lines: string[] = [];
			await new Promise<void>((resolve, reject) => {
				socket.on('error', reject);
				socket.on('message', (data: Buffer) => lines.push(data.toString()) === 2 && resolve());
			});
			socket.terminate();
			assert.equal(JSON.parse(lines[1] ?? '').result.events[0].kv.value, 'YmFy');

			const aborted = new AbortController();
			const headers = { accept: 'text/event-stream', 'last-event-id': '1' };
			const events = await fetch(`${url}/v3/watch?key=foo&encoding=utf8`, { headers, signal: aborted.signal });
			let text = '';
			for await (const chunk of events.body ?? []) {
				text += Buffer.from(chunk).toString();
				if (text.includes('events')) {
					break;
				}
			}
			aborted.abort();
			assert.match(text, /^id: 1\ndata: .*"created":true\}\n\nid: 2\ndata: .*"key":"foo".*"value":"bar"/);

			const stranger = new WebSocket(`${url.replace('http', 'ws')}/v3/watch`, { origin: 'http://evil.example' });
			const status = await new Promise<number | undefined>((resolve) => {
				stranger.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
				stranger.on('open', () => resolve(101));
				stranger.on('error', () => {});
			});
			stranger.terminate();
			assert.equal(status, 403);
		});
	});
});
