/**
 * What a user loses while he watches and writes on three members. Writes are judged where they are applied, so that none is let that begins after the answer of the
 * change, whichever member is asked; a new watch is judged by what the member that is asked has applied: at once at the one that answered, and at another as
 * soon as a linearizable read was answered there. A watch that is open stays open and hears what comes, as with etcd, which is asked here too.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { AuthClient, type Outcome, prefixEnd } from '../support/auth-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type Member, startEtcd } from '../support/member.ts';
import type { WatchStreamClient } from '../support/watch-stream.ts';

const CHEAP = { flags: { 'bcrypt-cost': '4' } };
const PUTS_BEFORE = 20;
const DENIED = /permission denied/;
const OLD = /revision of auth store is old/;
const NO_TOKEN = /invalid auth token/;
const encoder = new TextEncoder();

interface Way {
	readonly method: string;
	readonly request: (name: string) => Uint8Array;
	readonly refusal: RegExp;
}

const WAYS: Readonly<Record<string, Way>> = {
	'a role is revoked': {
		method: 'UserRevokeRole',
		request: (name) => pb.AuthUserRevokeRoleRequest.encode({ name, role: name }).finish(),
		refusal: DENIED,
	},
	'a permission is revoked': {
		method: 'RoleRevokePermission',
		request: (role) =>
			pb.AuthRoleRevokePermissionRequest.encode({ role, key: encoder.encode(`${role}/`), range_end: prefixEnd(`${role}/`) }).finish(),
		refusal: DENIED,
	},
	'a role is deleted': { method: 'RoleDelete', request: (role) => pb.AuthRoleDeleteRequest.encode({ role }).finish(), refusal: DENIED },
	'a password is changed': {
		method: 'UserChangePassword',
		request: (name) => pb.AuthUserChangePasswordRequest.encode({ name, password: 'another' }).finish(),
		refusal: NO_TOKEN,
	},
	'a user is deleted': { method: 'UserDelete', request: (name) => pb.AuthUserDeleteRequest.encode({ name }).finish(), refusal: NO_TOKEN },
};

/** Some members of one cluster, and root's token. */
interface Subject {
	readonly clients: readonly AuthClient[];
	readonly root: string;
}

let cluster: Cluster;
let etcd: Member;
let quorateSubject: Subject;
let etcdSubject: Subject;

before(async () => {
	[cluster, etcd] = await Promise.all([startCluster(3, CHEAP), startEtcd(CHEAP)]);
	[quorateSubject, etcdSubject] = await Promise.all([subjectOf(cluster.members), subjectOf([etcd])]);
});

after(async () => {
	for (const client of [...quorateSubject.clients, ...etcdSubject.clients]) {
		client.close();
	}
	await cluster.destroy();
	await etcd.stop();
});

async function subjectOf(members: readonly Member[]): Promise<Subject> {
	const clients = members.map((member) => new AuthClient(member.clientUrl));
	return { clients, root: await firstOf(clients).enable('root-password') };
}

function firstOf<T>([first]: readonly T[]): T {
	assert.ok(first !== undefined, 'there is one');
	return first;
}

/** Puts one after the other until one is refused. */
class Writer {
	readonly ended: Promise<Outcome>;
	readonly enough: Promise<void>;
	done = 0;
	/** Puts that began after the change was answered, and were done all the same. */
	late = 0;
	isAfter = false;

	constructor(client: AuthClient, key: string, token: string) {
		let tell = (): void => {};
		this.enough = new Promise((resolve) => {
			tell = resolve;
		});
		this.ended = this.#write(client, key, token, tell);
	}

	async #write(client: AuthClient, key: string, token: string, tell: () => void): Promise<Outcome> {
		for (;;) {
			const { isAfter } = this;
			const outcome = await client.put(key, token);
			if (OLD.test(outcome.message)) {
				// It was on its way when the users changed: a client asks again.
				continue;
			}
			if (outcome.status !== 0) {
				tell();
				return outcome;
			}
			this.done += 1;
			this.late += Number(isAfter);
			if (this.done === PUTS_BEFORE) {
				tell();
			}
		}
	}
}

async function openWatch(client: AuthClient, token: string, prefix: string): Promise<WatchStreamClient> {
	const watch = client.watch(token);
	watch.create({ key: encoder.encode(prefix), range_end: prefixEnd(prefix) });
	assert.equal((await watch.next()).created, true);
	return watch;
}

/** How many events come up to the one of the key. */
async function countUntil(watch: WatchStreamClient, key: string): Promise<number> {
	for (let count = 0; ; ) {
		for (const { kv } of (await watch.next()).events) {
			count += 1;
			if (Buffer.from(kv?.key ?? '').toString() === key) {
				return count;
			}
		}
	}
}

/** What becomes of new watches: why each was refused, in the words of its member. */
async function refusalOfWatch(client: AuthClient, token: string, prefix: string): Promise<string> {
	const watch = client.watch(token);
	watch.create({ key: encoder.encode(prefix), range_end: prefixEnd(prefix) });
	try {
		const { canceled, cancel_reason: reason } = await watch.next();
		return canceled ? `canceled: ${reason}` : 'let';
	} catch (error) {
		return String(error);
	} finally {
		watch.cancel();
	}
}

async function lose({ clients, root }: Subject, name: string, { method, request, refusal }: Way): Promise<void> {
	const first = firstOf(clients);
	const prefix = `${name}/`;
	await first.addOwner(name, 'password', prefix, root);
	const token = await first.login(name, 'password');
	const watches = await Promise.all(clients.map((client) => openWatch(client, token, prefix)));
	const writers = clients.map((client, i) => new Writer(client, `${prefix}${i}`, token));
	await Promise.all(writers.map(({ enough }) => enough));
	await first.change(method, request(name), root);
	for (const writer of writers) {
		writer.isAfter = true;
	}
	const atOnce = await refusalOfWatch(first, token, prefix);
	const ends = await Promise.all(writers.map(({ ended }) => ended));
	for (const [i, client] of clients.entries()) {
		assert.match(ends[i]?.message ?? '', refusal, 'a write is refused with its reason');
		assert.equal((await client.get('other', root)).status, 0);
		assert.match((await client.get(prefix, token)).message, refusal, 'a read is refused with its reason');
		assert.notEqual(await refusalOfWatch(client, token, prefix), 'let', 'a new watch is refused');
	}
	assert.notEqual(atOnce, 'let', 'the member that answered lets no new watch');
	assert.deepEqual(
		writers.map(({ late }) => late),
		writers.map(() => 0),
		'no put that began after the answer is done',
	);
	assert.equal((await first.put(`${prefix}last`, root)).status, 0);
	const total = writers.reduce((sum, { done }) => sum + done, 0);
	for (const watch of watches) {
		assert.equal(await countUntil(watch, `${prefix}last`), total + 1, 'an open watch hears every put that was done, and what comes after');
		watch.cancel();
	}
}

for (const [i, [what, way]] of Object.entries(WAYS).entries()) {
	test(`auth: revoke: ${what} while its user watches and writes on three members: nothing new is let, what is open goes on`, async () => {
		await lose(quorateSubject, `user${i}`, way);
	});

	test(`auth: revoke: ${what}: Debian-s etcd does the same`, async () => {
		await lose(etcdSubject, `user${i}`, way);
	});
}
