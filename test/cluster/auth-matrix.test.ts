/**
 * Every RPC, asked by nobody, with a bad token, by a user without rights, by one with some, and by root, while access control is on: refused or let as the
 * table below says (reference/reliability.md 6.3; CVE-2026-33413), and as Debian's etcd 3.4 does where no advisory came after it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { RPC_RULES } from '../../src/api/access/rules.ts';
import { etcdserverpb as pb, v3electionpb, v3lockpb } from '../../src/rpc/generated/messages.js';
import { mustEtcdctl } from '../support/etcdctl.ts';
import { type Member, startEtcd, startMember } from '../support/member.ts';

const KEY = Buffer.from('a/k');
const EMPTY = new Uint8Array(0);
const WAIT_MS = 1_000;
/** A stream that says nothing has not been refused. */
const STREAM_MS = 300;
const PASSWORD = 'pw';

/** For nobody, a bad token, a user without rights, one who may read and write a/, root. E: user name is empty. T: invalid auth token. P: permission denied. */
type Expected = `${'E' | '-'}${'T' | '-'}${'P' | '-'}${'P' | '-'}-`;

interface Row {
	readonly request: Uint8Array;
	readonly expected: Expected;
	/** etcd 3.4 lets or refuses others: the advisory that came later, or what is quorate's. */
	readonly differs?: string;
}

const ROOT_ONLY = 'ETPP-';
const LATER = 'CVE-2026-33413';
const leader = { name: KEY, key: KEY };

function row(request: Uint8Array, expected: Expected, differs?: string): Row {
	return differs === undefined ? { request, expected } : { request, expected, differs };
}

const ROWS: Readonly<Record<string, Row>> = {
	'/etcdserverpb.KV/Range': row(pb.RangeRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/RangeStream': row(pb.RangeRequest.encode({ key: KEY }).finish(), 'ETP--', 'not in 3.4'),
	'/etcdserverpb.KV/Put': row(pb.PutRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/DeleteRange': row(pb.DeleteRangeRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/Txn': row(pb.TxnRequest.encode({ success: [{ request_put: { key: KEY } }] }).finish(), 'ETP--'),
	'/etcdserverpb.KV/Compact': row(pb.CompactionRequest.encode({}).finish(), ROOT_ONLY, LATER),
	'/etcdserverpb.Watch/Watch': row(pb.WatchRequest.encode({ create_request: { key: KEY } }).finish(), 'ETP--', 'another word for why'),
	'/etcdserverpb.Lease/LeaseGrant': row(pb.LeaseGrantRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseRevoke': row(pb.LeaseRevokeRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseKeepAlive': row(pb.LeaseKeepAliveRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseTimeToLive': row(pb.LeaseTimeToLiveRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseLeases': row(pb.LeaseLeasesRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Cluster/MemberList': row(pb.MemberListRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Cluster/MemberAdd': row(pb.MemberAddRequest.encode({ peerURLs: ['http://127.0.0.1:1'], isLearner: true }).finish(), ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberRemove': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberUpdate': row(pb.MemberUpdateRequest.encode({ peerURLs: ['http://127.0.0.1:1'] }).finish(), ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberPromote': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Status': row(EMPTY, 'ET---', LATER),
	'/etcdserverpb.Maintenance/Alarm': row(EMPTY, 'ET---', LATER),
	'/etcdserverpb.Maintenance/Defragment': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Hash': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/HashKV': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/MoveLeader': row(EMPTY, ROOT_ONLY, LATER),
	'/etcdserverpb.Maintenance/Snapshot': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Downgrade': row(EMPTY, ROOT_ONLY, 'not in 3.4'),
	'/etcdserverpb.Auth/AuthEnable': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/AuthDisable': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/AuthStatus': row(EMPTY, '-----', 'not in 3.4'),
	'/etcdserverpb.Auth/Authenticate': row(EMPTY, '-----'),
	'/etcdserverpb.Auth/UserAdd': row(pb.AuthUserAddRequest.encode({ name: 'owner' }).finish(), ROOT_ONLY),
	'/etcdserverpb.Auth/UserGet': row(pb.AuthUserGetRequest.encode({ name: 'owner' }).finish(), 'ETP--'),
	'/etcdserverpb.Auth/UserList': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserDelete': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserChangePassword': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserGrantRole': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserRevokeRole': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleAdd': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleGet': row(pb.AuthRoleGetRequest.encode({ role: 'a' }).finish(), 'ETP--'),
	'/etcdserverpb.Auth/RoleList': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleDelete': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleGrantPermission': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleRevokePermission': row(EMPTY, ROOT_ONLY),
	'/v3lockpb.Lock/Lock': row(v3lockpb.LockRequest.encode({ name: KEY }).finish(), 'ETP--'),
	'/v3lockpb.Lock/Unlock': row(v3lockpb.UnlockRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/v3electionpb.Election/Campaign': row(v3electionpb.CampaignRequest.encode({ name: Buffer.from('a/e') }).finish(), 'ETP--'),
	'/v3electionpb.Election/Proclaim': row(v3electionpb.ProclaimRequest.encode({ leader }).finish(), 'ETP--'),
	'/v3electionpb.Election/Leader': row(v3electionpb.LeaderRequest.encode({ name: KEY }).finish(), 'ETP--'),
	'/v3electionpb.Election/Observe': row(v3electionpb.LeaderRequest.encode({ name: KEY }).finish(), '-T---', 'ends without a reason'),
	'/v3electionpb.Election/Resign': row(v3electionpb.ResignRequest.encode({ leader }).finish(), 'ETP--'),
	'/grpc.health.v1.Health/Check': row(EMPTY, '-----'),
	'/grpc.health.v1.Health/Watch': row(EMPTY, '-----'),
};
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

function letterOf(message: string): string {
	if (message.includes('user name is empty')) {
		return 'E';
	}
	if (message.includes('invalid auth token')) {
		return 'T';
	}
	return message.includes('permission denied') ? 'P' : '-';
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
	assert.deepEqual(Object.keys(ROWS).sort(), Object.keys(RPC_RULES).sort());
});

test('auth matrix: every RPC lets and refuses whom it should', async () => {
	const seen: Record<string, string> = {};
	const wanted: Record<string, string> = {};
	for (const [path, each] of Object.entries(ROWS)) {
		seen[path] = await quorate.lettersOf(path, each);
		wanted[path] = each.expected;
	}
	assert.deepEqual(seen, wanted);
});

test('auth matrix: Debian-s etcd lets and refuses the same callers, but for what advisories have changed', async () => {
	const seen: Record<string, string> = {};
	const wanted: Record<string, string> = {};
	for (const [path, each] of Object.entries(ROWS).filter(([, { differs }]) => differs === undefined)) {
		seen[path] = await etcd.lettersOf(path, each);
		wanted[path] = each.expected;
	}
	assert.deepEqual(seen, wanted);
});
