/** The dashboard in Debian's Chromium against three members: the views, a paused follower, an election, hostile keys. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { showMs } from '../../src/dashboard/format.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { nextState } from '../support/dashboard-events.ts';
import { buildDashboard, openBrowser, openDashboard } from '../support/dashboard-page.ts';
import { eventually } from '../support/eventually.ts';
import { LeaseClient } from '../support/lease-client.ts';
import type { Member } from '../support/member.ts';

const WIRE_BYTES_MAX = 150_000;
/** Issue 7 has it within 2 s, which the prove row dashboard-red asserts; npm test asserts no time, only that it happens. */
const RED_MS = Number(process.env['RED_MS'] ?? 30_000);
const FILES = ['', 'app.js', 'app.css', 'icon.svg'] as const;

let cluster: Cluster;
let browser: Browser;

before(async () => {
	buildDashboard();
	[cluster, browser] = await Promise.all([startCluster(3, { flags: { 'dashboard-writes': 'true', 'corrupt-check-time': '2s' } }), openBrowser()]);
});

after(async () => {
	await browser?.close();
	await cluster?.destroy();
});

function base64(text: string): string {
	return Buffer.from(text).toString('base64');
}

function anyMember(): Member {
	const [member] = cluster.members;
	assert.ok(member !== undefined, 'a cluster has members');
	return member;
}

test('dashboard: files: under a strict policy, small, and not sent twice', async () => {
	let bytes = 0;
	for (const file of FILES) {
		const url = `${anyMember().clientUrl}/dashboard/${file}`;
		const response = await fetch(url);
		assert.match(
			response.headers.get('content-security-policy') ?? '',
			/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
		);
		bytes += Number(response.headers.get('content-length'));
		const again = await fetch(url, { headers: { 'If-None-Match': response.headers.get('etag') ?? '' } });
		assert.equal(again.status, 304);
	}
	assert.ok(bytes < WIRE_BYTES_MAX, `${bytes} bytes over the wire`);
});

test('dashboard: files: both addresses lead to the page', async () => {
	for (const path of ['/dashboard', '/mod/dashboard']) {
		const response = await fetch(anyMember().clientUrl + path, { redirect: 'manual' });
		assert.deepEqual([response.status, response.headers.get('location')], [302, `${path}/`]);
	}
});

test('dashboard: state: what a member tells stands so in its /metrics', async () => {
	const member = await cluster.leader();
	const isRaft = (line: string): boolean => /^quorate_raft_\w+ /.test(line);
	await eventually(
		async () => {
			const told = (await nextState(member)).members.find(({ isSelf }) => isSelf)?.state?.metrics.filter(isRaft) ?? [];
			const page = (await (await fetch(`${member.clientUrl}/metrics`)).text()).split('\n').filter(isRaft);
			return told.length > 0 && told.every((line) => page.includes(line));
		},
		{ what: 'the same lines, while nothing is written' },
	);
});

test('dashboard: latency: a follower has the round trips that /metrics tells', async () => {
	const [leader, follower] = [await cluster.leader(), await cluster.follower()];
	const id = (await nextState(leader)).members.find(({ name }) => name === follower.name)?.id ?? '';
	const { page } = await openDashboard(browser, leader.clientUrl);
	const cell = page.locator(`tr[data-follower="${follower.name}"] td`).nth(3);
	await eventually(
		async () => {
			const shown = await cell.textContent();
			const lines = (await (await fetch(`${leader.clientUrl}/metrics`)).text()).split('\n');
			const told = ['0.5', '0.99', '1'].map((quantile) => {
				const name = `quorate_peer_recent_round_trip_seconds{To="${id}",quantile="${quantile}"} `;
				return Number(lines.find((line) => line.startsWith(name))?.slice(name.length)) * 1_000;
			});
			return told.every((milliseconds) => milliseconds > 0) && shown === told.map(showMs).join(' / ');
		},
		{ what: 'the same figures, while no probe is between' },
	);
	await page.close();
});

test('dashboard: cluster and load: what the comparison of stores found, and the leases that there are', async () => {
	const leader = await cluster.leader();
	const leases = new LeaseClient(leader.clientUrl);
	await leases.grant(77n, 600);
	const { page, complaints } = await openDashboard(browser, (await cluster.follower()).clientUrl, 'cluster');
	await page.locator('[data-comparison="equal"]:has-text("3 equal, 0 different, 0 not known")').waitFor();
	await page.keyboard.press('3');
	await page.locator('table').first().locator('tr', { hasText: leader.name }).locator('td:nth-child(8):text-is("1")').waitFor();
	await leases.revoke(77n);
	await leases.close();
	assert.deepEqual(complaints, []);
	await page.close();
});

