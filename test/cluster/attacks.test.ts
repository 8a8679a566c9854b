/**
 * Each attack of reliability.md 6.5 that comes by the network, against a running member under the usual load of others: they are served all along, and no
 * request fails; the member's memory stays within what the attack is allowed; and it serves afterwards. How much slower the others become is printed, not asserted:
 * for each attack, and at the end how many of them made the p99 of others more than twice what it was just before. The attacker runs in the idle class of the
 * scheduler (attack-process.ts); what the kernel does for its packets is still in the figures.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { AttackProcess } from '../support/attacks/attack-process.ts';
import { ATTACKS } from '../support/attacks/attacks.ts';
import { FairLoad } from '../support/attacks/fair-load.ts';
import { delay, eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Member, startMember } from '../support/member.ts';

const SECONDS = Number(process.env['ATTACK_SECONDS'] ?? '1');
const LARGE_KEYS = 40;
const MEBIBYTE = 2 ** 20;
const SAMPLE_MS = 50;
const CALM_REQUESTS = 300;
/** The p99 of few requests is that of chance: as much as is worth waiting for. */
const CALM_REQUESTS_BEFORE = CALM_REQUESTS * Math.min(SECONDS, 10);
const RATIO_MAX = 2;

/** Each attack that was more than the others should notice. */
const noticed: string[] = [];
let attacks = 0;

let member: Member;
let attacker: AttackProcess;
let load: FairLoad;
let tlsPort: number;

before(async () => {
	[tlsPort = 0] = await freePorts(1);
	member = await startMember({ flags: { 'listen-metrics-urls': `https://127.0.0.1:${tlsPort}`, 'auto-tls': 'true' } });
	for (let i = 0; i < LARGE_KEYS; i++) {
		await member.client.put(`large/${i}`, 'x'.repeat(MEBIBYTE / 4));
	}
	for (let i = 0; i < 20; i++) {
		await fetch(`${member.clientUrl}/v2/keys/attacks/${i}`, { method: 'PUT', body: new URLSearchParams({ value: 'x'.repeat(MEBIBYTE / 8) }) });
	}
	attacker = await AttackProcess.start();
	load = new FairLoad(member.clientUrl);
});

after(async () => {
	console.log(`figure: p99 of others more than doubled by ${noticed.length} of ${attacks} attacks of ${SECONDS} s: ${noticed.join(', ') || 'none'}`);
	await load.stop();
	attacker.end();
	member.client.close();
	await member.kill();
});

/** Memory that is not mapped files: those are the store's pages, which the system may take back. */
function anonymousBytes(): number {
	return 1_024 * Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${member.pid}/status`, 'utf8'))?.[1]);
}

/** So many requests of others without an attack: their p99. */
async function calm(requests = CALM_REQUESTS): Promise<number> {
	await load.takeP99();
	await eventually(() => load.requests >= requests, { what: 'others to be served', withinMs: 120_000 });
	return load.takeP99();
}

/** The most memory that was seen meanwhile. */
async function watchMemory(seconds: number): Promise<number> {
	let most = 0;
	for (const end = performance.now() + 1_000 * seconds; performance.now() < end; ) {
		most = Math.max(most, anonymousBytes());
		await delay(SAMPLE_MS);
	}
	return most;
}

if (process.platform === 'linux') {
	for (const [name, { threat, door, growthMaxBytes }] of Object.entries(ATTACKS)) {
		test(`cluster: attack: ${threat}: ${name}: others are served, memory is bounded, and the member lives`, async () => {
			const ports = { client: Number(new URL(member.clientUrl).port), peer: Number(new URL(member.peerUrl).port), tls: tlsPort };
			const p99Before = await calm(CALM_REQUESTS_BEFORE);
			const earlier = anonymousBytes();
			const { timeouts } = load;
			const failures = load.failures.length;
			attacker.attack(name, ports[door]);
			const growth = (await watchMemory(SECONDS)) - earlier;
			const requests = load.requests;
			// While the attack goes on: what they wait for then counts.
			const p99 = await load.takeP99();
			const { opened, cut, sentBytes } = await attacker.stop();
			await calm();
			const ratio = p99 / p99Before;
			attacks += 1;
			if (ratio > RATIO_MAX) {
				noticed.push(`${name} ${ratio.toFixed(1)}`);
			}
			const figures = [
				`p99 ${p99Before.toFixed(1)} ms before, ${p99.toFixed(1)} ms during, ${ratio.toFixed(1)} times (${requests} requests, ${load.timeouts - timeouts} timed out)`,
				`${Math.round(growth / MEBIBYTE)} MiB more`,
				`${opened} connections, ${cut} cut off, ${(sentBytes / MEBIBYTE).toFixed(1)} MiB sent`,
			];
			console.log(`figure: ${name}: ${figures.join('; ')}`);
			assert.deepEqual(load.failures.slice(failures), []);
			assert.ok(growth < growthMaxBytes, `${growth} bytes more than before`);
			assert.equal((await fetch(`${member.clientUrl}/health`)).status, 200);
		});
	}
}
