/**
 * The members that the leader-latency bench asks: quorate or etcd, with links between them if the scenario has any. Knows who leads, kills and
 * starts members. Not the tests' Cluster: that one runs from source, has no links and no choice of disk. Used by groups.ts and fail-over.ts.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { freePorts } from '../../test/support/free-ports.ts';
import { KvClient, type MemberStatus } from '../../test/support/kv-client.ts';
import { fetchMetrics, figure } from '../../test/support/metrics-text.ts';
import { killAll, ServerProcess } from '../../test/support/server-process.ts';
import { type Link, seededChance } from '../load/link-delay.ts';
import { type HeldTimes, LinkProxy } from '../load/link-proxy.ts';
import { ownerOf } from '../load/socket-owner.ts';
import { linkBetween, needsProxies, type Scenario } from './scenarios.ts';

export type SystemName = 'quorate' | 'etcd';

export interface ClusterOptions {
	readonly system: SystemName;
	readonly scenario: Scenario;
	readonly dataRoot: string;
	readonly seed: number;
	/** More flags of each member, with their dashes. */
	readonly flags: readonly string[];
}

const LAUNCHER = 'dist/src/cli/launcher.js';
const ETCD_QUOTA_BYTES = 8 * 2 ** 30;
const STATUS_DEADLINE_MS = 2_000;
const ELECTION_WITHIN_MS = 60_000;
const SETTLE_WITHIN_MS = 600_000;
/** Three calms of raft/tuner.ts. */
const SETTLED_MS = 30_000;
const READY_LINE = /ready to serve client requests|serving (insecure )?client requests on/;

export interface BenchMember {
	readonly server: ServerProcess;
	readonly client: KvClient;
	/** host:port for the load generator. */
	readonly endpoint: string;
	readonly peerPort: number;
	readonly proxyPort: number;
}

export class BenchCluster {
	readonly system: SystemName;
	readonly scenario: Scenario;
	readonly members: readonly BenchMember[];
	/** How long proxies have held bytes back. */
	readonly held: HeldTimes = { parts: 0, milliseconds: 0 };
	readonly #directory: string;
	readonly #tunes: boolean;
	readonly #proxies: LinkProxy[] = [];
	#slow: BenchMember | null = null;

	static async start(options: ClusterOptions): Promise<BenchCluster> {
		const { system, scenario, dataRoot, seed } = options;
		const directory = resolve(dataRoot, `${system}-${scenario.name}-${process.pid}`);
		rmSync(directory, { recursive: true, force: true });
		mkdirSync(directory, { recursive: true });
		const cluster = new BenchCluster(options, directory, await freePorts(scenario.members * 3));
		try {
			if (needsProxies(scenario)) {
				await cluster.#openProxies(seed);
			}
			await Promise.all(cluster.members.map(({ server }) => server.start()));
			await cluster.leader();
			if (scenario.isOneDown) {
				await (await cluster.aFollower()).server.kill();
			}
		} catch (error) {
			await cluster.stop();
			throw error;
		}
		return cluster;
	}

	private constructor(options: ClusterOptions, directory: string, ports: readonly number[]) {
		this.system = options.system;
		this.scenario = options.scenario;
		this.#directory = directory;
		this.#tunes = options.flags.includes('--tuning=auto');
		const { members: count } = options.scenario;
		const peerUrl = (i: number): string => `http://127.0.0.1:${ports[(needsProxies(options.scenario) ? 2 * count : count) + i]}`;
		const initialCluster = Array.from({ length: count }, (_, i) => `m${i}=${peerUrl(i)}`).join(',');
		this.members = Array.from({ length: count }, (_, i) => {
			const endpoint = `127.0.0.1:${ports[i]}`;
			const peerPort = ports[count + i] ?? 0;
			const urls = ['--listen-client-urls', `http://${endpoint}`, '--advertise-client-urls', `http://${endpoint}`];
			const peers = ['--listen-peer-urls', `http://127.0.0.1:${peerPort}`, '--initial-advertise-peer-urls', peerUrl(i)];
			const own = ['--name', `m${i}`, '--data-dir', join(directory, `m${i}`), ...urls, ...peers, '--initial-cluster', initialCluster];
			const { command, args } = commandOf(options.system, [...own, ...options.flags]);
			const server = new ServerProcess({ name: `m${i}`, command, args, env: {}, isReady: (line) => READY_LINE.test(line) });
			return { server, client: new KvClient(`http://${endpoint}`), endpoint, peerPort, proxyPort: ports[2 * count + i] ?? 0 };
		});
	}

	get pids(): readonly number[] {
		return this.members.flatMap(({ server }) => (server.isRunning ? [server.pid] : []));
	}

