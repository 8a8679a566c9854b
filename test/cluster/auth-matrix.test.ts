/**
 * Every RPC, asked by nobody, with a bad token, by a user without rights, by one with some, and by root, while access control is on: refused or let as the
 * table below says (reference/reliability.md 6.3; CVE-2026-33413), and as Debian's etcd 3.4 does where no advisory came after it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { RPC_RULES } from '../../src/api/access/rules.ts';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { letterOf, ROOT_ONLY, type Row, RPC_ROWS } from '../support/auth-rows.ts';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

const EMPTY = new Uint8Array(0);
const WAIT_MS = 1_000;
/** A stream that says nothing has not been refused. */
const STREAM_MS = 300;
const PASSWORD = 'pw';

const BOTH_WAYS: ReadonlySet<string> = new Set(['/etcdserverpb.Watch/Watch', '/etcdserverpb.Lease/LeaseKeepAlive']);
const SERVER_STREAMS: ReadonlySet<string> = new Set([
	'/etcdserverpb.KV/RangeStream',
	'/etcdserverpb.Maintenance/Snapshot',
	'/v3electionpb.Election/Observe',
	'/grpc.health.v1.Health/Watch',
]);

class Subject {
	readonly member: Member;
	readonly #client: Client;
	readonly #tokens = new Map<string, string>();

	constructor(member: Member) {
		this.member = member;
		this.#client = new Client(new URL(member.clientUrl).host, credentials.createInsecure());
	}

	async prepare(): Promise<void> {
		const words = ['role add a', 'role grant-permission a readwrite a/ --prefix=true', 'role add root'];
		const users = ['user add root:pw', 'user add plain:pw', 'user add owner:pw', 'user grant-role root root', 'user grant-role owner a'];
		for (const line of [...words, ...users, 'auth enable']) {
			await mustEtcdctl([this.member.clientUrl], line.split(' '));
		}
		for (const name of ['plain', 'owner', 'root']) {
			const request = pb.AuthenticateRequest.encode({ name, password: PASSWORD }).finish();
			const { bytes } = await this.call('/etcdserverpb.Auth/Authenticate', request, null);
			this.#tokens.set(name, pb.AuthenticateResponse.decode(bytes).token);
		}
	}

	/** What became of the same request from each caller, in the letters of Expected. */
	async lettersOf(path: string, { request, expected }: Row): Promise<string> {
		const callers = [null, 'nobody.1', ...['plain', 'owner', 'root'].map((name) => this.#tokens.get(name) ?? '')];
		const letters: string[] = [];
		for (const [i, token] of callers.entries()) {
			// What root alone may do it is believed to do: disabling access control would end the test.
			const isLast = i === callers.length - 1;
			letters.push(
				isLast && expected === ROOT_ONLY && path.endsWith('AuthDisable') ? '-' : letterOf((await this.call(path, request, token)).message),
			);
		}
		return letters.join('');
	}

	call(path: string, request: Uint8Array, token: string | null): Promise<{ readonly message: string; readonly bytes: Uint8Array }> {
		const metadata = new Metadata();
		if (token !== null) {
			metadata.set('token', token);
		}
		const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
		const deadline = Date.now() + WAIT_MS;
		return new Promise((resolve) => {
			const done = (message: string, bytes: Uint8Array = EMPTY): void => resolve({ message, bytes });
			if (!BOTH_WAYS.has(path) && !SERVER_STREAMS.has(path)) {
				const answer = (error: ServiceError | null, bytes?: Buffer): void => done(error?.details ?? '', bytes);
				this.#client.makeUnaryRequest(path, same, same, request, metadata, { deadline }, answer);
				return;
			}
			const both = BOTH_WAYS.has(path) ? this.#client.makeBidiStreamRequest(path, same, same, metadata, { deadline }) : null;
			const stream = both ?? this.#client.makeServerStreamRequest(path, same, same, request, metadata, { deadline });
			const timer = setTimeout(() => stream.cancel(), STREAM_MS);
			let said = '';
			stream.on('data', (bytes: Buffer) => {
				said ||= path.endsWith('Watch/Watch') && path.startsWith('/etcdserverpb') ? pb.WatchResponse.decode(bytes).cancel_reason : '';
				stream.cancel();
			});
			stream.on('error', (error: ServiceError) => {
				clearTimeout(timer);
				done(said === '' ? (error.details ?? '') : said);
			});
			stream.on('end', () => done(said));
			both?.write(request);
		});
	}

	close(): void {
		this.#client.close();
	}
}

let quorate: Subject;
let etcd: Subject;

before(async () => {
	[quorate, etcd] = (await Promise.all([startMember(), startEtcd()])).map((member) => new Subject(member)) as [Subject, Subject];
	await Promise.all([quorate.prepare(), etcd.prepare()]);
});

after(async () => {
	for (const subject of [quorate, etcd]) {
		subject.close();
		await subject.member.stop();
	}
});

test('auth matrix: every RPC that has a rule has a row here', () => {
	assert.deepEqual(Object.keys(RPC_ROWS).sort(), Object.keys(RPC_RULES).sort());
});

test('auth matrix: every RPC lets and refuses whom it should', async () => {
	const seen: Record<string, string> = {};
	const wanted: Record<string, string> = {};
	for (const [path, each] of Object.entries(RPC_ROWS)) {
		seen[path] = await quorate.lettersOf(path, each);
		wanted[path] = each.expected;
	}
	assert.deepEqual(seen, wanted);
});

test('auth matrix: Debian-s etcd lets and refuses the same callers, but for what advisories have changed', async () => {
	const seen: Record<string, string> = {};
	const wanted: Record<string, string> = {};
	for (const [path, each] of Object.entries(RPC_ROWS).filter(([, { differs }]) => differs === undefined)) {
		seen[path] = await etcd.lettersOf(path, each);
		wanted[path] = each.expected;
	}
	assert.deepEqual(seen, wanted);
});