test('dashboard: latency: every member shows the followers of the same leader, and the slowest of the majority', async () => {
	const leader = await cluster.leader();
	await leader.client.put('written', 'something to measure');
	const followers = cluster.members.filter((member) => member !== leader).map(({ name }) => name);
	for (const member of cluster.members) {
		const { page, complaints } = await openDashboard(browser, member.clientUrl);
		for (const name of followers) {
			await page.locator(`tr[data-follower="${name}"][data-state="ok"]`).waitFor();
		}
		assert.ok(followers.includes((await page.locator('[data-slowest]').getAttribute('data-slowest')) ?? ''), 'a follower is the slowest');
		assert.deepEqual(complaints, []);
		await page.close();
	}
});

test('dashboard: views: each is reached by keyboard and shows its figures', async () => {
	const { page, complaints } = await openDashboard(browser, anyMember().clientUrl);
	for (const [key, title, content] of [
		['2', 'Cluster', 'tr[data-member="m3"]'],
		['3', 'Load', 'h2:text("Calls by method")'],
		['4', 'Actors', 'td:text("raft/0")'],
		['5', 'Keys', 'text=keyspace'],
		['6', 'Alerts', 'h2:text("Alerts")'],
		['1', 'Leader latency', 'h2:text("Elections")'],
	] as const) {
		await page.keyboard.press(key);
		await page.locator(`nav a[aria-current]:text("${title}")`).waitFor();
		await page.locator(content).first().waitFor();
	}
	assert.deepEqual(complaints, []);
	await page.close();
});

test('dashboard: keys: a hostile name is text, and the versions of its value are there', async () => {
	const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
	const member = anyMember();
	await member.client.put(`/hostile/${hostile}`, 'first');
	await member.client.put(`/hostile/${hostile}`, '<b>second</b>');
	const { page, complaints } = await openDashboard(browser, member.clientUrl, 'keys');
	await page.getByRole('button', { name: '/', exact: true }).click();
	await page.getByRole('button', { name: 'hostile/', exact: true }).click();
	// The name has a slash of its own, in its closing tag.
	await page.getByRole('button', { name: '<img src=x onerror="document.title=1"><script>document.title=2</', exact: true }).click();
	await page.getByRole('button', { name: 'script>', exact: true }).click();
	await page.locator('section pre:text("<b>second</b>")').first().waitFor();
	await page.locator('summary:text("version 1,")').waitFor();
	assert.equal(await page.locator('main img, main script, main b').count(), 0);
	assert.equal(await page.title(), 'quorate');
	assert.deepEqual(complaints, []);
	await page.close();
});

test('dashboard: keys: a value is changed only if nobody else has changed it', async () => {
	const { clientUrl, client } = anyMember();
	await client.put('edited', 'one');
	const asked = await fetch(`${clientUrl}/dashboard/history?key=${encodeURIComponent(base64('edited'))}`);
	const { versions } = (await asked.json()) as { readonly versions: readonly { readonly modRevision: number }[] };
	const write = async (value: string | null): Promise<number> => {
		const body = JSON.stringify({ key: base64('edited'), value: value === null ? null : base64(value), modRevision: versions[0]?.modRevision });
		return (await fetch(`${clientUrl}/dashboard/write`, { method: 'POST', body })).status;
	};
	assert.deepEqual([await write('two'), await write('three'), await write(null)], [200, 409, 409]);
	assert.equal(await client.get('edited'), 'two');
});

test('dashboard: keys: the page edits, creates and deletes', async () => {
	const { clientUrl, client } = anyMember();
	const { page } = await openDashboard(browser, clientUrl, 'keys');
	page.on('dialog', (dialog) => void dialog.accept());
	await page.getByLabel('new key', { exact: true }).fill('made-here');
	await page.getByLabel('Value of the new key').fill('by hand');
	await page.getByRole('button', { name: 'Create' }).click();
	await page.getByRole('button', { name: 'made-here', exact: true }).click();
	await page.getByLabel('New value').fill('by hand, again');
	await page.getByRole('button', { name: 'Save' }).click();
	await eventually(async () => (await client.get('made-here')) === 'by hand, again', { what: 'the change to be there' });
	await page.getByRole('button', { name: 'Delete' }).click();
	await eventually(async () => (await client.get('made-here')) === null, { what: 'the key to be gone' });
	await page.close();
});

