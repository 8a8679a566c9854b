/** Ordinary clients over TLS, of quorate and of Debian's etcd alike: curl, and etcdctl with both versions of its API, with the flags that the guide prints. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeTempDirectory } from '../support/cleanup.ts';
import { freePort } from '../support/free-ports.ts';
import { type Member, quorateCommand, startEtcd, startMember } from '../support/member.ts';
import { run } from '../support/run.ts';
import { clientOf, endMembers, type SecureMember, startSecureMembers } from '../support/secure-members.ts';
import { type CertificateFiles, TestPki } from '../support/test-pki.ts';

let pki: TestPki;
let client: CertificateFiles;
let quorate: SecureMember;
let etcd: Member;
let urls: readonly string[] = [];

before(async () => {
	pki = await TestPki.make();
	client = await pki.issue('root', { hosts: [] });
	const server = await pki.issue('server');
	const socket = join(makeTempDirectory('socket'), 'q.sock');
	const [member] = await startSecureMembers(pki, ['m1'], ({ clientUrl }) => ({
		'listen-client-urls': `${clientUrl},unixs://${socket},unix://${socket}.plain`,
	}));
	quorate = member as SecureMember;
	const url = `https://127.0.0.1:${await freePort()}`;
	const security = { 'cert-file': server.cert, 'key-file': server.key, 'client-cert-auth': 'true', 'trusted-ca-file': pki.ca };
	etcd = await startEtcd({ flags: { ...security, 'listen-client-urls': url, 'advertise-client-urls': url } });
	urls = [quorate.addresses.clientUrl, url];
});

after(() => endMembers([...(quorate === undefined ? [] : [quorate]), ...(etcd === undefined ? [] : [{ member: etcd }])]));

/** What both say must be equal; index fields are of different clusters. */
async function bothSay(command: string, args: (url: string) => readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
	const [ours, theirs] = await Promise.all(urls.map((url) => run(command, args(url), { env })));
	assert.equal(ours?.code, 0, `${command}: ${ours?.stderr}`);
	const plain = (text: string | undefined): string => (text ?? '').replace(/"(modified|created)Index":\d+/g, '"$1Index":0');
	assert.equal(plain(ours?.stdout), plain(theirs?.stdout));
	return ours?.stdout ?? '';
}

function curlArgs(more: readonly string[]): (url: string) => readonly string[] {
	const [path = '', ...rest] = more;
	return (url) => ['-sS', '--cacert', pki.ca, '--cert', client.cert, '--key', client.key, `${url}${path}`, ...rest];
}

test('clients: tls: curl sets and gets with --cacert, --cert and --key', async () => {
	await bothSay('curl', curlArgs(['/v2/keys/message', '-X', 'PUT', '-d', 'value=Hello world']));
	assert.match(await bothSay('curl', curlArgs(['/v2/keys/message'])), /"value":"Hello world"/);
	assert.match(await bothSay('curl', curlArgs(['/v2/keys/message', '--http1.1'])), /"value":"Hello world"/);
});

test('clients: tls: metrics tell when the certificates of both ports expire', async () => {
	const { stdout } = await run('curl', curlArgs(['/metrics'])(urls[0] ?? ''));
	const notAfter = Math.floor(Date.parse(new X509Certificate(readFileSync(quorate.files.cert)).validTo) / 1_000);
	for (const endpoint of ['client', 'peer']) {
		assert.ok(stdout.includes(`quorate_certificate_expiry_timestamp_seconds{endpoint="${endpoint}"} ${notAfter}\n`), stdout);
	}
});

test('clients: tls: curl without a certificate gets no answer of either', async () => {
	for (const url of urls) {
		const { code, stdout } = await run('curl', ['-sS', '--cacert', pki.ca, `${url}/v2/keys/message`]);
		assert.notEqual(code, 0, url);
		assert.equal(stdout, '');
	}
});

