/**
 * Leases on three members as real processes: any member serves them, and a change of leaders neither ends one early nor begins its time anew.
 * A lease has ended early if its key is gone sooner than its time after the last word of its life was asked for: a reader can only be late.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { LeaseClient } from '../support/lease-client.ts';

const WITHIN_MS = 120_000;
const RENEW_EVERY_MS = 500;

async function withClients(cluster: Cluster, work: (clients: ReadonlyMap<string, LeaseClient>) => Promise<void>): Promise<void> {
	const clients = new Map(cluster.members.map(({ name, clientUrl }) => [name, new LeaseClient(clientUrl)]));
	try {
		await work(clients);
	} finally {
		for (const client of clients.values()) {
			client.close();
		}
	}
}

/** Renews at one member after the other; an attempt that fails is followed by the next. */
class Renewer {
	readonly #clients: readonly LeaseClient[];
	readonly #id: bigint;
	/** Renewals that said that there is no such lease. */
	gone = 0;
	renewed = 0;
	/** When the last one that was answered was asked for. */
	lastAskedAt = 0;
	#isStopping = false;
	readonly #running: Promise<void>;

	constructor(clients: readonly LeaseClient[], id: bigint) {
		this.#clients = clients;
		this.#id = id;
		this.#running = this.#run();
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		await this.#running;
	}

	async #run(): Promise<void> {
		for (let attempt = 0; !this.#isStopping; attempt++) {
			const client = this.#clients[attempt % this.#clients.length] as LeaseClient;
			const askedAt = performance.now();
			const ttl = await client.renew(this.#id, 2_000).catch(() => null);
			if (ttl !== null) {
				this.lastAskedAt = askedAt;
				this.renewed += ttl > 0 ? 1 : 0;
				this.gone += ttl > 0 ? 0 : 1;
			}
			await delay(RENEW_EVERY_MS);
		}
	}
}

function goneAt(cluster: Cluster, key: string): Promise<number> {
	return eventually(
		async () => {
			const member = cluster.awake[0];
			return (await member?.client.get(key, { deadlineMs: 2_000 })) === null ? performance.now() : null;
		},
		{ what: `${key} to be gone`, withinMs: WITHIN_MS },
	);
}

test('cluster: leases: every member grants, renews, tells and revokes, whoever leads', async () => {
	await withCluster(3, {}, (cluster) =>
		withClients(cluster, async (clients) => {
			const names = cluster.members.map(({ name }) => name);
			for (const [i, name] of names.entries()) {
				const here = clients.get(name) as LeaseClient;
				const next = clients.get(names[(i + 1) % 3] as string) as LeaseClient;
				const id = i === 0 ? 2n ** 63n - 1n : BigInt(-i);
				assert.deepEqual(await here.grant(id, 600), { id, ttl: 600 });
				await next.put(`${name}/b`, id);
				await here.put(`${name}/a`, id);
				assert.equal(await next.renew(id), 600);
				const { ttl, granted, keys } = await next.timeToLive(id, true);
				assert.deepEqual([granted, keys], [600, [`${name}/a`, `${name}/b`]]);
				assert.ok(ttl > 500 && ttl <= 600, `${ttl} s are left of 600`);
				await next.revoke(id);
				assert.equal(await here.renew(id), 0);
				assert.deepEqual(await here.timeToLive(id, true), { ttl: -1, granted: 0, keys: [] });
			}
		}),
	);
});

test('cluster: leases: when the leader is killed a lease neither ends early nor begins anew, and one that is kept alive lives on', async () => {
	await withCluster(3, {}, (cluster) =>
		withClients(cluster, async (clients) => {
			const leader = await cluster.leader();
			const others = [...clients].filter(([name]) => name !== leader.name).map(([, client]) => client);
			const [client] = others as [LeaseClient];
			await client.grant(2n, 20);
			await client.put('kept', 2n);
			const renewer = new Renewer(others, 2n);
			const grantedAt = performance.now();
			await client.grant(1n, 12);
			await client.put('left', 1n);
			// Half of the time, when what is left is replicated, is over for some seconds.
			await eventually(async () => (await client.timeToLive(1n)).ttl <= 4, { what: 'four seconds to be left', withinMs: WITHIN_MS });
			await leader.kill('SIGKILL');
			const next = await cluster.leader();
			const { ttl } = await (clients.get(next.name) as LeaseClient).timeToLive(1n);
			assert.ok(ttl <= 8, `${ttl} s of 12 are left under the next leader, though half had been replicated`);
			const livedMs = (await goneAt(cluster, 'left')) - grantedAt;
			assert.ok(livedMs >= 12_000, `a lease of 12 s was over after ${Math.round(livedMs)} ms`);
			const renewedBefore = renewer.renewed;
			await eventually(() => renewer.renewed > renewedBefore + 3, { what: 'renewals under the next leader', withinMs: WITHIN_MS });
			await renewer.stop();
			assert.equal(renewer.gone, 0);
			assert.equal(await next.client.get('kept'), 'v');
			console.log(`figure: a lease of 12 s lived ${Math.round(livedMs)} ms across the death of its leader, ${ttl} s were left after it`);
		}),
	);
});

test('cluster: leases: a leader that slept ends no lease that was kept alive meanwhile (etcd issue 15247)', async () => {
	await withCluster(3, {}, (cluster) =>
		withClients(cluster, async (clients) => {
			const leader = await cluster.leader();
			const others = [...clients].filter(([name]) => name !== leader.name).map(([, client]) => client);
			const [client] = others as [LeaseClient];
			await client.grant(1n, 8);
			await client.put('kept', 1n);
			leader.pause();
			const renewer = new Renewer(others, 1n);
			await cluster.leader();
			// Longer than the lease: the sleeper wakes and finds its time over.
			const pausedAt = performance.now();
			await eventually(() => performance.now() - pausedAt > 9_000 && renewer.renewed > 5, {
				what: 'the lease to outlive its time',
				withinMs: WITHIN_MS,
			});
			leader.resume();
			await eventually(async () => (await leader.client.put('woken', leader.name, 2_000)) > 0, { what: 'a put through the woken' });
			const before = renewer.renewed;
			await eventually(() => renewer.renewed > before + 3, { what: 'renewals behind the wake', withinMs: WITHIN_MS });
			await renewer.stop();
			assert.equal(renewer.gone, 0);
			for (const member of cluster.members) {
				assert.equal(await member.client.get('kept'), 'v', `the key on ${member.name}`);
			}
		}),
	);
});
