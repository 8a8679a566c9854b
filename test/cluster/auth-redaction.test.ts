/**
 * Nothing secret in anything that a member writes or says but the answer to whoever logs in (CVE-2021-28235; etcd 21993; reliability.md 6.5, T4): not in the log at
 * its most talkative, the audit log, /debug/slow, /metrics, or the text of an error. And the audit log says who did what. With simple tokens and with JWT.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { AuthClient, type Outcome } from '../support/auth-client.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { type Member, startMember } from '../support/member.ts';

const SIGNING_SECRET = 'signing-secret-of-thirty-two-bytes-';
const PASSWORDS = {
	root: 'root-password-4711',
	ann: 'ann-password-4712',
	changed: 'changed-password-4713',
	wrong: 'wrong-password-4714',
	long: `long-password-4715-${'x'.repeat(80)}`,
	v2: 'v2-password-4716',
};
const BAD_TOKEN = 'nobody-token-4717.99';
const VALUE = 'value-of-a-key-4718';
/** As bcrypt writes it, and as base64 of that. */
const HASHES = [/\$2[aby]\$\d\d\$/, /JDJ[ahi]JD/];
const MARK = '/etcdserverpb.KV/DeleteRange';

interface AuditLine {
	readonly user: string;
	readonly claimed?: string;
	readonly from: string;
	readonly what: string;
	readonly keys: readonly { readonly key: string }[];
	readonly allowed: boolean;
	readonly refusal: string;
}

interface Subject {
	readonly member: Member;
	readonly client: AuthClient;
	/** What was told to whoever asked for nothing secret. */
	readonly texts: string[];
}

function basic(name: string, password: string): string {
	return Buffer.from(`${name}:${password}`).toString('base64');
}

async function ask({ member, texts }: Subject, path: string, init: RequestInit): Promise<void> {
	const response = await fetch(member.clientUrl + path, init);
	const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
	texts.push(`${path.split('?')[0]} ${response.status}\n${headers.join('\n')}\n${await response.text()}`);
}

function refused({ texts }: Subject, { status, message }: Outcome): void {
	assert.notEqual(status, 0);
	texts.push(message);
}

/** Users, logins right and wrong, requests let and refused, through gRPC. What comes back are the tokens. */
async function useGrpc(subject: Subject): Promise<readonly string[]> {
	const { client } = subject;
	const root = await client.enable(PASSWORDS.root);
	await client.addOwner('ann', PASSWORDS.ann, 'a/', root);
	const first = await client.login('ann', PASSWORDS.ann);
	await client.change('UserChangePassword', pb.AuthUserChangePasswordRequest.encode({ name: 'ann', password: PASSWORDS.changed }).finish(), root);
	const ann = await client.login('ann', PASSWORDS.changed);
	const value = { key: Buffer.from('a/k'), value: Buffer.from(VALUE) };
	assert.equal((await client.call('/etcdserverpb.KV/Put', pb.PutRequest.encode(value).finish(), ann)).status, 0);
	assert.equal((await client.call('/etcdserverpb.KV/Put', pb.PutRequest.encode(value).finish(), `Bearer ${ann}`, 'authorization')).status, 0);
	refused(subject, await client.get('b/k', ann));
	refused(subject, await client.get('a/k', BAD_TOKEN));
	refused(subject, await client.authenticate('ann', PASSWORDS.wrong));
	refused(subject, await client.authenticate(PASSWORDS.wrong, PASSWORDS.ann.slice(1)));
	const tooLong = pb.AuthUserAddRequest.encode({ name: 'long', password: PASSWORDS.long }).finish();
	refused(subject, await client.call('/etcdserverpb.Auth/UserAdd', tooLong, root));
	const cutOff = pb.AuthenticateRequest.encode({ name: 'ann', password: PASSWORDS.changed }).finish().subarray(0, -1);
	refused(subject, await client.call('/etcdserverpb.Auth/Authenticate', cutOff));
	refused(subject, await client.call('/etcdserverpb.Auth/AuthEnabled', cutOff, root));
	return [root, first, ann];
}

