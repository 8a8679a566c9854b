/** Peer networks on loopback for tests: ephemeral ports, recorders that can be waited on, a TCP proxy that can cut and freeze. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPeerNetwork, type PeerNetwork } from '../../../src/adapters/peer-network.ts';
import { type PeerTiming, peerTiming } from '../../../src/adapters/peer-timing.ts';
import type { Index, Slot } from '../../../src/base/brand.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { LeaseQuestion } from '../../../src/ports/leader-leases.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { PeerAddress, SnapshotArrival } from '../../../src/ports/peer-links.ts';

export const CLUSTER_ID = 'c1a57e4';
/** Until a member's table holds it. */
const ADVERTISED = 'http://127.0.0.1:1';

/** Values in the order in which they came, and a way to wait for enough of them. */
export class Recorder<T> {
	readonly values: T[] = [];
	#waiters: { readonly isEnough: (values: readonly T[]) => boolean; readonly resolve: () => void }[] = [];

	add(value: T): void {
		this.values.push(value);
		const waiters = this.#waiters;
		this.#waiters = [];
		for (const waiter of waiters) {
			if (waiter.isEnough(this.values)) {
				waiter.resolve();
			} else {
				this.#waiters.push(waiter);
			}
		}
	}

	/** The test's own time limit ends a wait for what never comes. */
	until(isEnough: (values: readonly T[]) => boolean): Promise<void> {
		return isEnough(this.values) ? Promise.resolve() : new Promise((resolve) => this.#waiters.push({ isEnough, resolve }));
	}

	untilCount(count: number): Promise<void> {
		return this.until((values) => values.length >= count);
	}
}

export interface Received {
	readonly from: Slot;
	readonly bytes: Uint8Array;
}

export interface TestMember {
	readonly slot: Slot;
	readonly id: string;
	readonly directory: string;
	readonly network: PeerNetwork;
	readonly url: string;
	readonly received: Recorder<Received>;
	readonly downs: Recorder<Slot>;
	readonly transfers: Recorder<Slot>;
	readonly leaseQuestions: LeaseQuestion[];
	readonly snapshots: Recorder<SnapshotArrival>;
	/** Messages of log lines. */
	readonly lines: Recorder<string>;
	/** One for each word that this member has been removed. */
	readonly removals: Recorder<string>;
}

export class TestCluster {
	readonly members: TestMember[] = [];
	readonly #directories: string[] = [];
	readonly #proxies: TestProxy[] = [];
	readonly #puppets: HttpServer[] = [];
	readonly #puppetSockets: Socket[] = [];

	async open(slot: number, timing: Partial<PeerTiming> = {}): Promise<TestMember> {
		const directory = await mkdtemp(join(tmpdir(), 'quorate-peer-'));
		this.#directories.push(directory);
		const lines = new Recorder<string>();
		const logger: Logger = { log: (_level, message) => lines.add(message), isEnabled: () => true };
		const removals = new Recorder<string>();
		const network = await openPeerNetwork({
			listenUrls: ['http://127.0.0.1:0'],
			selfId: `abc${slot}`,
			selfSlot: slot as Slot,
			advertiseUrls: [ADVERTISED],
			clusterId: null,
			incomingDirectory: join(directory, 'incoming'),
			versionText: '3.7.1',
			timing: { ...peerTiming(10), silentChecksMax: 50, farewellMilliseconds: 10, ...timing },
			tls: null,
			random: new SeededRandom(slot),
			turn: { run: (work) => void setImmediate(work) },
			logger,
		});
		const url = network.listenUrls[0];
		assert.ok(url !== undefined);
		const member: TestMember = {
			slot: slot as Slot,
			id: `abc${slot}`,
			directory,
			network,
			url,
			received: new Recorder(),
			downs: new Recorder(),
			transfers: new Recorder(),
			leaseQuestions: [],
			snapshots: new Recorder(),
			lines,
			removals,
		};
		network.links.subscribe({
			received: (from, bytes) => member.received.add({ from, bytes }),
			linkDown: (slotDown) => member.downs.add(slotDown),
			snapshotReceived: (arrival) => member.snapshots.add(arrival),
			stateAsked: (done: (json: string) => void) => done('{}'),
			transferAsked: (from) => member.transfers.add(from),
			hashAsked: (revision, done) => done({ code: 0, applied: slot, revision, compactRevision: -1, hash: slot * 100 }),
			progressAsked: (done) => done([{ slot: slot as Slot, match: 5 as Index, isActive: true }]),
			leasesAsked: (question, done) => {
				member.leaseQuestions.push(question);
				const { ids } = question;
				done({ code: 0, remaining: ids.map(() => 3), granted: ids.map(() => 9) });
			},
			removed: () => removals.add(member.id),
		});
		this.members.push(member);
		return member;
	}

	async openProxy(target: string): Promise<TestProxy> {
		const proxy = await TestProxy.open(target);
		this.#proxies.push(proxy);
		return proxy;
	}

	/** A peer of one's own making, which gets every upgraded socket. */
	async openPuppet(answer: string, upgraded: (socket: Socket) => void): Promise<string> {
		const server = createHttpServer();
		this.#puppets.push(server);
		server.on('connection', (socket) => {
			this.#puppetSockets.push(socket);
			socket.on('error', () => {});
		});
		server.on('upgrade', (_request, socket: Socket) => {
			socket.write(answer);
			upgraded(socket);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		await Promise.all(this.members.map((member) => member.network.close()));
		for (const proxy of this.#proxies) {
			proxy.close();
		}
		for (const server of this.#puppets) {
			server.close();
		}
		for (const socket of this.#puppetSockets) {
			socket.destroy();
		}
		await Promise.all(this.#directories.map((directory) => rm(directory, { recursive: true })));
	}
}

export function addressOf(member: TestMember, url = member.url): PeerAddress {
	return { slot: member.slot, id: member.id, urls: [url], name: '' };
}

/** Tells every member of all of them. */
export function introduce(...members: readonly TestMember[]): void {
	for (const member of members) {
		member.network.links.setMembers(
			CLUSTER_ID,
			members.map((other) => addressOf(other)),
			[],
		);
	}
}

export function text(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('latin1');
}

/** Passes connections on to a target that can change; cuts them, or freezes them so that neither side hears more. */
export class TestProxy {
	target: string;
	/** New connections get nowhere and stay open. */
	isFrozen = false;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(server: Server, target: string) {
		this.#server = server;
		this.target = target;
		server.on('connection', (socket) => this.#pass(socket));
	}

	static open(target: string): Promise<TestProxy> {
		const server = createServer();
		return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(new TestProxy(server, target))));
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Both sides of every connection stay open, and nothing passes any more; new connections are as before. */
	freeze(): void {
		for (const socket of this.#sockets) {
			socket.unpipe();
			socket.pause();
		}
	}

	cut(): void {
		for (const socket of this.#sockets) {
			socket.destroy();
		}
	}

	close(): void {
		this.cut();
		this.#server.close();
	}

	#pass(inner: Socket): void {
		this.#keep(inner);
		if (this.isFrozen) {
			return;
		}
		const outer = connect(Number(new URL(this.target).port), '127.0.0.1');
		this.#keep(outer);
		inner.pipe(outer).pipe(inner);
		inner.on('close', () => outer.destroy());
		outer.on('close', () => inner.destroy());
	}

	#keep(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => this.#sockets.delete(socket));
	}
}
