/**
 * What people run etcdctl for beside single requests: make-mirror to Debian's etcd and back, lease keep-alive for as long as it is let, check datascale,
 * and, in the full form (npm run prove -- clients), check perf, which takes a minute.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Child, startProgram } from '../support/child-process.ts';
import { removeTempDirectory } from '../support/cleanup.ts';
import { etcdctl } from '../support/etcdctl.ts';
import { eventually } from '../support/eventually.ts';
import { LeaseClient } from '../support/lease-client.ts';
import { type Member, startMember } from '../support/member.ts';
import { run } from '../support/run.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';

const isFull = process.env['FULL'] !== undefined;
const CHECK_WITHIN_MS = 180_000;
const KEYS = 300;

/** Keys and values below a prefix, without it. */
async function contentOf(member: Member, prefix: string): Promise<readonly string[]> {
	const { kvs } = await member.client.range(prefix, { rangeEnd: `${prefix.slice(0, -1)}0` });
	return kvs.map(({ key, value }) => `${key.slice(prefix.length)}=${value}`);
}

interface Mirror {
	readonly from: Member;
	readonly prefix: string;
	readonly to: Member;
	readonly destination: string;
}

function startMirror({ from, prefix, to, destination }: Mirror): Child {
	const args = ['--endpoints', from.clientUrl, 'make-mirror', '--prefix', prefix, '--dest-prefix', destination, new URL(to.clientUrl).host];
	return startProgram('etcdctl', args, { ETCDCTL_API: '3' });
}

async function untilMirrored(mirror: Mirror): Promise<void> {
	const { from, prefix, to, destination } = mirror;
	const wanted = (await contentOf(from, prefix)).join('\n');
	await eventually(async () => (await contentOf(to, destination)).join('\n') === wanted, { what: `${destination} to be what ${prefix} is` });
}

/** What is there before, then what is changed while the mirror runs. */
async function mirrorWhileWriting(mirror: Mirror): Promise<void> {
	const { from, prefix } = mirror;
	const child = startMirror(mirror);
	try {
		await untilMirrored(mirror);
		for (let i = 0; i < 20; i++) {
			await from.client.put(`${prefix}live/${i}`, `live ${i}`);
		}
		await from.client.put(`${prefix}1`, 'changed');
		await from.client.delete(`${prefix}2`);
		// Eleven keys in one revision.
		await from.client.delete(`${prefix}live/1`, { rangeEnd: `${prefix}live/2` });
		await untilMirrored(mirror);
	} finally {
		child.process.kill('SIGINT');
		await child.ended;
	}
}

for (const configuration of configurations()) {
	describe(`clients: etcdctl tools (${configuration.title})`, () => {
		const pair = usePair(configuration);

		test(`clients: etcdctl tools (${configuration.title}): make-mirror to etcd, and from there back`, async () => {
			const { quorate, etcd } = pair();
			await Promise.all(Array.from({ length: KEYS }, (_, i) => quorate.client.put(`mirror/${i}`, `value ${i}`)));
			await mirrorWhileWriting({ from: quorate, prefix: 'mirror/', to: etcd, destination: 'copy/' });
			await mirrorWhileWriting({ from: etcd, prefix: 'copy/', to: quorate, destination: 'back/' });
			// One was deleted, and eleven of the twenty that came.
			assert.equal((await contentOf(quorate, 'back/')).length, KEYS - 1 + 20 - 11);
		});

		test(`clients: etcdctl tools (${configuration.title}): lease keep-alive keeps a lease until it is stopped`, async () => {
			const { quorate } = pair();
			const leases = new LeaseClient(quorate.clientUrl);
			try {
				const { id } = await leases.grant(0x77n, 3);
				await leases.put('kept', id);
				const keeper = startProgram('etcdctl', ['--endpoints', quorate.clientUrl, 'lease', 'keep-alive', '77'], { ETCDCTL_API: '3' });
				// It renews each second: this is longer than the lease would have lasted.
				await keeper.saying(/(?:lease 0*77 keepalived with TTL\(3\)\n){4}/);
				assert.equal(await quorate.client.get('kept'), 'v');
				keeper.process.kill('SIGINT');
				await keeper.ended;
				await eventually(async () => (await quorate.client.get('kept')) === null, { what: 'the lease to be over' });
				const { code, stdout } = await etcdctl([quorate.clientUrl], ['lease', 'keep-alive', '77']);
				assert.deepEqual([code, stdout.trim()], [0, 'lease 0000000000000077 expired or revoked.']);
			} finally {
				leases.close();
			}
		});
	});
}

describe('clients: etcdctl check', () => {
	let member: Member;
	before(async () => {
		member = await startMember();
	});
	after(async () => {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	});

	const check = (...args: readonly string[]) =>
		run('etcdctl', ['--endpoints', member.clientUrl, 'check', ...args], { env: { ETCDCTL_API: '3' }, withinMs: CHECK_WITHIN_MS });

	test('clients: etcdctl check: datascale writes its keys, reads the memory and cleans up', async () => {
		const { code, stdout, stderr } = await check('datascale', '--load', 's', '--auto-compact', '--auto-defrag');
		assert.deepEqual([code, stderr.includes('rror')], [0, false], `${stdout}\n${stderr}`);
		console.log(`figure: check datascale: ${/Approximate system memory used : .*/.exec(stdout)?.[0]}`);
		assert.match(stdout, /^PASS: Approximate system memory used : [\d.]+ MB\.$/m);
		assert.deepEqual(await contentOf(member, '/etcdctl-check-datascale/'), []);
	});

	if (isFull) {
		test('clients: etcdctl check: perf ends with its verdicts, and no request fails', async () => {
			const { stdout, stderr } = await check('perf', '--load', 's', '--auto-compact', '--auto-defrag');
			const verdicts = stdout.match(/(?:PASS|FAIL)[:\n].*/g) ?? [];
			console.log(`figure: check perf: ${verdicts.join('; ')}`);
			// Whether a machine that does other work as well is fast enough for them is not decided here.
			assert.equal(verdicts.filter((line) => /: (?:Throughput|Slowest|Stddev)/.test(line)).length, 3, `${stdout}\n${stderr}`);
			assert.ok(!stdout.includes('too many errors'), stdout);
		});
	}
});
