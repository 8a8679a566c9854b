/** Leases on quorate and on Debian's etcd: what the service answers, call by call, what etcdctl prints, and what etcd3's leases do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Etcd3 } from 'etcd3';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import { LeaseClient } from '../support/lease-client.ts';
import type { Member } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { known, type Rule } from './known-differences.ts';
import { type Pair, usePair } from './pair.ts';
import { type Command, compare } from './transcript.ts';

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** What came of a call, as text; the seconds that are left change from look to look. */
async function outcome(attempt: Promise<unknown>): Promise<string> {
	try {
		const text = JSON.stringify((await attempt) ?? 'done', (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
		return text.replace(/"ttl":[3-6]\d\d,"granted":600/g, '"ttl":"about 600","granted":600');
	} catch (error) {
		return error instanceof RpcError ? `status ${error.grpcStatus}: ${error.message}` : String(error);
	}
}

interface Words {
	readonly member: Member;
	readonly client: LeaseClient;
	/** Writes down what came of it. */
	say(attempt: Promise<unknown>): Promise<void>;
}

type Program = (words: Words) => Promise<void>;

async function revisionOf({ member }: Words): Promise<number> {
	return (await member.client.range('none')).revision;
}

const PROGRAMS: Readonly<Record<string, Program>> = {
	grants: async ({ client, say }) => {
		for (const [id, ttl] of [
			[11n, 600],
			[11n, 600],
			[11n, 9_000_000_001],
			[12n, 9_000_000_000],
			[13n, 9_000_000_001],
			[LARGEST, 600],
			[SMALLEST, 600],
			[-1n, 600],
		] as const) {
			await say(client.grant(id, ttl));
		}
		for (const id of [LARGEST, SMALLEST, -1n]) {
			await say(client.timeToLive(id, true));
			await say(client.renew(id));
			await say(client.revoke(id));
		}
		await say(client.revoke(11n));
		await say(client.revoke(12n));
		await say(client.leases());
	},
	'the least time': async ({ client, say }) => {
		for (const [i, ttl] of [1, 0, -5].entries()) {
			await say(client.grant(BigInt(20 + i), ttl));
			await say(client.renew(BigInt(20 + i)));
			await say(client.revoke(BigInt(20 + i)));
		}
	},
	'leases that are not there': async ({ client, say }) => {
		await say(client.revoke(99n));
		await say(client.renew(99n));
		await say(client.renew(0n));
		await say(client.timeToLive(99n, true));
		await say(client.timeToLive(0n));
		await say(client.revoke(0n));
		await say(client.put('none', 99n));
	},
	'keys of a lease': async (words) => {
		const { member, client, say } = words;
		await say(client.grant(31n, 600));
		await say(client.grant(32n, 600));
		for (const key of ['l/c', 'l/a', 'l/b']) {
			await say(client.put(key, 31n));
		}
		await say(client.timeToLive(31n, true));
		await say(client.put('l/a', 32n));
		await say(member.client.put('l/b', 'without'));
		await say(client.timeToLive(31n, true));
		await say(client.timeToLive(32n, true));
		await say(member.client.delete('l/c'));
		await say(client.timeToLive(31n, true));
		await say(client.put('l/d', 31n));
		await say(client.put('l/e', 31n));
		await say(client.revoke(31n));
		await say(revisionOf(words));
		await say(client.revoke(32n));
		await say(member.client.range('l/', { rangeEnd: 'l0' }));
		await say(client.grant(33n, 600));
		await say(client.revoke(33n));
		await say(revisionOf(words));
		await say(member.client.hashKv().then(({ hash }) => hash));
	},
	expiry: async (words) => {
		const { member, client, say } = words;
		await say(client.grant(41n, 2));
		await say(client.put('m/a', 41n));
		await say(client.put('m/b', 41n));
		await eventually(async () => (await member.client.get('m/a')) === null, { what: 'the lease to be over' });
		await say(member.client.range('m/', { rangeEnd: 'm0' }));
		await say(client.timeToLive(41n, true));
		await say(client.renew(41n));
		await say(client.revoke(41n));
		await say(client.grant(41n, 600));
		await say(client.timeToLive(41n, true));
		await say(client.revoke(41n));
		await say(revisionOf(words));
	},
};

async function saidOn(member: Member, program: Program): Promise<readonly string[]> {
	const said: string[] = [];
	const client = new LeaseClient(member.clientUrl);
	try {
		await program({ member, client, say: async (attempt) => void said.push(await outcome(attempt)) });
	} finally {
		client.close();
	}
	return said;
}

const RULES: readonly Rule[] = [
	known('ids', /\b[0-9a-f]{16}\b/g, 'ID'),
	known('ids', /"(cluster_id|member_id)":\d+/g, '"$1":"ID"'),
	known('raft-place', /"raft_term":\d+/g, '"raft_term":"N"'),
	known('clock', /remaining\(\d+s\)/g, 'remaining(TIME)'),
	known('clock', /"ttl":[3-6]\d\d,"granted-ttl":600/g, '"ttl":"TIME","granted-ttl":600'),
	known('clock', /"ts":"[^"]*"/g, '"ts":"TIME"'),
	known('clock', /client-[0-9a-f-]{36}/g, 'client-RANDOM'),
];

const LINES: readonly (readonly string[])[] = [
	['lease', 'grant', '600'],
	['lease', 'grant', '1'],
	['lease', 'grant', '9000000001'],
	['put', 'n/b', '2', '--lease', '4d2'],
	['put', 'n/a', '1', '--lease', '4d2'],
	['put', 'n/c', '3', '--lease', '4d3'],
	['get', 'n/a', '-w', 'json'],
	['put', 'n/a', 'again', '--ignore-lease'],
	['get', 'n/a', '-w', 'json'],
	['lease', 'timetolive', '4d2'],
	// Of two keys etcd's order is chance.
	['del', 'n/b'],
	['lease', 'timetolive', '4d2', '--keys', '-w', 'json'],
	['lease', 'timetolive', '4d3', '--keys'],
	['lease', 'keep-alive', '4d2', '--once'],
	['lease', 'keep-alive', '4d3', '--once'],
	['lease', 'revoke', '4d2'],
	['lease', 'revoke', '4d2'],
	['lease', 'timetolive', '4d2'],
	['get', 'n/', '--prefix', '-w', 'json'],
];

function compareEtcdctl(pair: Pair): Promise<void> {
	return compare(pair, async (member) => {
		const client = new LeaseClient(member.clientUrl);
		await client.grant(0x4d2n, 600);
		client.close();
		const toCommand = (args: readonly string[]): Command => ({
			program: 'etcdctl',
			args: ['--endpoints', member.clientUrl, ...args],
			env: { ETCDCTL_API: '3' },
		});
		return { commands: LINES.map(toCommand), rules: RULES };
	});
}

/** etcd3 keeps its leases alive by itself. */
async function useEtcd3(member: Member): Promise<readonly unknown[]> {
	const client = new Etcd3({ hosts: member.clientUrl });
	try {
		const lease = client.lease(60);
		const id = await lease.grant();
		await lease.put('o/kept').value('v');
		const renewed = await lease.keepaliveOnce();
		const found = await client.get('o/kept').exec();
		await lease.revoke();
		const after = await client.get('o/kept').string();
		const again = await client
			.put('o/kept')
			.value('v')
			.lease(id)
			.exec()
			.catch((error: Error) => error.message);
		return [renewed.TTL, found.kvs[0]?.lease === id, after, again];
	} finally {
		client.close();
	}
}

for (const configuration of configurations()) {
	describe(`clients: leases (${configuration.title})`, () => {
		const pair = usePair(configuration);
		for (const [title, program] of Object.entries(PROGRAMS)) {
			test(`clients: leases (${configuration.title}): ${title}`, async () => {
				const { quorate, etcd } = pair();
				const wanted = await saidOn(etcd, program);
				assert.deepEqual(await saidOn(quorate, program), wanted, 'quorate (actual) does not answer as etcd (expected) does');
			});
		}
		test(`clients: leases (${configuration.title}): etcdctl`, () => compareEtcdctl(pair()));
		test(`clients: leases (${configuration.title}): etcd3`, async () => {
			const { quorate, etcd } = pair();
			assert.deepEqual(await useEtcd3(quorate), await useEtcd3(etcd));
		});
	});
}
