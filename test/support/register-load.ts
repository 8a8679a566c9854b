/** Registers that only grow (max-register.ts), written and read at every member of a cluster until they are stopped; a stale read is found whatever else happens. */
import assert from 'node:assert/strict';
import { delay, eventually } from './eventually.ts';
import { KvClient } from './kv-client.ts';
import { MaxRegister, toRegisterValue } from './max-register.ts';
import type { Member } from './member.ts';

const REGISTERS = 4;
/** After a write or a read that was not answered. */
const PAUSE_MS = 50;
/** Outlasts what a member may sleep: the answer after its waking is the one that matters. */
const READ_DEADLINE_MS = 15_000;
const WRITE_DEADLINE_MS = 2_000;

/** Readers and writers of registers at every member, until they are stopped. */
export class RegisterLoad {
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
			await delay(PAUSE_MS);
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
			await delay(PAUSE_MS);
		}
	}

	#keep(work: Promise<void>): void {
		this.#pending.add(work);
		work.finally(() => this.#pending.delete(work)).catch(() => {});
	}
}
