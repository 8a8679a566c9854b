/** A Python program over one of Debian's libraries, against quorate and against Debian's etcd: what it prints is compared. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Member } from '../support/member.ts';
import { run } from '../support/run.ts';
import { configurations } from './configurations.ts';
import { usePair } from './pair.ts';

/** Debian's own, which has Debian's packages; another may come first in the path. */
const PYTHON = '/usr/bin/python3';
const WITHIN_MS = 120_000;

async function printedOf(program: string, member: Member): Promise<string> {
	const { hostname, port } = new URL(member.clientUrl);
	const { code, stdout, stderr } = await run(PYTHON, [program, hostname, port], { withinMs: WITHIN_MS });
	assert.equal(code, 0, `${member.name} at ${member.clientUrl}: ${stderr}`);
	// Not its stderr: the library's watching threads may complain when they are ended.
	return stdout;
}

/** program: a file beside this one; library: the Debian package that it uses; about: what it goes through. */
export function testPythonProgram({ program, library, about }: { readonly program: string; readonly library: string; readonly about: string }): void {
	const path = fileURLToPath(new URL(program, import.meta.url));
	for (const configuration of configurations()) {
		describe(`clients: ${library} (${configuration.title})`, () => {
			const pair = usePair(configuration);
			test(`clients: ${library} (${configuration.title}): ${about}`, async () => {
				const { quorate, etcd } = pair();
				const [seen, wanted] = await Promise.all([printedOf(path, quorate), printedOf(path, etcd)]);
				assert.equal(seen, wanted, 'quorate (actual) does not give what etcd (expected) gives');
			});
		});
	}
}
