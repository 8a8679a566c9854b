/**
 * Thousands of leases, each with a key, all over within the same second: on one member, and on three with a change of leaders in the middle. None may
 * end early, all must end, and writes go on meanwhile; how long it takes and how writes fare are figures. LEASES_ALONE, LEASES_SHARED and
 * SECONDS set the size (npm run prove: 100,000, 20,000, 120).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { longFromHex } from '../../src/rpc/long-id.ts';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { KvClient } from '../support/kv-client.ts';
import { LeaseStorm } from '../support/lease-storm.ts';

const ALONE = Number(process.env['LEASES_ALONE'] ?? 1_000);
const SHARED = Number(process.env['LEASES_SHARED'] ?? 600);
const SECONDS = Number(process.env['SECONDS'] ?? 8);
const GRANTERS = 64;
const WRITERS = 8;
/** Each writer rests so long between two puts: their latency is wanted, not their number. */
const REST_MS = 10;
const WITHIN_MS = 180_000;

/** Writers that note how long each put took. One that fails is made again; its time counts. */
class Writes {
	readonly #clients: readonly KvClient[];
	readonly #milliseconds: number[] = [];
	#isStopping = false;
	#running: Promise<unknown> = Promise.resolve();

	constructor(endpoints: readonly string[]) {
		this.#clients = endpoints.map((endpoint) => new KvClient(endpoint));
	}

	start(): void {
		this.#running = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)));
	}

	async stop(): Promise<string> {
		this.#isStopping = true;
		await this.#running;
		for (const client of this.#clients) {
			client.close();
		}
		const sorted = this.#milliseconds.sort((a, b) => a - b);
		const at = (part: number): string => `${(sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1)} ms`;
		return `${sorted.length} puts meanwhile: p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
	}

	async #write(writer: number): Promise<void> {
		for (let put = 0; !this.#isStopping; put++) {
			const began = performance.now();
			const client = this.#clients[(writer + put) % this.#clients.length] as KvClient;
			await eventually(async () => (await client.put(`other/${writer}`, String(put))) > 0, { what: 'a put', everyMs: 5 });
			this.#milliseconds.push(performance.now() - began);
			await delay(REST_MS);
		}
	}
}

async function handOver(cluster: Cluster): Promise<void> {
	const leader = await cluster.leader();
	const next = await cluster.follower();
	const { memberId } = await next.client.status();
	const grpc = new GrpcClient(leader.clientUrl);
	const encode = (targetID: ReturnType<typeof longFromHex>): Uint8Array => pb.MoveLeaderRequest.encode({ targetID }).finish();
	await grpc.call({ path: '/etcdserverpb.Maintenance/MoveLeader', encode, decode: () => null }, longFromHex(memberId), 10_000);
	grpc.close();
}

async function runStorm(cluster: Cluster, leases: number, during: (storm: LeaseStorm) => Promise<void>): Promise<void> {
	const endpoints = cluster.members.map((member) => member.clientUrl);
	const storm = new LeaseStorm({ endpoints, leases, seconds: SECONDS, grantersAtOnce: GRANTERS });
	try {
		await storm.begin();
		assert.equal(storm.ended, 0, 'all are granted before the first is over: give them more seconds');
		await eventually(() => storm.ended > 0, { what: 'the first lease to be over', withinMs: WITHIN_MS, everyMs: 5 });
		const writes = new Writes(endpoints);
		writes.start();
		await during(storm);
		await storm.over(WITHIN_MS);
		const wrote = await writes.stop();
		await eventually(async () => (await storm.left()) === 0, { what: 'no member to have a lease' });
		console.log(`figure: ${leases} leases on ${endpoints.length}: all gone ${storm.lastedMs} ms after the second in which they were over; ${wrote}`);
		assert.deepEqual(storm.early(), []);
		await cluster.assertEqualStores();
	} finally {
		storm.close();
	}
}

test('cluster: lease expiry: a mass of leases on one member ends, none of them early, while writes go on', async () => {
	await withCluster(1, {}, (cluster) => runStorm(cluster, ALONE, async () => {}));
});

test('cluster: lease expiry: a mass of leases on three members ends across a change of leaders, none of them early', async () => {
	await withCluster(3, {}, (cluster) =>
		runStorm(cluster, SHARED, async (storm) => {
			const former = await cluster.leader();
			await handOver(cluster);
			console.log(`figure: ${storm.ended} of ${SHARED} were gone when ${(await cluster.leader()).name} took over from ${former.name}`);
		}),
	);
});
