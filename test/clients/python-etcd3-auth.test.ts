/**
 * Debian's python3-etcd3 with access control on: a user by his password, and over TLS by the name in his certificate, on quorate and on Debian's etcd, what it prints compared. And the
 * name in a certificate counts for nothing at the JSON gateway (CVE-2018-16886).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { removeTempDirectory } from '../support/cleanup.ts';
import { freePort } from '../support/free-ports.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';
import { run } from '../support/run.ts';
import { type CertificateFiles, TestPki } from '../support/test-pki.ts';

const PYTHON = '/usr/bin/python3';
const PROGRAM = fileURLToPath(new URL('./python-etcd3-auth.py', import.meta.url));
const WITHIN_MS = 60_000;
/** A stream that goes on is ended, and what it said is looked at. */
const STREAM_SECONDS = '5';
const SETUP = [
	'role add a',
	'role grant-permission a readwrite a/ --prefix=true',
	'user add ann:ann-password',
	'user grant-role ann a',
	'user add root:root-password',
	'user grant-role root root',
	'auth enable',
];

interface Subject {
	readonly member: Member;
	readonly url: string;
}

let pki: TestPki;
let rootFiles: CertificateFiles;
let annFiles: CertificateFiles;
const started: Member[] = [];
let secured: readonly Subject[];

before(async () => {
	pki = await TestPki.make();
	rootFiles = await pki.issue('root', { hosts: [] });
	annFiles = await pki.issue('ann', { hosts: [] });
	const { cert, key } = await pki.issue('server');
	const security = async () => {
		const url = `https://127.0.0.1:${await freePort()}`;
		const tls = { 'cert-file': cert, 'key-file': key, 'client-cert-auth': 'true', 'trusted-ca-file': pki.ca };
		return { ...tls, 'listen-client-urls': url, 'advertise-client-urls': url };
	};
	const open = async (start: typeof startMember): Promise<Subject> => {
		const flags = { 'bcrypt-cost': '4', ...(await security()) };
		const member = await start({ flags });
		started.push(member);
		const url = flags['listen-client-urls'];
		const tls = ['--cacert', pki.ca, '--cert', rootFiles.cert, '--key', rootFiles.key];
		for (const line of SETUP) {
			const { code, stderr } = await run('etcdctl', ['--endpoints', url, ...tls, ...line.split(' ')], { env: { ETCDCTL_API: '3' } });
			assert.equal(code, 0, `${line}: ${stderr}`);
		}
		return { member, url };
	};
	secured = [await open(startMember), await open(startEtcd)];
});

after(async () => {
	for (const member of started) {
		member.client.close();
		await member.kill();
		removeTempDirectory(member.dataDir);
	}
	removeTempDirectory(pki.directory);
});

async function assertSame(...args: readonly string[]): Promise<string> {
	const said: string[] = [];
	for (const { url } of secured) {
		const { hostname, port } = new URL(url);
		const { code, stdout, stderr } = await run(PYTHON, [PROGRAM, hostname, port, ...args], { withinMs: WITHIN_MS });
		assert.equal(code, 0, stderr);
		said.push(stdout);
	}
	assert.equal(said[0], said[1], 'quorate (actual) does not give what etcd (expected) gives');
	return said[0] ?? '';
}

test('clients: python3-etcd3: a user with a password does what he may, and is told what he may not, though the certificate is root-s', async () => {
	const said = await assertSame(pki.ca, rootFiles.cert, rootFiles.key, 'password');
	assert.match(said, /permission denied/);
	assert.match(said, /authentication failed/);
});

test('clients: python3-etcd3: over TLS the name in the certificate is the user', async () => {
	assert.match(await assertSame(pki.ca, annFiles.cert, annFiles.key), /permission denied/);
});

test('auth: CVE-2018-16886: at the JSON gateway the name in a certificate is nobody, root-s too', async () => {
	const [quorate] = secured;
	const ask = async (path: string, body: object, ...more: readonly string[]): Promise<string> => {
		const tls = ['--cacert', pki.ca, '--cert', rootFiles.cert, '--key', rootFiles.key];
		return (await run('curl', ['-sS', '-N', '--max-time', STREAM_SECONDS, ...tls, `${quorate?.url}${path}`, '-d', JSON.stringify(body), ...more]))
			.stdout;
	};
	for (const [path, body] of [
		['/v3/kv/range', { key: 'YS9r' }],
		['/v3/kv/put', { key: 'YS9r', value: 'eA==' }],
		['/v3/auth/user/list', {}],
		['/v3/watch', { create_request: { key: 'YS9r' } }],
	] as const) {
		assert.match(await ask(path, body), /user name is empty|permission denied/, path);
	}
	const { token } = JSON.parse(await ask('/v3/auth/authenticate', { name: 'root', password: 'root-password' })) as { readonly token: string };
	assert.match(await ask('/v3/auth/user/list', {}, '-H', `Authorization: ${token}`), /"users":\["ann","root"\]/);
});
