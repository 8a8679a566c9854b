/**
 * What open dashboards cost those who write: writes at a constant rate, timed from when each should have begun, with no page open and with twenty,
 * in turns. In full (`npm run prove -- dashboard-20`) the median p99 with pages stays within 5 % of that without.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { PageReaders } from '../support/page-readers.ts';

const PAGES = 20;
const RUNS = Number(process.env['RUNS'] ?? 1);
const SECONDS = Number(process.env['SECONDS'] ?? 1);
const WRITES_A_SECOND = 200;
const RATIO_MAX = process.env['RATIO_MAX'];
const QUIET_MS = 1_000;

async function p99OfWrites(member: Member): Promise<number> {
	const took: number[] = [];
	const writes: Promise<void>[] = [];
	const began = performance.now();
	for (let i = 0; i < SECONDS * WRITES_A_SECOND; i++) {
		const due = began + (1_000 * i) / WRITES_A_SECOND;
		await sleep(Math.max(0, due - performance.now()));
		const written = member.client.put(`k${i % 100}`, 'v').then(() => took.push(performance.now() - due));
		writes.push(written.then(() => {}));
	}
	await Promise.all(writes);
	took.sort((a, b) => a - b);
	return took[Math.ceil(took.length * 0.99) - 1] ?? 0;
}

async function withPages(members: readonly Member[], work: () => Promise<number>): Promise<number> {
	const pages = new PageReaders(Array.from({ length: PAGES }, (_, i) => `${members[i % members.length]?.clientUrl}/dashboard/events`));
	try {
		await eventually(async () => (await pages.bytes()).every((bytes) => bytes > 0), { what: 'every page to show something' });
		const before = await pages.bytes();
		const result = await work();
		await eventually(async () => (await pages.bytes()).every((bytes, i) => bytes > (before[i] ?? 0)), { what: 'every page to hear more' });
		return result;
	} finally {
		pages.end();
	}
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

test('dashboard: pages: twenty that are open all hear the states, while writes go on', async () => {
	await withCluster(3, {}, async (cluster) => {
		const leader = await cluster.leader();
		await p99OfWrites(leader);
		const alone: number[] = [];
		const watched: number[] = [];
		for (let run = 0; run < RUNS; run++) {
			alone.push(await p99OfWrites(leader));
			watched.push(await withPages(cluster.members, () => p99OfWrites(leader)));
			await sleep(RATIO_MAX === undefined ? 0 : QUIET_MS);
		}
		const ratio = median(watched) / median(alone);
		const show = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');
		console.log(`figure: p99 of writes in ms without pages ${show(alone)}, with ${PAGES} ${show(watched)}; ratio of medians ${ratio.toFixed(3)}`);
		assert.ok(ratio <= Number(RATIO_MAX ?? Number.POSITIVE_INFINITY), `${ratio.toFixed(3)} times`);
	});
});
