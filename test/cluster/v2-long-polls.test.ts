/**
 * Many long polls on one key of a real member, woken by one write, again and again on the same connections. Short: 500; `npm run prove --
 * v2-long-polls`: 10,000, for which this process and the member each need as many descriptors (`ulimit -Hn`; Node takes all it may).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { LongPoll } from '../support/long-poll.ts';
import { type Member, startMember } from '../support/member.ts';

const POLLS = Number(process.env['POLLS'] ?? 500);
const ROUNDS = Number(process.env['ROUNDS'] ?? 2);
/** Connections that are made at a time. */
const AT_A_TIME = 100;
/** Beyond what one waiting connection costs, by far. */
const BYTES_A_POLL_MAX = 100_000;
/** The heap's own ups and downs. */
const SLACK_BYTES = 64 * 2 ** 20;

/** Anonymous memory of a process, which is what it does not share with files. */
function ownBytes(pid: number): number {
	const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
	return Number(kibibytes) * 1024;
}

/** Each with its first poll begun: a connection that says nothing for long is one that the member does without. */
async function openAll(member: Member): Promise<readonly Waiting[]> {
	const waiting: Waiting[] = [];
	while (waiting.length < POLLS) {
		const count = Math.min(AT_A_TIME, POLLS - waiting.length);
		const begin = async (): Promise<Waiting> => {
			const poll = await LongPoll.open(member.clientUrl, '/v2/keys/polled?wait=true');
			return { poll, ...poll.begin() };
		};
		waiting.push(...(await Promise.all(Array.from({ length: count }, begin))));
	}
	return waiting;
}

interface Waiting {
	readonly poll: LongPoll;
	readonly begun: Promise<number>;
	readonly body: Promise<string>;
}

async function write(member: Member, value: string): Promise<number> {
	const headers = { 'content-type': 'application/x-www-form-urlencoded' };
	const answer = await fetch(`${member.clientUrl}/v2/keys/polled`, { method: 'PUT', headers, body: `value=${value}` });
	assert.ok(answer.ok, await answer.text());
	return Number(answer.headers.get('x-etcd-index'));
}

/** All wait, one write wakes them; milliseconds from the write's first byte to the last poll's last. */
async function round(
	member: Member,
	waiting: readonly Waiting[],
	value: string,
): Promise<{ readonly milliseconds: number; readonly waitingBytes: number }> {
	await Promise.all(waiting.map(({ begun }) => begun));
	const waitingBytes = ownBytes(member.pid);
	const began = performance.now();
	const [index, ...bodies] = await Promise.all([write(member, value), ...waiting.map(({ body }) => body)]);
	const milliseconds = performance.now() - began;
	const wanted = `"node":{"key":"/polled","value":"${value}","modifiedIndex":${index},`;
	assert.equal(bodies.filter((body) => body.includes(wanted)).length, waiting.length, `every poll hears of the write of index ${index}`);
	return { milliseconds, waitingBytes };
}

function spread(values: readonly number[]): string {
	const sorted = values.toSorted((a, b) => a - b);
	return [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((value) => Math.round(value ?? 0)).join(' / ');
}

test(`cluster: v2 long polls: ${POLLS} on one key are woken by one write, and cost the member a bounded amount each`, async () => {
	const member = await startMember();
	let waiting: readonly Waiting[] = [];
	try {
		await write(member, 'first');
		const before = ownBytes(member.pid);
		waiting = await openAll(member);
		const rounds: { readonly milliseconds: number; readonly waitingBytes: number }[] = [];
		for (let i = 0; i < ROUNDS; i++) {
			rounds.push(await round(member, waiting, `value-${i}`));
			waiting = waiting.map(({ poll }) => ({ poll, ...poll.begin() }));
		}
		const perPoll = rounds.map(({ waitingBytes }) => (waitingBytes - before) / POLLS);
		console.log(
			`figure: ${POLLS} long polls: the last one woken ${spread(rounds.map(({ milliseconds }) => milliseconds))} ms (min / median / max) after the write was sent`,
		);
		console.log(`figure: ${POLLS} long polls: ${spread(perPoll)} bytes of memory each (min / median / max)`);
		assert.ok(Math.max(...perPoll) * POLLS < BYTES_A_POLL_MAX * POLLS + SLACK_BYTES, `${spread(perPoll)} bytes a poll`);
	} finally {
		for (const { poll } of waiting) {
			poll.close();
		}
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
});

test('cluster: v2 long polls: a member that stops lets those who wait go, with an empty body', async () => {
	const member = await startMember();
	try {
		const polls = await Promise.all(Array.from({ length: 20 }, () => LongPoll.open(member.clientUrl, '/v2/keys/polled?wait=true')));
		const waiting = polls.map((poll) => poll.begin());
		await Promise.all(waiting.map(({ begun }) => begun));
		const ended = member.stop();
		assert.deepEqual(new Set(await Promise.all(waiting.map(({ body }) => body))), new Set(['']));
		assert.deepEqual(await ended, { code: 0, signal: null });
	} finally {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
});

test('cluster: v2 long polls: connections whose clients are gone are gone from the member, too', async () => {
	const member = await startMember();
	const descriptors = (): number => readdirSync(`/proc/${member.pid}/fd`).length;
	try {
		const before = descriptors();
		const polls = await Promise.all(Array.from({ length: 50 }, () => LongPoll.open(member.clientUrl, '/v2/keys/polled?wait=true&stream=true')));
		await Promise.all(polls.map((poll) => poll.begin().begun));
		assert.ok(descriptors() >= before + 50);
		for (const poll of polls) {
			poll.close();
		}
		await eventually(() => descriptors() < before + 10, { what: 'the connections to go' });
	} finally {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
});
