/** The npm package etcd3 as applications use it to work together: leases, locks, elections, watchers and optimistic transactions, beside Debian's etcd. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Campaign, Etcd3, EtcdLockFailedError, STMConflictError, type Watcher } from 'etcd3';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';

/** Two applications, each with a connection of its own. */
interface Two {
	readonly one: Etcd3;
	readonly other: Etcd3;
}

type Program = (two: Two) => Promise<readonly unknown[]>;

const TTL = 60;

async function refused(attempt: PromiseLike<unknown>): Promise<string> {
	try {
		await attempt;
		return 'done';
	} catch (error) {
		// Lease ids are long, and chosen by the server.
		return error instanceof Error ? `${error.constructor.name}: ${error.message}`.replace(/\d{10,}/, 'ID') : String(error);
	}
}

const PROGRAMS: Readonly<Record<string, Program>> = {
	'leases: keys go with their lease, a lost lease says so': async ({ one, other }) => {
		const lease = one.lease(TTL);
		const lost = new Promise<string>((resolve) => lease.on('lost', (error) => resolve(error.constructor.name)));
		const id = await lease.grant();
		await Promise.all(['1', '2', '3'].map((key) => lease.put(`lease/${key}`).value(key).exec()));
		const held = await other.getAll().prefix('lease/').strings();
		const { TTL: renewed } = await lease.keepaliveOnce();
		await other.leaseClient.leaseRevoke({ ID: id });
		const left = await other.getAll().prefix('lease/').strings();
		const again = await refused(lease.keepaliveOnce());
		return [held, renewed, left, again, await lost, await refused(lease.put('lease/late').value('x').exec())];
	},
	'leases: one that is released ends by itself': async ({ one, other }) => {
		const lease = one.lease(2);
		await lease.put('short/k').value('v').exec();
		lease.release();
		await eventually(async () => (await other.get('short/k').string()) === null, { what: 'the lease to be over' });
		return [await other.getAll().prefix('short/').count()];
	},
	'locks: one holder at a time': async ({ one, other }) => {
		const lock = one.lock('job').ttl(TTL);
		await lock.acquire();
		const second = await refused(other.lock('job').ttl(TTL).acquire());
		assert.ok(second.startsWith(EtcdLockFailedError.name), second);
		await lock.release();
		const done = await other.lock('job').do(async () => (await one.get('job').exists()) && 'locked');
		return [second, done, await one.get('job').exists()];
	},
	'locks: work under one lock does not overlap': async ({ one, other }) => {
		await one.put('counter').value(0);
		const work = async (client: Etcd3): Promise<void> => {
			for (let done = 0; done < 5; ) {
				const outcome = await refused(
					client.lock('counting').do(async () => {
						const seen = (await client.get('counter').number()) ?? 0;
						await client.put('counter').value(seen + 1);
						done++;
					}),
				);
				assert.ok(outcome === 'done' || outcome.startsWith(EtcdLockFailedError.name), outcome);
			}
		};
		await Promise.all([work(one), work(other)]);
		return [await one.get('counter').number()];
	},
	'elections: campaign, observe, proclaim, resign': async ({ one, other }) => {
		const election = other.election('chair', TTL);
		const observer = await election.observe();
		const leaders: (string | undefined)[] = [];
		observer.on('change', (leader) => leaders.push(leader));
		const observed = (leader: string | undefined) => eventually(() => leaders.at(-1) === leader, { what: `${leader} to be observed` });
		const first = one.election('chair', TTL).campaign('one');
		await first.wait();
		await observed('one');
		const second = election.campaign('two');
		await eventually(async () => (await one.getAll().prefix('election/chair/').count()) === 2, { what: 'two candidates' });
		await first.proclaim('one, again');
		await observed('one, again');
		const elected = won(second);
		await first.resign();
		await elected;
		await observed('two');
		const now = await one.election('chair', TTL).leader();
		await second.resign();
		await observed(undefined);
		await observer.cancel();
		return [leaders, now, await one.election('chair', TTL).leader()];
	},
	'watchers: several at once, canceled one by one': async ({ one, other }) => {
		const key = await heardOf(one.watch().key('watch/a').create());
		const prefix = await heardOf(one.watch().prefix('watch/').create());
		// Its ignore takes the two kinds for each other: this one leaves out deletes.
		const puts = await heardOf(one.watch().prefix('watch/').ignore('put').withPreviousKV().create());
		await other.put('watch/a').value('1');
		await other.put('watch/b').value('2');
		await other.delete().key('watch/a');
		await key.count(2);
		await key.watcher.cancel();
		await other.put('watch/a').value('3');
		await other.put('watch/a').value('END');
		await Promise.all([prefix.count(5), puts.count(4)]);
		await Promise.all([prefix.watcher.cancel(), puts.watcher.cancel()]);
		return [key.lines, prefix.lines, puts.lines];
	},
	// With two keys in one, its stm conflicts with another for ever, on etcd as well.
	'optimistic transactions (stm): concurrent ones lose nothing': async ({ one, other }) => {
		await one.put('stm/balance').value(100);
		const moveFive = async (client: Etcd3): Promise<void> => {
			for (let done = 0; done < 5; ) {
				const take = client.stm().transact(async (tx) => {
					const balance = (await tx.get('stm/balance').number()) ?? 0;
					await tx.put('stm/balance').value(balance - 1);
				});
				// It may give up under contention; then nothing of it is done.
				const outcome = await refused(take);
				assert.ok(outcome === 'done' || outcome.startsWith(STMConflictError.name), outcome);
				done += outcome === 'done' ? 1 : 0;
			}
		};
		await Promise.all([moveFive(one), moveFive(other)]);
		return [await one.get('stm/balance').number()];
	},
	'a key that only one of two creates': async ({ one, other }) => {
		const created = await Promise.all(
			[one, other].map(async (client) => (await client.if('only', 'Create', '==', 0).then(client.put('only').value('x')).commit()).succeeded),
		);
		return [created.sort(), await one.get('only').string()];
	},
};

function won(campaign: Campaign): Promise<void> {
	return new Promise((resolve) => campaign.on('elected', resolve));
}

interface Heard {
	readonly watcher: Watcher;
	readonly lines: readonly string[];
	count(count: number): Promise<void>;
}

async function heardOf(created: Promise<Watcher>): Promise<Heard> {
	const watcher = await created;
	const lines: string[] = [];
	watcher.on('put', (kv, previous) => lines.push(`put ${kv.key}=${kv.value} before ${previous?.value ?? 'nothing'}`));
	watcher.on('delete', (kv) => lines.push(`delete ${kv.key}`));
	return { watcher, lines, count: (count) => eventually(() => lines.length >= count, { what: `${count} events` }).then(() => {}) };
}

async function resultsOf(member: Member, program: Program): Promise<readonly unknown[]> {
	const two = { one: new Etcd3({ hosts: member.clientUrl }), other: new Etcd3({ hosts: member.clientUrl }) };
	try {
		return await program(two);
	} finally {
		two.one.close();
		two.other.close();
	}
}

for (const configuration of configurations()) {
	describe(`clients: etcd3 together (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, program] of Object.entries(PROGRAMS)) {
			test(`clients: etcd3 together (${configuration.title}): ${title}`, async () => {
				const { quorate, etcd } = pair();
				const [seen, wanted] = await Promise.all([resultsOf(quorate, program), resultsOf(etcd, program)]);
				assert.deepEqual(seen, wanted, 'quorate (actual) does not give what etcd (expected) gives');
			});
		}
	});
}
