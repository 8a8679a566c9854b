/** The Lock and Election services, call by call, on quorate and on Debian's etcd; and etcdctl's own lock and elect, which need only leases and watches. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { longFromNumber } from '../../src/rpc/long-id.ts';
import { startProgram } from '../support/child-process.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { etcdctl } from '../support/etcdctl.ts';
import type { Member } from '../support/member.ts';
import { configurations } from './configurations.ts';
import { bytes, LockProgram } from './lock-program.ts';
import { usePair } from './pair.ts';

type Program = (program: LockProgram) => Promise<void>;

const PROGRAMS: Readonly<Record<string, Program>> = {
	'what is refused': async (p) => {
		const leader = { name: bytes('no'), key: bytes('no/1'), rev: longFromNumber(99), lease: longFromNumber(5) };
		p.seen.push(
			await p.lock('no', 77),
			await p.campaign('no', 77, 'v'),
			await p.leader('no'),
			await p.proclaim({ value: bytes('v') }),
			await p.resign({}),
			await p.proclaim({ leader, value: bytes('v') }),
			await p.resign({ leader }),
			await p.unlock(''),
			await p.unlock('no/key'),
		);
	},
	'a lock without a lease of its own, and one that waits in vain': async (p) => {
		p.seen.push(await p.lock('free', 0), await p.lock('free', 0, 500));
		await p.inLine('free', 1);
		p.seen.push(await p.lock('', 0));
	},
	'a line of three: unlocked, revoked, locked again': async (p) => {
		for (const id of [-5, 11, 12, 13]) {
			p.seen.push(await p.grant(id));
		}
		p.seen.push(await p.lock('line', -5), await p.lock('line', -5));
		const second = p.lock('line', 11);
		await p.inLine('line', 2);
		const third = p.lock('line', 12);
		await p.inLine('line', 3);
		p.seen.push(await p.unlock('line/-5'), await second, await p.revoke(11), await third);
		p.seen.push(await p.lock('line', 12), await p.unlock('line/c'), await p.lock('line', 13));
	},
	'an election: campaign, proclaim, observe, resign': async (p) => {
		for (const id of [21, 22, 23]) {
			p.seen.push(await p.grant(id));
		}
		p.observe('chair');
		p.seen.push(await p.campaign('chair', 21, 'one'));
		await p.observed(1);
		const { revision } = await p.member.client.range('chair/15');
		const first = { name: bytes('chair'), key: bytes('chair/15'), rev: longFromNumber(revision), lease: longFromNumber(21) };
		p.seen.push(await p.proclaim({ leader: first, value: bytes('said') }));
		await p.observed(2);
		p.seen.push(await p.leader('chair'));
		const second = p.campaign('chair', 22, 'two');
		await p.inLine('chair', 2);
		p.seen.push(await p.resign({ leader: first }), await second);
		await p.observed(3);
		p.seen.push(await p.proclaim({ leader: first, value: bytes('too late') }));
		p.seen.push(await p.campaign('chair', 22, 'again, and otherwise'));
		await p.observed(4);
		p.seen.push(await p.revoke(22));
		p.seen.push(await p.campaign('chair', 23, 'three'));
		await p.observed(5);
	},
};

async function seenOn(member: Member, program: Program): Promise<string> {
	const calls = new LockProgram(member);
	try {
		await program(calls);
		// What was observed comes when it comes.
		return calls.seen.sort().join('\n');
	} finally {
		calls.close();
	}
}

for (const configuration of configurations()) {
	describe(`clients: v3 concurrency, ${configuration.title}`, () => {
		const pair = usePair(configuration);
		for (const [title, program] of Object.entries(PROGRAMS)) {
			test(`clients: concurrency: ${configuration.title}: ${title}`, async () => {
				const { quorate, etcd } = pair();
				const wanted = await seenOn(etcd, program);
				assert.equal(await seenOn(quorate, program), wanted, 'quorate (actual) does not show what etcd (expected) shows');
			});
		}

		// etcd 3.4 hands out the lock all the same (etcd-io/etcd#11456, mended in 3.5): known-differences.md, lock-expired.
		test(`clients: concurrency: ${configuration.title}: a lease that ends while its owner waits gets no lock`, async () => {
			const calls = new LockProgram(pair().quorate);
			try {
				await calls.grant(31);
				await calls.grant(32);
				await calls.lock('late', 31);
				const waiting = calls.lock('late', 32);
				await calls.inLine('late', 2);
				await calls.revoke(32);
				await calls.revoke(31);
				assert.equal(await waiting, '2: mutex: session is expired');
			} finally {
				calls.close();
			}
		});

		test(`clients: concurrency: ${configuration.title}: etcdctl lock runs a command under the lock`, async () => {
			const directory = makeTempDirectory('lock');
			const file = join(directory, 'count');
			const count = ['sh', '-c', 'n=$(cat "$0" 2>/dev/null || echo 0); sleep 0.02; echo $((n + 1)) > "$0"', file];
			const runs = await Promise.all(Array.from({ length: 5 }, () => etcdctl([pair().quorate.clientUrl], ['lock', 'shell', '--', ...count])));
			assert.deepEqual(
				runs.map(({ code, stderr }) => [code, stderr]),
				runs.map(() => [0, '']),
			);
			assert.equal(readFileSync(file, 'utf8'), '5\n');
			removeTempDirectory(directory);
		});

		test(`clients: concurrency: ${configuration.title}: etcdctl elect stands in one line with the service`, async () => {
			const { quorate } = pair();
			const calls = new LockProgram(quorate);
			const elect = (...args: string[]) => startProgram('etcdctl', ['--endpoints', quorate.clientUrl, 'elect', ...args], { ETCDCTL_API: '3' });
			try {
				await calls.grant(41);
				await calls.campaign('etcdctl', 41, 'from the service');
				const listener = elect('-l', 'etcdctl');
				await listener.saying(/^etcdctl\/29\nfrom the service\n$/);
				const candidate = elect('etcdctl', 'from etcdctl');
				await calls.inLine('etcdctl', 2);
				await calls.revoke(41);
				await candidate.saying(/from etcdctl\n$/);
				await listener.saying(/\nfrom etcdctl\n$/);
				for (const { process, ended } of [candidate, listener]) {
					process.kill('SIGINT');
					await ended;
				}
			} finally {
				calls.close();
			}
		});
	});
}