/** The same through the other doors, and bodies that nobody can read. Answers with a token are not among the texts. */
async function useHttp(subject: Subject, ann: string): Promise<string> {
	const login = JSON.stringify({ name: 'ann', password: PASSWORDS.changed });
	const answer = await fetch(`${subject.member.clientUrl}/v3/auth/authenticate`, { method: 'POST', body: login });
	const { token } = (await answer.json()) as { readonly token: string };
	const key = JSON.stringify({ key: Buffer.from('a/k').toString('base64') });
	for (const body of [login.slice(0, -1), login.slice(0, -2), login.replace('"password":', '"password":{"x":'), `[${login}]`]) {
		await ask(subject, '/v3/auth/authenticate', { method: 'POST', body });
	}
	for (const Authorization of [ann, `${ann}x`, `Basic ${basic('ann', PASSWORDS.wrong)}`, BAD_TOKEN]) {
		await ask(subject, '/v3/kv/delete_range', { method: 'POST', body: key, headers: { Authorization } });
	}
	await ask(subject, `/v3/none?token=${ann}`, { method: 'POST', body: login });
	for (const [name, password] of [
		['root', PASSWORDS.root],
		['root', PASSWORDS.wrong],
		['ann', PASSWORDS.changed],
	] as const) {
		await ask(subject, '/debug/slow', { headers: { Authorization: `Basic ${basic(name, password)}` } });
		await ask(subject, '/dashboard/keys', { headers: { Authorization: `Basic ${basic(name, password)}` } });
	}
	for (const text of [`Bearer ${ann}`, `Bearer ${BAD_TOKEN}`, `Basic ${PASSWORDS.wrong}`]) {
		await ask(subject, '/debug/slow', { headers: { Authorization: text } });
	}
	return token;
}

async function useV2(subject: Subject): Promise<void> {
	const user = JSON.stringify({ user: 'root', password: PASSWORDS.v2 });
	await ask(subject, '/v2/auth/users/root', { method: 'PUT', body: user });
	await ask(subject, '/v2/auth/users/root', { method: 'PUT', body: user.slice(0, -2) });
	await ask(subject, '/v2/auth/users/other', { method: 'PUT', body: user });
	await ask(subject, '/v2/auth/enable', { method: 'PUT' });
	for (const password of [PASSWORDS.v2, PASSWORDS.wrong]) {
		for (const path of ['/v2/auth/users/root', '/v2/auth/users', '/v2/keys/x', '/v2/members/none']) {
			await ask(subject, path, { method: 'PUT', body: 'value=1', headers: { Authorization: `Basic ${basic('root', password)}` } });
			await ask(subject, path, { headers: { Authorization: `Basic ${basic('root', password)}` } });
		}
	}
}

function linesOf(path: string): readonly AuditLine[] {
	return existsSync(path)
		? readFileSync(path, 'utf8')
				.split('\n')
				.filter((line) => line !== '')
				.map((line) => JSON.parse(line) as AuditLine)
		: [];
}

