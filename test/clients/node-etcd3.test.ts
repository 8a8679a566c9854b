/** The npm package etcd3: the same program against quorate and against Debian's etcd, its results compared. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Etcd3 } from 'etcd3';
import type { Member } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { known, type Rule } from './known-differences.ts';
import { type Pair, usePair } from './pair.ts';
import { normalise } from './transcript.ts';

type Program = (client: Etcd3) => Promise<readonly unknown[]>;

const RULES: readonly Rule[] = [
	known('ids', /"(cluster_id|member_id|ID|leader)":"\d+"/g, '"$1":"ID"'),
	known('raft-place', /"(raft_term|raftTerm|raftIndex)":"\d+"/g, '"$1":"N"'),
	known('version', /"version":"[\d.]+"/g, '"version":"VERSION"'),
	known('db-size', /"dbSize":"\d+"/g, '"dbSize":"SIZE"'),
];

async function resultsOf(member: Member, program: Program): Promise<string> {
	const client = new Etcd3({ hosts: member.clientUrl });
	try {
		const results = await program(client);
		return results.map((result) => normalise(member, JSON.stringify(result, showBytes) ?? 'undefined', RULES)).join('\n');
	} finally {
		client.close();
	}
}

/** A Buffer, which JSON has already made an object of, as the text that it holds. */
function showBytes(_name: string, value: unknown): unknown {
	const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
	return isBuffer ? `bytes ${Buffer.from(value.data as number[]).toString('latin1')}` : value;
}

async function compare(pair: Pair, program: Program): Promise<void> {
	const wanted = await resultsOf(pair.etcd, program);
	assert.equal(await resultsOf(pair.quorate, program), wanted, 'quorate (actual) does not give what etcd (expected) gives');
}

/** An expected failure as a result: its class and its message. */
async function failure(attempt: PromiseLike<unknown>): Promise<unknown> {
	try {
		return { answered: await attempt };
	} catch (error) {
		return error instanceof Error ? { failed: error.constructor.name, message: error.message } : { failed: error };
	}
}

const PROGRAMS: Readonly<Record<string, Program>> = {
	'put, get and delete': async (client) => [
		await client.put('a/k').value('v1'),
		await client.get('a/k').string(),
		await client.put('a/k').value('v2').getPrevious(),
		await client.get('a/k').exec(),
		await client.get('a/none').string(),
		await client.put('a/number').value(42),
		await client.get('a/number').number(),
		await client.put('a/bytes').value(Buffer.from([0, 255, 1])),
		await client.get('a/bytes').buffer(),
		await client.get('a/k').exists(),
		await client.delete().key('a/k').getPrevious(),
		await client.delete().key('a/k').exec(),
		await client.get('a/k').exec(),
	],
	'getAll with prefix, limit, order and count': async (client) => {
		for (const key of ['b/1', 'b/2', 'b/3', 'bb']) {
			await client.put(key).value(`value of ${key}`);
		}
		return [
			await client.getAll().prefix('b/').strings(),
			await client.getAll().prefix('b/').keys(),
			await client.getAll().prefix('b/').limit(2).exec(),
			await client.getAll().prefix('b/').sort('Key', 'Descend').keys(),
			await client.getAll().prefix('b/').count(),
			await client.getAll().inRange({ start: 'b/2', end: 'bb' }).keys(),
			await client.get('b/1').revision(1).exec(),
			await failure(client.get('b/1').revision(100_000).exec()),
			await client.delete().prefix('b/'),
			await client.getAll().prefix('b').keys(),
			await client.delete().all(),
			await client.getAll().count(),
		];
	},
	transactions: async (client) => [
		await client.if('c/k', 'Version', '==', 0).then(client.put('c/k').value('created')).else(client.get('c/k')).commit(),
		await client.if('c/k', 'Version', '==', 0).then(client.put('c/k').value('again')).else(client.get('c/k')).commit(),
		await client
			.if('c/k', 'Value', '==', 'created')
			.and('c/k', 'Mod', '>', 1)
			.then(client.put('c/k').value('swapped'), client.put('c/l').value('second'), client.get('c/l'))
			.commit(),
		await client.if('c/none', 'Value', '!=', 'x').then(client.put('c/yes').value('1')).else(client.put('c/no').value('1')).commit(),
		await client.if('c/k', 'Create', '>', 0).then(client.delete().prefix('c/')).commit(),
		await failure(client.if('c/k', 'Version', '==', 0).then(client.put('c/m').value('1'), client.put('c/m').value('2')).commit()),
		await client.getAll().prefix('c/').strings(),
	],
	namespaces: async (client) => {
		const space = client.namespace('d/');
		await space.put('k').value('inside');
		return [
			await space.get('k').string(),
			await client.get('d/k').string(),
			await space.getAll().strings(),
			await space.if('k', 'Value', '==', 'inside').then(space.put('k').value('changed')).commit(),
			await client.get('d/k').string(),
			await space.delete().all(),
			await client.get('d/k').string(),
		];
	},
	'optimistic transactions (stm)': async (client) => {
		await client.put('e/balance').value('10');
		await client.stm().transact(async (tx) => {
			const balance = await tx.get('e/balance').number();
			await tx.put('e/balance').value(String((balance ?? 0) + 5));
		});
		return [await client.get('e/balance').exec()];
	},
	errors: async (client) => [
		await failure(client.put('').value('x').exec()),
		await failure(client.put('f/k').value('x').lease(99).exec()),
		await failure(client.get('f/k').revision(-1).exec()),
		await failure(client.kv.compact({ revision: '100000' })),
	],
	'cluster and maintenance': async (client) => [await client.cluster.memberList({}), Object.keys(await client.maintenance.status()).sort()],
};

for (const configuration of configurations()) {
	describe(`clients: etcd3 (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, program] of Object.entries(PROGRAMS)) {
			test(`clients: etcd3 (${configuration.title}): ${title}`, () => compare(pair(), program));
		}
	});
}
