/** An idle member whose metrics are read each second, as Prometheus does at its quickest: how much of a core it takes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';

/** Of the measurement; `npm run prove -- idle-scraped` takes a minute, and holds the figure against its bound. */
const SECONDS = Number(process.env['SECONDS'] ?? 3);
const SHARE_MAX = process.env['SHARE_MAX'];
const SETTLE_MS = SHARE_MAX === undefined ? 0 : 10_000;
/** Fields of /proc/<pid>/stat behind the name of the program. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const TICKS_A_SECOND = 100;

/** CPU seconds of all threads of the process. */
function cpuSeconds({ pid }: Member): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_A_SECOND;
}

async function scrape(member: Member): Promise<string> {
	const response = await fetch(`${member.clientUrl}/metrics`);
	assert.equal(response.status, 200);
	return response.text();
}

test('metrics: idle: a member that is read each second tells everything each time, and takes little of a core', async () => {
	const member = await startMember();
	try {
		await eventually(async () => (await scrape(member)).includes('etcd_server_has_leader 1'), { what: 'a leader' });
		await sleep(SETTLE_MS);
		const names = namesIn(await scrape(member));
		const began = performance.now();
		const before = cpuSeconds(member);
		for (let second = 1; second <= SECONDS; second++) {
			await sleep(Math.max(0, began + second * 1_000 - performance.now()));
			assert.deepEqual(namesIn(await scrape(member)), names);
		}
		const share = (100 * (cpuSeconds(member) - before)) / ((performance.now() - began) / 1_000);
		console.log(`figure: idle, scraped each second: ${share.toFixed(2)} % of a core over ${SECONDS} s`);
		assert.ok(share < Number(SHARE_MAX ?? Number.POSITIVE_INFINITY), `${share.toFixed(2)} % of a core`);
	} finally {
		await member.stop();
		member.client.close();
	}
});

/** What stands before the values, in order. */
function namesIn(page: string): readonly string[] {
	return page
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => line.slice(0, line.lastIndexOf(' ')))
		.sort();
}
