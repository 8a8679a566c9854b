/**
 * The network between members: the peer port and the links to everyone else, behind the PeerLinks port. Each member dials every other and
 * sends on the two connections that it has dialed (control, bulk); on those that it has accepted it only reads. So a connection has one
 * owner who dials again, and no rule is needed for two that cross. Opened by workers/peer.ts.
 */
import { unlink } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { assert, must } from '../base/assert.ts';
import type { Slot } from '../base/brand.ts';
import type { Metric } from '../base/metric.ts';
import type { Random } from '../base/random.ts';
import type { Logger } from '../ports/logger.ts';
import type { PeerFigures } from '../ports/peer-figures.ts';
import type { ToldHash } from '../ports/peer-hashes.ts';
import type { PeerAddress, PeerEvents, PeerLinks, SnapshotFile } from '../ports/peer-links.ts';
import type { Turn } from '../ports/turn.ts';
import { CHANNEL, type Channel } from '../protocol/messages.ts';
import { askAllHashes } from './hash-page.ts';
import type { PeerRequest } from './peer-http-client.ts';
import { PeerInbound } from './peer-inbound.ts';
import { listenPeers } from './peer-listen.ts';
import { AppendMeter } from './peer-meters.ts';
import { OutgoingPeer } from './peer-outgoing.ts';
import { PeerRoster } from './peer-roster.ts';
import { type PeerServerPorts, SNAPSHOT_PATH, servePeers } from './peer-server.ts';
import { SnapshotReceiver } from './peer-snapshot-receiver.ts';
import { sendSnapshotFile } from './peer-snapshot-sender.ts';
import type { PeerTiming } from './peer-timing.ts';
import { PeerTraffic, type Traffic } from './peer-traffic.ts';
import { recentTripMetrics } from './recent-trips.ts';
import type { TlsMaterial } from './tls/tls-material.ts';

export interface PeerNetworkOptions {
	readonly listenUrls: readonly string[];
	/** Other processes may listen there too. Default: none may. */
	readonly reusePort?: boolean;
	/** This member's id as hex. */
	readonly selfId: string;
	readonly selfSlot: Slot;
	/** This member's peer URLs as others reach it. */
	readonly advertiseUrls: readonly string[];
	/** As far as it is known at the start: with it, members that the store does not know yet are let in (peer-roster.ts). */
	readonly clusterId: string | null;
	/** Where snapshots of other members arrive; made if it is missing, and emptied of what a former process left. */
	readonly incomingDirectory: string;
	/** The version of etcd's API that this member speaks, such as 3.7.1. */
	readonly versionText: string;
	/** peerTiming(heartbeat). */
	readonly timing: PeerTiming;
	/** For https URLs, of this member and of others. */
	readonly tls: TlsMaterial | null;
	readonly random: Random;
	readonly turn: Turn;
	readonly logger: Logger;
}

export interface PeerNetwork {
	readonly links: PeerLinks;
	metrics(): readonly Metric[];
	/** What is listened on, with the ports that were bound. */
	readonly listenUrls: readonly string[];
	/** Frames that were flushed may still leave, for closeMilliseconds; then nothing of the network is left. */
	close(): Promise<void>;
}

/** Throws FatalError when a listen URL cannot be bound, or the directory for snapshots cannot be used. Peers are refused until the cluster is known. */
export async function openPeerNetwork(options: PeerNetworkOptions): Promise<PeerNetwork> {
	const links = new UndiciPeerLinks(options);
	try {
		const receiver = await SnapshotReceiver.open({
			directory: options.incomingDirectory,
			stallMilliseconds: options.timing.snapshotStallMilliseconds,
			logger: options.logger,
			arrived: (arrival) => options.turn.run(() => links.events.snapshotReceived(arrival)),
		});
		const ports: PeerServerPorts = {
			roster: links.roster,
			logger: options.logger,
			versionText: options.versionText,
			stream: (from, channel, socket, head) => links.accept(from, channel, socket, head),
			snapshot: (from, request, response) => void receiver.receive(from, request, response),
			progress: (done) => options.turn.run(() => links.events.progressAsked(done)),
			leases: (question, done) => options.turn.run(() => links.events.leasesAsked(question, done)),
			hash: (revision, done) => options.turn.run(() => links.events.hashAsked(revision, done)),
			transfer: (from) => options.turn.run(() => links.events.transferAsked(from)),
			state: (done) => options.turn.run(() => links.events.stateAsked(done)),
		};
		const listeners = await listenPeers(options, (server) => servePeers(server, ports));
		const close = async (): Promise<void> => {
			receiver.close();
			links.close();
			await Promise.all(listeners.map((listener) => listener.close()));
		};
		return { links, metrics: () => links.metrics(), listenUrls: listeners.map(({ url }) => url), close };
	} catch (error) {
		links.close();
		throw error;
	}
}

/** Of etcd's: a member whose id is not known. */
const UNKNOWN_MEMBER = '0';