test('clients: tls: etcdctl speaks v3', async () => {
	const flags = (url: string): readonly string[] => ['--endpoints', url, '--cacert', pki.ca, '--cert', client.cert, '--key', client.key];
	const env = { ETCDCTL_API: '3' };
	assert.equal(await bothSay('etcdctl', (url) => [...flags(url), 'put', 'foo', 'bar'], env), 'OK\n');
	assert.equal(await bothSay('etcdctl', (url) => [...flags(url), 'get', 'foo'], env), 'foo\nbar\n');
});

test('clients: tls: etcdctl speaks v2', async () => {
	const flags = (url: string): readonly string[] => ['--endpoints', url, '--ca-file', pki.ca, '--cert-file', client.cert, '--key-file', client.key];
	const env = { ETCDCTL_API: '2' };
	assert.equal(await bothSay('etcdctl', (url) => [...flags(url), 'set', '/old', 'way'], env), 'way\n');
	assert.equal(await bothSay('etcdctl', (url) => [...flags(url), 'get', '/old'], env), 'way\n');
});

test('clients: tls: a large value and many at once arrive whole over gRPC', async () => {
	const kv = clientOf(quorate, pki, client);
	const value = (i: number): string => `${i}/`.repeat(30_000).slice(0, 60_000 + i);
	const numbers = Array.from({ length: 200 }, (_, i) => i);
	await Promise.all(numbers.map((i) => kv.put(`large/${i}`, value(i), 30_000)));
	const values = await Promise.all(numbers.map((i) => kv.get(`large/${i}`, { deadlineMs: 30_000 })));
	kv.close();
	assert.ok(values.every((got, i) => got === value(i)));
});

test('clients: tls: unix sockets serve the same, plain and over TLS', async () => {
	const listened = quorate.member.spec.args.find((arg) => arg.startsWith('--listen-client-urls=')) ?? '';
	const path = /unixs:\/\/([^,]+)/.exec(listened)?.[1] ?? '';
	const secure = await run('curl', [...curlArgs(['/health'])('https://localhost'), '--unix-socket', path]);
	const plain = await run('curl', ['-sS', '--unix-socket', `${path}.plain`, 'http://localhost/health']);
	assert.deepEqual([secure.stdout, plain.stdout], ['{"health":"true","reason":""}', '{"health":"true","reason":""}']);
	const refused = await run('curl', ['-sS', '--cacert', pki.ca, '--unix-socket', path, 'https://localhost/health']);
	assert.equal(refused.stdout, '');
});

test('clients: tls: with --auto-tls a member makes its certificate, keeps its key to itself, and serves whoever does not ask', async () => {
	const url = `https://127.0.0.1:${await freePort()}`;
	const member = await startMember({
		flags: { 'auto-tls': 'true', 'peer-auto-tls': 'true', 'listen-client-urls': url, 'advertise-client-urls': url },
	});
	try {
		const { stdout } = await run('curl', ['-sS', '--insecure', `${url}/health`]);
		assert.equal(stdout, '{"health":"true","reason":""}');
		assert.equal(statSync(join(member.dataDir, 'fixtures', 'client', 'key.pem')).mode & 0o777, 0o600);
		assert.equal(statSync(member.dataDir).mode & 0o777, 0o700);
		const checked = await run('curl', ['-sS', '--cacert', join(member.dataDir, 'fixtures', 'client', 'cert.pem'), `${url}/health`]);
		assert.equal(checked.code, 0, checked.stderr);
	} finally {
		await endMembers([{ member }]);
	}
});

test('clients: tls: files that cannot be used are named, and nothing is touched', async () => {
	const dataDir = join(makeTempDirectory('refused'), 'data');
	const { command, args } = quorateCommand([
		'--data-dir',
		dataDir,
		'--cert-file',
		client.cert,
		'--key-file',
		pki.ca,
		'--listen-client-urls',
		'https://127.0.0.1:1',
		'--advertise-client-urls',
		'https://127.0.0.1:1',
	]);
	const { code, stderr } = await run(command, args);
	assert.equal(code, 1);
	assert.match(stderr, /^quorate: --cert-file and --key-file: .*root\.crt cannot be used/m);
	assert.equal(existsSync(dataDir), false);
});
