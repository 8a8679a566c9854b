/**
 * The leader is stopped with SIGSTOP for 5 s and woken: it wakes believing that it still leads. Reads sent to it meanwhile wait in its socket, and
 * must not be answered from before what its successor has acknowledged since. No acknowledged write is lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, withCluster } from '../support/cluster.ts';
import { delay, eventually } from '../support/eventually.ts';
import { KvClient } from '../support/kv-client.ts';
import { MaxRegister, toRegisterValue } from '../support/max-register.ts';
import type { Member } from '../support/member.ts';
import { PutWorkload } from '../support/put-workload.ts';

const PAUSE_MS = 5_000;
const REGISTERS = 4;
/** While the leader sleeps, a read of each register is sent to it this often; none waits for another. */
const READ_EVERY_MS = 50;
/** Outlasts the pause: the answer after the waking is the one that matters. */
const READ_DEADLINE_MS = 15_000;
const WRITE_DEADLINE_MS = 2_000;

/** Readers and writers of registers at every member, until they are stopped. */
class RegisterLoad {
	readonly registers = Array.from({ length: REGISTERS }, (_, i) => new MaxRegister(`register/${i}`));
	readonly #clients: readonly (readonly [string, KvClient])[];
	readonly #pending = new Set<Promise<void>>();
	#isStopping = false;

	constructor(members: readonly Member[]) {
		this.#clients = members.map((member) => [member.name, new KvClient(member.clientUrl)]);
	}

	async start(): Promise<void> {
		const [first] = this.#clients;
		for (const register of this.registers) {
			await first?.[1].put(register.key, toRegisterValue(0));
		}
		for (const [name, client] of this.#clients) {
			for (const register of this.registers) {
				this.#keep(this.#repeat(() => this.#write(client, register)));
				this.#keep(this.#repeat(() => this.#read(name, client, register, READ_DEADLINE_MS)));
			}
		}
	}

	/** One read of each register at one member, waited for by nobody until stop. */
	fireReads(name: string): void {
		for (const [at, client] of this.#clients) {
			if (at === name) {
				for (const register of this.registers) {
					this.#keep(this.#read(name, client, register, READ_DEADLINE_MS));
				}
			}
		}
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		while (this.#pending.size > 0) {
			await Promise.all(this.#pending);
		}
	}

	/** A last read of each register through each member. */
	async readEverywhere(): Promise<void> {
		for (const [name, client] of this.#clients) {
			for (const register of this.registers) {
				const before = register.reads;
				await eventually(
					async () => {
						await this.#read(name, client, register, WRITE_DEADLINE_MS);
						return register.reads > before;
					},
					{ what: `a linearizable read of ${register.key} at ${name}` },
				);
			}
			client.close();
		}
	}

	async #repeat(once: () => Promise<void>): Promise<void> {
		while (!this.#isStopping) {
			await once();
		}
	}

	async #write(client: KvClient, register: MaxRegister): Promise<void> {
		const value = register.beginWrite();
		try {
			await client.putIfGreater(register.key, toRegisterValue(value), WRITE_DEADLINE_MS);
			register.endWrite(value);
		} catch {
			// Unknown: the value may be there or come yet, and the register allows for both.
			await delay(READ_EVERY_MS);
		}
	}

	async #read(name: string, client: KvClient, register: MaxRegister, deadlineMs: number): Promise<void> {
		const begun = register.beginRead(name);
		try {
			const value = await client.get(register.key, { deadlineMs });
			assert.ok(value !== null, `${register.key} is gone at ${name}`);
			register.endRead(begun, Number(value));
		} catch (error) {
			if (error instanceof assert.AssertionError) {
				throw error;
			}
			await delay(READ_EVERY_MS);
		}
	}

	#keep(work: Promise<void>): void {
		this.#pending.add(work);
		work.finally(() => this.#pending.delete(work)).catch(() => {});
	}
}

async function pauseLeader(cluster: Cluster, load: RegisterLoad): Promise<void> {
	const leader = await cluster.leader();
	leader.pause();
	const pausedAt = performance.now();
	const next = await cluster.leader();
	console.log(`figure: ${next.name} led ${Math.round(performance.now() - pausedAt)} ms after ${leader.name} was paused`);
	while (performance.now() - pausedAt < PAUSE_MS) {
		load.fireReads(leader.name);
		await delay(READ_EVERY_MS);
	}
	leader.resume();
	// It has woken and serves again when a write through it is acknowledged.
	await eventually(() => leader.client.put('woken', leader.name, WRITE_DEADLINE_MS), { what: `a put through ${leader.name} after its pause` });
}

test('cluster: leader pause: a leader that slept answers no stale read, and loses no write', async () => {
	await withCluster(3, {}, async (cluster) => {
		const workload = new PutWorkload({ endpoints: cluster.members.map((member) => member.clientUrl), writers: 16, valueBytes: 64 });
		const load = new RegisterLoad(cluster.members);
		await load.start();
		workload.start();
		await workload.progress(200);
		await pauseLeader(cluster, load);
		await workload.progress(200);
		await load.stop();
		await workload.stop();
		await load.readEverywhere();

		for (const register of load.registers) {
			assert.deepEqual([register.stale, register.invented], [[], []], `reads of ${register.key}`);
		}
		await cluster.assertEqualStores();
		for (const member of cluster.members) {
			assert.deepEqual(await workload.missingAt(member.client), [], `acknowledged puts that ${member.name} lacks`);
		}
		const reads = load.registers.reduce((sum, register) => sum + register.reads, 0);
		console.log(`figure: ${reads} linearizable reads checked, ${workload.acknowledged} puts acknowledged`);
	});
});