function assertAudited(lines: readonly AuditLine[]): void {
	const told = (what: string, refusal: string, claimed?: string): Partial<AuditLine> | undefined => {
		const found = lines.find((line) => line.what.endsWith(what) && line.refusal === refusal && line.claimed === claimed);
		return found && { user: found.user, from: found.from, keys: found.keys, allowed: found.allowed };
	};
	const from = '127.0.0.1';
	assert.deepEqual(told('KV/Put', ''), { user: 'ann', from, keys: [{ key: 'a/k' }], allowed: true });
	const denied = 'etcdserver: permission denied';
	assert.deepEqual(told('KV/Range', denied), { user: 'ann', from, keys: [{ key: 'b/k' }], allowed: false });
	const failed = 'etcdserver: authentication failed, invalid user ID or password';
	assert.deepEqual(told('Auth/Authenticate', failed, 'ann'), { user: '', from, keys: [], allowed: false });
	assert.deepEqual(told('Auth/Authenticate', '', 'ann'), { user: '', from, keys: [], allowed: true });
	assert.deepEqual(told('GET /debug/slow', failed, 'root'), { user: '', from, keys: [], allowed: false });
	assert.deepEqual(told('GET /debug/slow', '', 'root'), { user: 'root', from, keys: [], allowed: true });
	assert.deepEqual(told('PUT /v2/auth/enable', ''), { user: '', from, keys: [], allowed: true });
	const x = [{ key: '/x' }];
	assert.deepEqual(told('PUT /v2/keys/x', '', 'root'), { user: 'root', from, keys: x, allowed: true });
	assert.deepEqual(told('PUT /v2/keys/x', 'Insufficient credentials', 'root'), { user: '', from, keys: x, allowed: false });
}

for (const kind of ['simple', 'jwt']) {
	test(`auth: secrets: CVE-2021-28235, etcd 21993: with tokens of the kind ${kind} none is in logs, figures or errors, and the audit log says who did what`, async () => {
		const directory = makeTempDirectory('redaction');
		const auditPath = join(directory, 'audit.log');
		const secretPath = join(directory, 'secret');
		writeFileSync(secretPath, SIGNING_SECRET);
		const token = kind === 'jwt' ? `jwt,sign-method=HS256,priv-key=${secretPath},ttl=5m` : 'simple';
		const flags = { 'bcrypt-cost': '4', 'log-level': 'debug', 'audit-log': auditPath, 'auth-token': token, 'enable-v2': 'true' };
		const member = await startMember({ flags });
		const subject: Subject = { member, client: new AuthClient(member.clientUrl), texts: [] };
		try {
			const tokens = [...(await useGrpc(subject))];
			tokens.push(await useHttp(subject, tokens[2] ?? ''));
			await useV2(subject);
			await ask(subject, '/metrics', {});
			await ask(subject, '/debug/slow', { headers: { Authorization: `Basic ${basic('root', PASSWORDS.root)}` } });
			await subject.client.call(MARK, pb.DeleteRangeRequest.encode({ key: Buffer.from('the end') }).finish(), tokens[0] ?? '');
			const isLast = ({ keys }: AuditLine): boolean => keys.some(({ key }) => key === 'the end');
			await eventually(() => linesOf(auditPath).some(isLast), { what: 'the last line of the audit log' });
			const said: Readonly<Record<string, string>> = {
				'the log': member.lines.join('\n'),
				'the audit log': readFileSync(auditPath, 'utf8'),
				answers: subject.texts.join('\n'),
			};
			const { wrong, ...passwords } = PASSWORDS;
			const plain = [...Object.values(passwords), SIGNING_SECRET, BAD_TOKEN, VALUE, ...tokens, ...tokens.map((each) => each.slice(-20))];
			const pairs = [basic('root', PASSWORDS.root), basic('root', PASSWORDS.v2), basic('ann', PASSWORDS.changed), basic('ann', wrong)];
			const secrets = [...plain, ...plain.map((each) => Buffer.from(each).toString('base64').replace(/=+$/, '')), ...pairs];
			for (const [where, text] of Object.entries(said)) {
				assert.ok(text.length > 1_000, `${where} says something`);
				assert.deepEqual(
					secrets.filter((secret) => text.includes(secret)),
					[],
					`in ${where}`,
				);
				assert.deepEqual(
					HASHES.filter((hash) => hash.test(text)),
					[],
					`in ${where}`,
				);
			}
			assertAudited(linesOf(auditPath));
		} finally {
			subject.client.close();
			await member.kill();
			member.client.close();
			removeTempDirectory(directory);
		}
	});
}
