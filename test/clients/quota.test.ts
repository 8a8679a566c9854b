/**
 * The quota on quorate and on Debian's etcd, each filled up to it: the same requests are refused in the same words, and the same pass. What
 * frees space differs (known-differences.md, nospace-clears), so how it ends is not compared, only that both take puts again.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { RpcError } from '../support/grpc-client.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { known, type Rule } from './known-differences.ts';
import { type Command, compare, record } from './transcript.ts';

const QUOTA_BYTES = 8 * 2 ** 20;
const VALUE_BYTES = 256 * 2 ** 10;
const PUTS_MAX = 100;
const SPACE = 'etcdserver: mvcc: database space exceeded';

const RULES: readonly Rule[] = [
	known('ids', /memberID:\d+/g, 'memberID:ID'),
	known('clock', /took = \d+(\.\d+)?(µs|ms|s)/g, 'took = TIME'),
	known('clock', /"ts":"[^"]*"/g, '"ts":"TIME"'),
	known('clock', /client-[0-9a-f-]{36}/g, 'client-RANDOM'),
];

function etcdctl(member: Member, args: readonly string[], input = ''): Command {
	return { program: 'etcdctl', args: ['--endpoints', member.clientUrl, ...args], env: { ETCDCTL_API: '3' }, input };
}

/** Puts until one is refused for want of space. */
async function fill(member: Member): Promise<void> {
	for (let i = 0; i < PUTS_MAX; i++) {
		try {
			await member.client.put(`fill/${i}`, 'x'.repeat(VALUE_BYTES));
		} catch (error) {
			assert.ok(error instanceof RpcError && error.message.includes(SPACE), String(error));
			return;
		}
	}
	assert.fail(`${PUTS_MAX} puts of ${VALUE_BYTES} bytes fit a quota of ${QUOTA_BYTES}`);
}

async function takesPuts(member: Member): Promise<boolean> {
	try {
		await member.client.put('again', 'x');
		return true;
	} catch {
		return false;
	}
}

describe('clients: quota', () => {
	const started: Member[] = [];
	before(async () => {
		const flags = { 'quota-backend-bytes': String(QUOTA_BYTES) };
		started.push(await startMember({ flags }), await startEtcd({ flags }));
		for (const member of started) {
			await member.client.put('old', 'v');
			await fill(member);
		}
	});
	after(async () => {
		for (const member of started) {
			member.client.close();
			await member.kill();
			removeTempDirectory(member.dataDir);
		}
	});

	const pair = () => {
		const [quorate, etcd] = started;
		assert.ok(quorate !== undefined && etcd !== undefined);
		return { quorate, etcd };
	};

	test('clients: quota: a full store refuses what puts, takes the rest, and names the alarm', () =>
		compare(pair(), (member) => ({
			commands: [
				etcdctl(member, ['alarm', 'list']),
				etcdctl(member, ['put', 'k', 'v']),
				etcdctl(member, ['lease', 'grant', '60']),
				etcdctl(member, ['txn', '-i'], '\nput k v\n\n\n'),
				etcdctl(member, ['txn', '-i'], '\nget old\n\nput k v\n\n'),
				etcdctl(member, ['txn', '-i'], '\nget old\nput k v\n\n\n'),
				etcdctl(member, ['txn', '-i'], '\nget old\ndel old\n\n\n'),
				etcdctl(member, ['endpoint', 'health']),
				etcdctl(member, ['get', 'old']),
				etcdctl(member, ['put', 'old', '--ignore-value']),
				etcdctl(member, ['del', 'fill/1']),
				etcdctl(member, ['compaction', '2']),
				etcdctl(member, ['alarm', 'list']),
				etcdctl(member, ['alarm', 'disarm']),
				etcdctl(member, ['alarm', 'disarm']),
				etcdctl(member, ['alarm', 'list']),
				// It does not fit, with or without the alarm, and raises it again.
				etcdctl(member, ['put', 'large'], 'x'.repeat(2 * VALUE_BYTES)),
				etcdctl(member, ['alarm', 'list']),
				etcdctl(member, ['defrag']),
			],
			rules: RULES,
		})));

	test('clients: quota: deletes, a compaction and what etcd needs beyond bring back the space', async () => {
		for (const member of started) {
			await member.client.delete('fill/', { rangeEnd: 'fill0' });
			const { revision } = await member.client.status();
			await member.client.compact(revision);
		}
		const { etcd, quorate } = pair();
		await record(etcd, [etcdctl(etcd, ['defrag']), etcdctl(etcd, ['alarm', 'disarm'])], RULES);
		await eventually(() => takesPuts(etcd), { what: 'etcd to take puts again' });
		await eventually(() => takesPuts(quorate), { what: 'quorate to take puts again, untold' });
	});
});
