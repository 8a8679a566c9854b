/** Several members as real processes: who leads, whether their stores are equal, and what they logged when a test failed. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTempDirectory, removeTempDirectory } from './cleanup.ts';
import { eventually } from './eventually.ts';
import type { MemberStatus } from './kv-client.ts';
import { clusterSpec, Member, type MemberAddresses, type MemberOptions, makeAddresses, withFreshPorts } from './member.ts';
import { type Ended, killAll } from './server-process.ts';

export type ClusterOptions = Omit<MemberOptions, 'name' | 'dataDir'>;

const STATUS_DEADLINE_MS = 500;
const CATCH_UP_MS = 60_000;
const HASH_DEADLINE_MS = 30_000;

export class Cluster {
	#members: readonly Member[];
	readonly #options: ClusterOptions;
	readonly #directory: string;

	constructor(members: readonly Member[], options: ClusterOptions, directory: string) {
		this.#members = members;
		this.#options = options;
		this.#directory = directory;
	}

	get members(): readonly Member[] {
		return this.#members;
	}

	/** Addresses for one more member, which is not started and not yet one of these. */
	async address(name: string): Promise<MemberAddresses> {
		const [addresses] = await makeAddresses([name], this.#directory);
		return addresses as MemberAddresses;
	}

	/** Starts a member that was added to the cluster; initialCluster: all that are in it, this one too. It is one of these once it is ready. */
	async join(addresses: MemberAddresses, initialCluster: string): Promise<Member> {
		const flags = { ...this.#options.flags, 'initial-cluster-state': 'existing' };
		const member = new Member(clusterSpec(addresses, { ...this.#options, flags }, initialCluster), addresses);
		this.#members = [...this.#members, member];
		await member.start();
		return member;
	}

	/** It was removed from the cluster; ended says how its process ended. */
	async leave(member: Member): Promise<Ended> {
		const ended = await member.ended;
		member.client.close();
		this.#members = this.#members.filter((each) => each !== member);
		return ended;
	}

	get awake(): readonly Member[] {
		return this.members.filter((member) => member.isAwake);
	}

	/** The awake member that says it leads, in the highest term that any of them knows. Waits until there is one. */
	leader(): Promise<Member> {
		return eventually(
			async () => {
				const answers = await Promise.all(this.awake.map(async (member) => ({ member, status: await statusOf(member) })));
				const term = Math.max(0, ...answers.map(({ status }) => status?.raftTerm ?? 0));
				const leads = ({ status }: { status: MemberStatus | null }): boolean => status?.leader === status?.memberId && status?.raftTerm === term;
				return answers.find((answer) => answer.status !== null && leads(answer))?.member ?? null;
			},
			{ what: 'a leader', everyMs: 10 },
		);
	}

	async follower(): Promise<Member> {
		const leader = await this.leader();
		const [follower] = this.awake.filter((member) => member !== leader);
		assert.ok(follower !== undefined, 'a follower is awake');
		return follower;
	}

	/** Every member reaches the newest revision of any, and at that revision all stores hash equal. */
	async assertEqualStores(): Promise<void> {
		const statuses = await Promise.all(this.members.map((member) => member.client.status()));
		const revision = Math.max(...statuses.map((status) => status.revision));
		for (const member of this.members) {
			const what = `${member.name} to reach revision ${revision}`;
			await eventually(async () => (await member.client.status()).revision >= revision, { what, withinMs: CATCH_UP_MS });
		}
		const hashes = await Promise.all(this.members.map((member) => member.client.hashKv(revision, HASH_DEADLINE_MS)));
		const named = this.members.map((member, i) => `${member.name} ${hashes[i]?.hash} at ${hashes[i]?.compactRevision}..${revision}`);
		assert.equal(new Set(hashes.map(({ hash, compactRevision }) => `${hash} ${compactRevision}`)).size, 1, `hashes differ: ${named.join(', ')}`);
	}

	async stopAll(): Promise<void> {
		await Promise.all(this.members.map((member) => member.stop()));
	}

	async startAll(): Promise<void> {
		await Promise.all(this.members.map((member) => member.start()));
	}

	/** Ends everything at once and removes the data. */
	async destroy(): Promise<void> {
		for (const member of this.members) {
			member.client.close();
		}
		await killAll(this.members.filter((member) => member.isRunning));
		removeTempDirectory(this.#directory);
	}

	/** Keeps each member's lines in a directory of their own, whose name is returned. */
	saveLogs(): string {
		const directory = mkdtempSync(join(tmpdir(), 'quorate-failed-'));
		for (const member of this.members) {
			writeFileSync(join(directory, `${member.name}.log`), `${member.lines.join('\n')}\n`);
		}
		return directory;
	}
}

/** Members m1 to mN of a new cluster, all ready. */
export function startCluster(count: number, options: ClusterOptions = {}): Promise<Cluster> {
	return withFreshPorts(async () => {
		const directory = makeTempDirectory('cluster');
		const names = Array.from({ length: count }, (_, i) => `m${i + 1}`);
		const addresses = await makeAddresses(names, directory);
		const initialCluster = addresses.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
		const cluster = new Cluster(
			addresses.map((each) => new Member(clusterSpec(each, options, initialCluster), each)),
			options,
			directory,
		);
		try {
			await cluster.startAll();
		} catch (error) {
			await cluster.destroy();
			throw error;
		}
		return cluster;
	});
}

/** Runs a test against a cluster that is destroyed afterwards; when it fails, the members' logs are kept, and the error says where. */
export async function withCluster(count: number, options: ClusterOptions, work: (cluster: Cluster) => Promise<void>): Promise<void> {
	const cluster = await startCluster(count, options);
	try {
		await work(cluster);
	} catch (error) {
		const tails = cluster.members.map((member) => `== ${member.name} ==\n${member.tail(10)}`).join('\n');
		throw new Error(`${String(error)}\nlogs kept in ${cluster.saveLogs()}\n${tails}`, { cause: error });
	} finally {
		await cluster.destroy();
	}
}

async function statusOf(member: Member): Promise<MemberStatus | null> {
	try {
		return await member.client.status(STATUS_DEADLINE_MS);
	} catch {
		return null;
	}
}