	/** Who leads, as itself says in the newest term; the one slow follower, if there is to be one, is chosen anew by it. */
	async leader(): Promise<BenchMember> {
		const leader = await eventually(() => this.#findLeader(), { what: `a leader of ${this.system}`, withinMs: ELECTION_WITHIN_MS });
		if (this.scenario.slowLink !== null && (this.#slow === null || this.#slow === leader)) {
			this.#slow = this.members.find((member) => member !== leader) ?? null;
		}
		return leader;
	}

	async aFollower(): Promise<BenchMember> {
		const leader = await this.leader();
		const follower = this.members.find((member) => member !== leader && member.server.isRunning);
		if (follower === undefined) {
			throw new Error(`${this.system} ${this.scenario.name}: no follower runs`);
		}
		return follower;
	}

	/** Where clients of this scenario connect to. */
	async entry(): Promise<BenchMember> {
		return this.scenario.entry === 'leader' ? this.leader() : this.aFollower();
	}

	/** Where the cluster gives itself its times: until it has kept the same for a while. */
	async settle(): Promise<void> {
		if (!this.#tunes) {
			return;
		}
		let last = Number.NaN;
		let since = performance.now();
		await eventually(
			async () => {
				const leader = await this.leader();
				const seconds = figure(await fetchMetrics(`http://${leader.endpoint}`), 'quorate_tuning_election_timeout_seconds');
				if (seconds !== last) {
					last = seconds;
					since = performance.now();
				}
				return performance.now() - since >= SETTLED_MS;
			},
			{ what: 'an election timeout that stays', withinMs: SETTLE_WITHIN_MS, everyMs: 500 },
		);
	}

	/** Starts a member that was killed, and waits until it has what the others had then. */
	async revive(member: BenchMember): Promise<void> {
		await member.server.start();
		const { raftIndex } = await (await this.leader()).client.status(STATUS_DEADLINE_MS);
		const isLevel = async (): Promise<boolean> => (await member.client.status(STATUS_DEADLINE_MS)).raftIndex >= raftIndex;
		await eventually(isLevel, { what: `${member.server.name} to catch up`, withinMs: ELECTION_WITHIN_MS });
	}

	async stop(): Promise<void> {
		await killAll(this.members.map(({ server }) => server).filter((server) => server.isRunning));
		for (const { client } of this.members) {
			client.close();
		}
		for (const proxy of this.#proxies) {
			proxy.close();
		}
		rmSync(this.#directory, { recursive: true, force: true });
	}

	async #findLeader(): Promise<BenchMember | null> {
		const running = this.members.filter(({ server }) => server.isRunning);
		const answers = await Promise.all(running.map(async (member) => ({ member, status: await statusOf(member) })));
		const term = Math.max(0, ...answers.map(({ status }) => status?.raftTerm ?? 0));
		return answers.find(({ status }) => status?.leader === status?.memberId && status?.raftTerm === term)?.member ?? null;
	}

	async #openProxies(seed: number): Promise<void> {
		for (const [i, member] of this.members.entries()) {
			const chance = seededChance(seed + i);
			const { proxyPort, peerPort } = member;
			const linkTo = (dialingPort: number): (() => Link) | null => this.#linkTo(member, dialingPort);
			this.#proxies.push(await LinkProxy.open({ port: proxyPort, targetPort: peerPort, chance, held: this.held, linkTo }));
		}
	}

	#linkTo(dialed: BenchMember, dialingPort: number): (() => Link) | null {
		const pid = ownerOf({ localPort: dialingPort, remotePort: dialed.proxyPort }, this.pids);
		const dialing = this.members.find(({ server }) => server.isRunning && server.pid === pid);
		if (dialing === undefined) {
			return null;
		}
		return () => linkBetween(this.scenario, [dialing.server.name, dialed.server.name], this.#slow?.server.name ?? null);
	}
}

function commandOf(system: SystemName, flags: readonly string[]): { readonly command: string; readonly args: readonly string[] } {
	if (system === 'quorate') {
		return { command: process.execPath, args: [resolve(LAUNCHER), ...flags] };
	}
	const command = ['/usr/bin/etcd', '/usr/local/bin/etcd'].find((path) => existsSync(path));
	if (command === undefined) {
		throw new Error('--against etcd needs an etcd server: apt-get install etcd-server');
	}
	// Only so that a long bench does not end in NOSPACE.
	return { command, args: [...flags, '--quota-backend-bytes', String(ETCD_QUOTA_BYTES)] };
}

async function statusOf({ client }: BenchMember): Promise<MemberStatus | null> {
	try {
		return await client.status(STATUS_DEADLINE_MS);
	} catch {
		return null;
	}
}