test('dashboard: keys: changes below a prefix appear as they happen, on the one stream of the page', async () => {
	const { clientUrl, client } = anyMember();
	const { page, complaints } = await openDashboard(browser, clientUrl, 'keys');
	const streams = new Set<string>();
	page.on('request', (request) => request.url().includes('/dashboard/events') && streams.add(request.url()));
	page.on('requestfailed', (request) => streams.delete(request.url()));
	await page.getByLabel('prefix', { exact: true }).fill('followed/');
	await page.getByRole('button', { name: 'Show', exact: true }).click();
	await page.getByLabel('follow changes').check();
	await page.getByText('Nothing has changed yet.').waitFor();
	const row = page.locator('tr[data-change]');
	await eventually(
		async () => {
			await client.put('elsewhere', 'not shown');
			await client.put('followed/<b>', '<i>text</i>');
			return (await row.count()) > 0;
		},
		{ what: 'the first change, once the watch is there' },
	);
	await client.delete('followed/<b>');
	await page.locator('tr[data-change="delete"]').first().waitFor();
	assert.match((await page.locator('tr[data-change="put"]').first().textContent()) ?? '', /^\d+putfollowed\/<b><i>text<\/i>$/);
	assert.equal(await row.filter({ hasText: 'elsewhere' }).count(), 0);
	assert.equal(streams.size, 1);
	assert.deepEqual(complaints, []);
	await page.close();
});

test('dashboard: keys: of v2, from any member: the page creates, edits and deletes, unless somebody was faster', async () => {
	const { clientUrl } = await cluster.follower();
	const node = `${clientUrl}/v2/keys/folder/made`;
	const valueNow = async (): Promise<string | null> => {
		const told = (await (await fetch(node)).json()) as { readonly node?: { readonly value?: string } };
		return told.node?.value ?? null;
	};
	const { page } = await openDashboard(browser, clientUrl, 'keys');
	page.on('dialog', (dialog) => void dialog.accept());
	await page.getByLabel('keyspace').selectOption('v2');
	await page.getByLabel('new key', { exact: true }).fill('/folder/made');
	await page.getByLabel('Value of the new key').fill('by hand');
	await page.getByRole('button', { name: 'Create' }).click();
	await page.getByRole('button', { name: 'folder/', exact: true }).click();
	await page.getByRole('button', { name: 'made', exact: true }).click();
	await page.getByLabel('New value').fill('again');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.locator('section pre:text("again")').waitFor();
	await fetch(node, { method: 'PUT', body: new URLSearchParams({ value: 'faster' }) });
	await page.getByLabel('New value').fill('slower');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.locator('[role=alert]:has-text("Compare failed")').waitFor();
	assert.equal(await valueNow(), 'faster');
	await page.getByRole('button', { name: 'Refresh' }).click();
	await page.locator('section pre:text("faster")').waitFor();
	await page.getByRole('button', { name: 'Delete' }).click();
	await eventually(async () => (await valueNow()) === null, { what: 'the key to be gone' });
	await page.close();
});

test('dashboard: latency: a paused follower turns red, and is an alert', async () => {
	const [leader, follower] = [await cluster.leader(), await cluster.follower()];
	const { page } = await openDashboard(browser, leader.clientUrl);
	await page.locator(`tr[data-follower="${follower.name}"][data-state="ok"]`).waitFor();
	const began = performance.now();
	follower.pause();
	try {
		await page.locator(`tr.bad[data-follower="${follower.name}"][data-state="late"]`).waitFor({ timeout: RED_MS });
		console.log(`figure: red after ${Math.round(performance.now() - began)} ms`);
		await page.keyboard.press('6');
		await page.locator(`section.panel:has-text("${follower.name}")`).first().waitFor();
		await page.keyboard.press('2');
		await page.locator(`tr[data-member="${follower.name}"].stale`).waitFor();
	} finally {
		follower.resume();
	}
	await page.keyboard.press('1');
	await page.locator(`tr[data-follower="${follower.name}"][data-state="ok"]`).waitFor();
	await page.close();
});

test('dashboard: elections: one appears, with its term and why', async () => {
	const [leader, follower] = [await cluster.leader(), await cluster.follower()];
	const term = (await leader.client.status()).raftTerm;
	const { page } = await openDashboard(browser, follower.clientUrl);
	await page.locator(`tr[data-term="${term}"]`).waitFor();
	leader.pause();
	try {
		const row = page.locator('tr[data-term]').filter({ hasNotText: leader.name }).first();
		await row.waitFor();
		assert.ok(Number(await row.getAttribute('data-term')) > term, 'a newer term');
		assert.match((await row.textContent()) ?? '', /had heard no leader|another member began it/);
	} finally {
		leader.resume();
	}
	await page.close();
});
