/** quorate pki as a person runs it. That listeners take its certificates is shown by the tests of TLS, which use the same code. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type PkiArguments, readPkiArguments } from '../../../src/cli/pki-arguments.ts';
import { makeTempDirectory } from '../../support/cleanup.ts';
import { quorateCommand } from '../../support/member.ts';
import { run } from '../../support/run.ts';

function refusal(words: string): string {
	const read = readPkiArguments(words.split(' '));
	assert.equal(read.kind, 'error', words);
	return (read as Extract<PkiArguments, { kind: 'error' }>).line;
}

test('cli: pki: words that make no command are refused by name', () => {
	assert.match(refusal('issue member'), /needs 1 to 100 names, and got 0/);
	assert.match(refusal('issue server a'), /"issue server a" is no command/);
	assert.match(refusal('issue member ../a'), /"..\/a" is no name/);
	assert.match(refusal('issue client ca'), /"ca" is no name/);
	assert.match(refusal('init --years 0'), /--years: "0" must be/);
	assert.match(refusal('init --force'), /--force is no flag of pki/);
	assert.equal(readPkiArguments([]).kind, 'help');
});

test('cli: pki: members are for their own machine unless told otherwise, clients for none', () => {
	const issue = (words: string) => readPkiArguments(words.split(' ')) as Extract<PkiArguments, { kind: 'issue' }>;
	assert.deepEqual(issue('issue member a b').hosts, ['localhost', '127.0.0.1', '::1']);
	assert.deepEqual(issue('issue member a --san 10.0.0.1,a.test').hosts, ['10.0.0.1', 'a.test']);
	assert.deepEqual(issue('issue client root').hosts, []);
});

test('cli: pki: init, issue and revoke make what openssl verifies, keep keys private and overwrite nothing', async () => {
	const dir = join(makeTempDirectory('cli-pki'), 'pki');
	const pki = async (...words: string[]): Promise<{ readonly code: number | null; readonly stderr: string }> => {
		const { command, args } = quorateCommand(['pki', ...words, '--dir', dir]);
		return run(command, args);
	};
	assert.equal((await pki('init')).code, 0);
	assert.equal((await pki('issue', 'member', 'm1')).code, 0);
	assert.equal((await pki('issue', 'client', 'root')).code, 0);
	const verify = (name: string, ...more: string[]) => run('openssl', ['verify', '-CAfile', join(dir, 'ca.crt'), ...more, join(dir, `${name}.crt`)]);
	assert.equal((await verify('m1', '-purpose', 'sslserver', '-verify_ip', '127.0.0.1')).code, 0);
	assert.equal((await verify('root', '-purpose', 'sslclient')).code, 0);
	assert.notEqual((await verify('root', '-purpose', 'sslserver')).code, 0);
	assert.deepEqual(
		['ca.key', 'm1.key'].map((name) => statSync(join(dir, name)).mode & 0o777),
		[0o600, 0o600],
	);
	assert.equal(statSync(dir).mode & 0o777, 0o700);
	const key = readFileSync(join(dir, 'm1.key'), 'utf8');
	const again = await pki('issue', 'member', 'm2', 'm1');
	assert.deepEqual([again.code, readFileSync(join(dir, 'm1.key'), 'utf8'), existsSync(join(dir, 'm2.key'))], [1, key, false]);
	assert.match(again.stderr, /m1.crt is there already, and pki overwrites nothing/);
	assert.equal((await pki('revoke', 'root')).code, 0);
	const revoked = ['-crl_check', '-CRLfile', join(dir, 'crl.pem')];
	assert.match((await verify('root', ...revoked)).stderr, /certificate revoked/);
	assert.equal((await verify('m1', ...revoked)).code, 0);
});