class UndiciPeerLinks implements PeerLinks {
	readonly roster: PeerRoster;
	readonly #options: PeerNetworkOptions;
	readonly #peers = new Map<Slot, OutgoingPeer>();
	/** By sender and channel: a newer connection takes the place of an older, which is half open or soon will be. */
	readonly #inbound = new Map<string, { readonly from: Slot; readonly connection: PeerInbound }>();
	/** Members to whom a snapshot is on its way, and how to stop it. */
	readonly #snapshots = new Map<Slot, AbortController>();
	readonly #checks: NodeJS.Timeout;
	/** What has arrived since the last turn began. */
	#arrived: { readonly from: Slot; readonly bodies: readonly Uint8Array[] }[] = [];
	readonly #sent = new AppendMeter();
	readonly #received = new AppendMeter();
	readonly #traffic: PeerTraffic;
	#events: PeerEvents | null = null;
	#farewell: NodeJS.Timeout | null = null;
	#isWaitingForFarewell = false;
	#isClosed = false;

	constructor(options: PeerNetworkOptions) {
		this.#options = options;
		this.#traffic = new PeerTraffic(options.selfId);
		this.roster = new PeerRoster(options, (guest) => this.#meet(guest));
		this.#checks = setInterval(() => this.#check(), options.timing.checkMilliseconds);
	}

	get events(): PeerEvents {
		return must(this.#events, 'a subscriber before the first event');
	}

	subscribe(events: PeerEvents): void {
		assert(this.#events === null, 'subscribed twice');
		this.#events = events;
	}

	setMembers(clusterId: string, members: readonly PeerAddress[], removed: readonly string[]): void {
		this.roster.replace(clusterId, members, removed);
		if (this.roster.isSelfRemoved) {
			this.#waitForFarewell();
		}
		const others = new Map(this.roster.others.map((member) => [member.slot, member]));
		for (const [slot, peer] of this.#peers) {
			if (others.get(slot)?.id !== peer.address.id) {
				this.#forget(slot, peer);
			}
		}
		for (const member of others.values()) {
			this.#meet(member);
		}
	}

	send(to: Slot, channel: Channel, replaceable: boolean, bytes: Uint8Array): void {
		const peer = this.#peers.get(to);
		if (peer !== undefined && channel === CHANNEL.bulk) {
			this.#sent.note(bytes.length, performance.now());
		}
		if (peer !== undefined) {
			this.#traffic.of(peer.address.id).sentBytes += bytes.length;
			peer.send(channel, replaceable, bytes);
		}
	}

	flush(): void {
		for (const peer of this.#peers.values()) {
			peer.flush();
		}
	}

	sendSnapshot(file: SnapshotFile, done: (ok: boolean) => void): void {
		const member = this.#peers.get(file.to)?.address;
		const finish = (ok: boolean): void => {
			unlink(file.path)
				.catch(() => {})
				.finally(() => this.#options.turn.run(() => done(ok)));
		};
		if (member === undefined || this.#isClosed || this.#snapshots.has(file.to)) {
			finish(false);
			return;
		}
		const abort = new AbortController();
		this.#snapshots.set(file.to, abort);
		const streamed = this.#traffic.of(member.id).snapshot(this.#streamSnapshot(file, member, abort.signal));
		streamed.then((ok) => {
			this.#snapshots.delete(file.to);
			finish(ok);
		});
	}

	askHashes(revision: number, done: (hashes: readonly ToldHash[]) => void): void {
		const questions = [...this.#peers.values()].map(({ address }) => ({
			id: address.id,
			urls: address.urls,
			headers: this.roster.headersTo(address),
			tls: this.#options.tls,
		}));
		void askAllHashes(questions, revision).then((hashes) => this.#options.turn.run(() => this.#isClosed || done(hashes)));
	}

	figures(): PeerFigures {
		const now = performance.now();
		const peers = [...this.#peers.values()];
		const members = peers.map((peer) => peer.figures());
		for (const peer of peers) {
			peer.probe();
		}
		return { sent: this.#sent.figures(now), received: this.#received.figures(now), members };
	}

	metrics(): readonly Metric[] {
		const active = [...this.#peers.values()].filter(({ isUp }) => isUp);
		const trips = recentTripMetrics([...this.#peers.values()].map((peer) => peer.figures()));
		return [...this.#traffic.metrics(active.map(({ address }) => address.id)), trips];
	}

	discardSnapshot(path: string): void {
		unlink(path).catch((error: Error) => this.#options.logger.log('warn', 'could not delete a snapshot file', { path, error: error.message }));
	}

	/** A checked connection of a member that is to be read. */
	accept(from: Slot, channel: Channel, socket: Duplex, head: Uint8Array): void {
		const key = `${from}/${channel}`;
		this.#inbound.get(key)?.connection.destroy();
		const connection: PeerInbound = new PeerInbound(socket, head, {
			frames: (bodies) => this.#arrive(from, channel, bodies),
			closed: (fault) => {
				if (this.#inbound.get(key)?.connection === connection) {
					this.#inbound.delete(key);
				}
				if (fault !== null) {
					this.#trafficFrom(from).receivedFailures += 1;
					this.#options.logger.log('warn', 'closed a connection of a peer', { from, channel, fault });
				}
			},
		});
		this.#inbound.set(key, { from, connection });
		if (this.#isClosed) {
			connection.destroy();
		}
	}

	close(): void {
		this.#isClosed = true;
		clearInterval(this.#checks);
		clearTimeout(this.#farewell ?? undefined);
		for (const abort of this.#snapshots.values()) {
			abort.abort();
		}
		for (const [slot, peer] of this.#peers) {
			this.#forget(slot, peer);
		}
		for (const { connection } of this.#inbound.values()) {
			connection.destroy();
		}
	}

	#trafficFrom(from: Slot): Traffic {
		return this.#traffic.of(this.#peers.get(from)?.address.id ?? UNKNOWN_MEMBER);
	}

	#arrive(from: Slot, channel: Channel, bodies: readonly Uint8Array[]): void {
		const traffic = this.#trafficFrom(from);
		for (const { length } of bodies) {
			traffic.receivedBytes += length;
		}
		if (channel === CHANNEL.bulk) {
			const now = performance.now();
			for (const { length } of bodies) {
				this.#received.note(length, now);
			}
		}
		this.#deliver(from, bodies);
	}

	/** All that arrives before the turn begins is one step of it, in the order of arrival. */
	#deliver(from: Slot, bodies: readonly Uint8Array[]): void {
		this.#arrived.push({ from, bodies });
		if (this.#arrived.length > 1) {
			return;
		}
		this.#options.turn.run(() => {
			const arrived = this.#arrived;
			this.#arrived = [];
			for (const { from: sender, bodies: frames } of arrived) {
				for (const bytes of frames) {
					this.events.received(sender, bytes);
				}
			}
		});
	}

	#meet(member: PeerAddress): void {
		const known = this.#peers.get(member.slot);
		if (known === undefined) {
			this.#peers.set(member.slot, this.#openPeer(member));
		} else {
			known.address = member;
		}
	}

	/**
	 * Its own store says that it has left. It ends when somebody else says so too (a dial is answered with 410): until then it may be the only one
	 * who knows, and the others, who still take it for a voter, may need its word to learn it.
	 */
	#waitForFarewell(): void {
		if (!this.#isWaitingForFarewell && this.#farewell === null) {
			this.#isWaitingForFarewell = true;
			const words = 'this member has been removed from the cluster; it will end as soon as another member knows';
			this.#options.logger.log('warn', words, { 'local-member-id': this.#options.selfId });
		}
	}

	/** Not at once: who asked for the removal may still wait for this member's answer, and others for its last frames. */
	#leave(): void {
		if (this.#farewell === null && !this.#isClosed) {
			this.#options.logger.log('warn', 'this member has been removed from the cluster; it will end', { 'local-member-id': this.#options.selfId });
			this.#farewell = setTimeout(() => this.#options.turn.run(() => this.events.removed()), this.#options.timing.farewellMilliseconds);
		}
	}

	#openPeer(member: PeerAddress): OutgoingPeer {
		const { timing, random, logger, turn } = this.#options;
		return new OutgoingPeer(member, {
			timing,
			random,
			logger,
			request: (address, path, attempt) => this.#request(address, path, attempt),
			traffic: this.#traffic.of(member.id),
			gone: () => this.#leave(),
			lost: (slot) => turn.run(() => this.#isClosed || this.events.linkDown(slot)),
		});
	}

	#request(member: PeerAddress, path: string, attempt: number): PeerRequest {
		const url = must(member.urls[attempt % member.urls.length], `a peer URL of member ${member.id}`);
		const { tls, timing } = this.#options;
		const headers = this.roster.headersTo(member);
		return { url, path, headers, expected: this.roster.headersFrom(member), tls, timeoutMilliseconds: timing.dialMilliseconds };
	}

	/** Tries the member's URLs in turn until one answers. */
	async #streamSnapshot(file: SnapshotFile, member: PeerAddress, signal: AbortSignal): Promise<boolean> {
		const timeoutMilliseconds = this.#options.timing.snapshotStallMilliseconds;
		for (let attempt = 0; attempt < member.urls.length && !signal.aborted; attempt++) {
			const request = { ...this.#request(member, SNAPSHOT_PATH, attempt), timeoutMilliseconds };
			const refusal = await sendSnapshotFile(file, request, signal);
			if (refusal === null) {
				return true;
			}
			this.#options.logger.log('warn', 'a snapshot was not taken', { to: member.id, url: request.url, reason: refusal.reason });
			if (refusal.status !== null) {
				return false;
			}
		}
		return false;
	}

	#forget(slot: Slot, peer: OutgoingPeer): void {
		peer.close();
		this.#peers.delete(slot);
		this.#snapshots.get(slot)?.abort();
		for (const { from, connection } of this.#inbound.values()) {
			if (from === slot) {
				connection.destroy();
			}
		}
	}

	#check(): void {
		for (const peer of this.#peers.values()) {
			peer.check();
		}
		for (const { connection } of this.#inbound.values()) {
			connection.check(this.#options.timing.silentChecksMax);
		}
	}
}
