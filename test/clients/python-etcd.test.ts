/** Debian's python3-etcd, of the v2 API: the program python-etcd.py against quorate and against Debian's etcd, what it prints compared. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Member } from '../support/member.ts';
import { run } from '../support/run.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';

const PROGRAM = fileURLToPath(new URL('./python-etcd.py', import.meta.url));
/** Debian's own, which has Debian's packages; another may come first in the path. */
const PYTHON = '/usr/bin/python3';
const WITHIN_MS = 120_000;

async function printedOf(member: Member): Promise<string> {
	const { hostname, port } = new URL(member.clientUrl);
	const { code, stdout, stderr } = await run(PYTHON, [PROGRAM, hostname, port], { withinMs: WITHIN_MS });
	assert.equal(code, 0, `${member.name} at ${member.clientUrl}: ${stderr}`);
	return stdout;
}

for (const configuration of configurations()) {
	describe(`clients: python3-etcd (${configuration.title})`, () => {
		const pair = usePair(configuration);
		test(`clients: python3-etcd (${configuration.title}): keys, times to live, watches, locks, elections and members`, async () => {
			const { quorate, etcd } = pair();
			const [seen, wanted] = await Promise.all([printedOf(quorate), printedOf(etcd)]);
			assert.equal(seen, wanted, 'quorate (actual) does not give what etcd (expected) gives');
		});
	});
}
