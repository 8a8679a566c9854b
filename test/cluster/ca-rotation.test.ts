/**
 * The CA of a secured cluster is replaced under load, by hand and without a restart: first both CAs are trusted, then the certificates are replaced,
 * then the old CA goes. Writers keep their connections, and others open a new one for each write; no request fails.
 */
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ClientTls } from '../support/client-tls.ts';
import { eventually } from '../support/eventually.ts';
import { KvClient } from '../support/kv-client.ts';
import { endMembers, type SecureMember, startSecureMembers } from '../support/secure-members.ts';
import { type CertificateFiles, TestPki } from '../support/test-pki.ts';
import { callTls } from '../support/tls-caller.ts';

const NAMES = ['m1', 'm2', 'm3'];
const ROUNDS = Number(process.env['ROUNDS'] ?? 1);
const PUTS_BETWEEN = Number(process.env['PUTS'] ?? 30);
const DEADLINE_MS = 20_000;

/** One writer that keeps its connection and one that does not, at each member. */
class RotationLoad {
	readonly #urls: readonly string[];
	readonly #failures: string[] = [];
	/** For new connections. */
	tls: ClientTls;
	#puts = 0;
	#isStopping = false;
	readonly #running: Promise<unknown>;

	constructor(members: readonly SecureMember[], tls: ClientTls) {
		this.#urls = members.map(({ addresses }) => addresses.clientUrl);
		this.tls = tls;
		this.#running = Promise.all(this.#urls.flatMap((url, i) => [this.#writeOnOne(url, i), this.#writeOnMany(url, i)]));
	}

	/** Resolves when so many more puts have been answered. */
	async more(puts: number): Promise<void> {
		const from = this.#puts;
		await eventually(() => this.#puts >= from + puts || this.#failures.length > 0, { what: `${puts} puts` });
	}

	async stop(): Promise<readonly string[]> {
		this.#isStopping = true;
		await this.#running;
		return this.#failures;
	}

	async #writeOnOne(url: string, i: number): Promise<void> {
		const client = new KvClient(url, this.tls);
		while (!this.#isStopping) {
			await this.#put(client, `kept/${i}`);
		}
		client.close();
	}

	async #writeOnMany(url: string, i: number): Promise<void> {
		while (!this.#isStopping) {
			const client = new KvClient(url, this.tls);
			await this.#put(client, `new/${i}`);
			client.close();
		}
	}

	async #put(client: KvClient, key: string): Promise<void> {
		try {
			await client.put(key, 'v', DEADLINE_MS);
			this.#puts += 1;
		} catch (error) {
			this.#failures.push(`${key}: ${String(error)}`);
			this.#isStopping = true;
		}
	}
}

/** At once, as whoever rotates has to: half a file is none. */
function replaceFile(path: string, content: string | Buffer): void {
	writeFileSync(`${path}.new`, content);
	renameSync(`${path}.new`, path);
}

function replacePair(old: CertificateFiles, now: CertificateFiles): void {
	replaceFile(old.key, readFileSync(now.key));
	replaceFile(old.cert, readFileSync(now.cert));
}

/** One rotation, step by step; between two steps many requests are answered. */
async function rotate(
	members: readonly SecureMember[],
	trusted: string,
	load: RotationLoad,
	{ from, to }: { readonly from: TestPki; readonly to: TestPki },
) {
	const client = await to.issue('client');
	const both = Buffer.concat([readFileSync(from.ca), readFileSync(to.ca)]);
	load.tls = { ...load.tls, ca: both };
	await load.more(PUTS_BETWEEN);
	replaceFile(trusted, both);
	await load.more(PUTS_BETWEEN);
	for (const { files, addresses } of members) {
		replacePair(files, await to.issue(`${addresses.name}-next`, { commonName: addresses.name }));
		await load.more(PUTS_BETWEEN);
	}
	load.tls = to.clientTls(client);
	await load.more(PUTS_BETWEEN);
	replaceFile(trusted, readFileSync(to.ca));
	await load.more(PUTS_BETWEEN);
}

test('cluster: tls: the CA of three members is rotated under load and no request fails', async () => {
	const first = await TestPki.make('CA 0');
	const trusted = join(first.directory, 'trusted.crt');
	replaceFile(trusted, readFileSync(first.ca));
	const members = await startSecureMembers(first, NAMES, () => ({ 'trusted-ca-file': trusted, 'peer-trusted-ca-file': trusted }));
	try {
		let former = first;
		let current = first;
		const load = new RotationLoad(members, first.clientTls(await first.issue('client')));
		await load.more(PUTS_BETWEEN);
		for (let round = 1; round <= ROUNDS; round++) {
			former = current;
			current = await TestPki.make(`CA ${round}`);
			await rotate(members, trusted, load, { from: former, to: current });
		}
		assert.deepEqual(await load.stop(), []);
		await assertOnlyTrusts(members, current, former);
	} finally {
		await endMembers(members);
	}
});

/** What is trusted now, and what no more, shows at new connections; of members too: one that was killed comes back. */
async function assertOnlyTrusts(members: readonly SecureMember[], current: TestPki, former: TestPki): Promise<void> {
	const [{ addresses, member }] = members as readonly [SecureMember];
	const outdated = { ...former.clientTls(await former.issue('client')), ca: readFileSync(current.ca) };
	assert.equal((await callTls(Number(new URL(addresses.clientUrl).port), outdated)).answer, '');
	await member.said('the client certificate is refused');
	await member.kill();
	await member.start();
	const client = new KvClient(addresses.clientUrl, current.clientTls(await current.issue('client')));
	await client.put('after', 'rotation', DEADLINE_MS);
	client.close();
	for (const each of members) {
		assert.equal(each.member.lines.filter((line) => line.includes('rejected connection on peer endpoint')).length, 0, each.member.name);
	}
}
