/** Three members of quorate, of which one may be down, and an etcd beside them: fresh for each run, and gone after it. */
import assert from 'node:assert/strict';
import { removeTempDirectory } from '../../support/cleanup.ts';
import { type Cluster, startCluster } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { type Member, startEtcd } from '../../support/member.ts';
import { Caller } from './caller.ts';

const MEMBERS = 3;
/** Cheap to hash; tokens that no run outlives; a log that a member which is down for a while falls behind. */
const BOTH = { 'bcrypt-cost': '4', 'auth-token-ttl': '100000' };
const QUORATE = { ...BOTH, 'snapshot-count': '20', 'snapshot-catchup-entries': '10' };

export class Subjects {
	readonly etcd: Caller;
	readonly #cluster: Cluster;
	readonly #etcdMember: Member;
	readonly #callers = new Map<Member, Caller>();
	#down: Member | null = null;
	/** How often a member that came back was given a snapshot. */
	snapshots = 0;
	kills = 0;

	constructor(cluster: Cluster, etcd: Member) {
		this.#cluster = cluster;
		this.#etcdMember = etcd;
		this.etcd = new Caller(etcd.clientUrl);
	}

	/** Of the members that run, the one that the number picks, as far as the cluster is. */
	async member(at: number): Promise<Caller> {
		const awake = this.#cluster.awake;
		return this.#caughtUp(awake[at % awake.length] as Member);
	}

	async all(): Promise<readonly Caller[]> {
		return Promise.all(this.#cluster.awake.map((member) => this.#caughtUp(member)));
	}

	/** At once, in the middle of whatever it does; one at a time. */
	async kill(at: number): Promise<void> {
		if (this.#down !== null) {
			return;
		}
		const member = this.#cluster.members[at % MEMBERS] as Member;
		this.#callers.get(member)?.close();
		this.#callers.delete(member);
		await member.kill('SIGKILL');
		this.#down = member;
		this.kills++;
		await this.all();
	}

	/** Whether there was one to come back. */
	async rejoin(): Promise<boolean> {
		const member = this.#down;
		if (member === null) {
			return false;
		}
		const before = received(member);
		await member.start();
		this.#down = null;
		await this.all();
		this.snapshots += received(member) - before;
		return true;
	}

	async close(): Promise<void> {
		for (const caller of [this.etcd, ...this.#callers.values()]) {
			caller.close();
		}
		this.#etcdMember.client.close();
		await this.#etcdMember.kill();
		removeTempDirectory(this.#etcdMember.dataDir);
		await this.#cluster.destroy();
	}

	async #caughtUp(member: Member): Promise<Caller> {
		const caller = this.#callers.get(member) ?? new Caller(member.clientUrl);
		this.#callers.set(member, caller);
		await eventually(async () => (await caller.catchUp()) === 'ok', { what: `${member.name} to catch up` });
		return caller;
	}
}

function received(member: Member): number {
	return member.lines.filter((line) => line.includes('"received a snapshot"')).length;
}

export async function withSubjects<T>(work: (subjects: Subjects) => Promise<T>): Promise<T> {
	const [cluster, etcd] = await Promise.all([startCluster(MEMBERS, { flags: QUORATE }), startEtcd({ flags: BOTH })]);
	assert.equal(cluster.members.length, MEMBERS);
	const subjects = new Subjects(cluster, etcd);
	try {
		return await work(subjects);
	} finally {
		await subjects.close();
	}
}
