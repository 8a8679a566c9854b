/** The PeerLinks of one simulated process: the product's roster says who may talk and where members are, the simulated network carries. */
import type { IncomingHttpHeaders } from 'node:http';
import { type PeerCheck, PeerRoster } from '../../src/adapters/peer-roster.ts';
import { peerTiming } from '../../src/adapters/peer-timing.ts';
import type { Slot } from '../../src/base/brand.ts';
import { ETCD_API_VERSION } from '../../src/base/version.ts';
import type { ToldCluster } from '../../src/members/joining.ts';
import type { LeaseAnswer, LeaseQuestion } from '../../src/ports/leader-leases.ts';
import type { PeerFigures } from '../../src/ports/peer-figures.ts';
import type { PeerAddress, PeerEvents, PeerLinks, SnapshotFile } from '../../src/ports/peer-links.ts';
import type { Channel } from '../../src/protocol/messages.ts';
import type { MemberProgress } from '../../src/raft/inquiry.ts';
import { CLUSTER_ID } from './foundation.ts';
import type { Network } from './network.ts';
import type { Seat } from './seat.ts';
import type { StoreDisk } from './store-disk.ts';
import { MILLISECOND, type Timeline } from './timeline.ts';

export interface OwnEnd {
	readonly slot: Slot;
	/** This member's id as hex. */
	readonly id: string;
	readonly urls: readonly string[];
	/** Of the process: frames to a former one are lost, mostly. */
	readonly epoch: number;
	readonly seat: Seat;
	readonly disk: StoreDisk;
	readonly timeline: Timeline;
	isUp(): boolean;
}

/** As in workers/api.worker.ts. */
const ASK_MILLISECONDS = 400;
const DIAL_MILLISECONDS = 500;
const LEASES_MILLISECONDS = 2_000;
const FAREWELL = peerTiming(100).farewellMilliseconds * MILLISECOND;

export class SimLinks implements PeerLinks {
	readonly askMicroseconds = ASK_MILLISECONDS * MILLISECOND;
	readonly leasesMicroseconds = LEASES_MILLISECONDS * MILLISECOND;
	readonly #own: OwnEnd;
	readonly #network: Network;
	readonly #roster: PeerRoster;
	events: PeerEvents | null = null;
	/** Everyone to be dialed, and what is said to them first. */
	#others = new Map<Slot, PeerAddress>();
	readonly #headers = new Map<string, IncomingHttpHeaders>();
	#queue: { readonly to: PeerAddress; readonly channel: Channel; readonly bytes: Uint8Array }[] = [];
	readonly #snapshots = new Set<Slot>();
	#isLeaving = false;

	constructor(own: OwnEnd, network: Network) {
		this.#own = own;
		this.#network = network;
		const { id: selfId, slot: selfSlot, urls: advertiseUrls } = own;
		this.#roster = new PeerRoster({ selfId, selfSlot, advertiseUrls, clusterId: CLUSTER_ID, versionText: ETCD_API_VERSION }, () => this.#look());
		this.#dial();
	}

	get slot(): Slot {
		return this.#own.slot;
	}

	get epoch(): number {
		return this.#own.epoch;
	}

	get seat(): Seat {
		return this.#own.seat;
	}

	get disk(): StoreDisk {
		return this.#own.disk;
	}

	/** Connections are looked at again and again; one that was lost, or refused, is dialed. */
	#dial(): void {
		this.#own.timeline.after(DIAL_MILLISECONDS * MILLISECOND, () => {
			if (this.#own.isUp()) {
				for (const address of this.#others.values()) {
					this.#network.dial(this, address);
				}
				this.#dial();
			}
		});
	}

	/** What it answers to GET /members. */
	get told(): ToldCluster {
		const members = this.#roster.members.map(({ id, slot, name, urls }) => ({ id, slot, name, peerUrls: urls }));
		return { clusterId: this.#roster.clusterId ?? '', members };
	}

	check(headers: IncomingHttpHeaders): PeerCheck {
		return this.#roster.check(headers);
	}

	headersTo(to: PeerAddress): IncomingHttpHeaders {
		let headers = this.#headers.get(to.id);
		if (headers === undefined) {
			headers = Object.fromEntries(Object.entries(this.#roster.headersTo(to)).map(([name, value]) => [name.toLowerCase(), value]));
			this.#headers.set(to.id, headers);
		}
		return headers;
	}

	/** A dial was answered so. */
	hearsThatItIsGone(): void {
		if (this.#own.isUp()) {
			this.#leave();
		}
	}

	subscribe(events: PeerEvents): void {
		this.events = events;
	}

	setMembers(clusterId: string, members: readonly PeerAddress[], removed: readonly string[]): void {
		// That it has left it is told by others, as in adapters/peer-network.ts. Nobody is answered by it before the turn is over.
		this.seat.whenReleased(() => {
			this.#roster.replace(clusterId, members, removed);
			this.#look();
		});
	}

	send(to: Slot, channel: Channel, _replaceable: boolean, bytes: Uint8Array): void {
		const address = this.#others.get(to);
		if (address !== undefined) {
			this.#queue.push({ to: address, channel, bytes });
		}
	}

	flush(): void {
		const queue = this.#queue;
		if (queue.length > 0) {
			this.#queue = [];
			this.seat.whenReleased(() => {
				for (const { to, channel, bytes } of queue) {
					this.#network.transmit(this, to, channel, bytes);
				}
			});
		}
	}

	sendSnapshot(file: SnapshotFile, done: (ok: boolean) => void): void {
		const address = this.#others.get(file.to);
		if (address === undefined || this.#snapshots.has(file.to)) {
			this.disk.files.delete(file.path);
			this.seat.run(() => done(false));
			return;
		}
		this.#snapshots.add(file.to);
		this.#network.sendSnapshot(this, address, file, (ok) => {
			this.#snapshots.delete(file.to);
			done(ok);
		});
	}

	/** Stores are not compared in here: the checkers do. */
	askHashes(): void {}

	/** Nobody asks in here. */
	figures(): PeerFigures {
		const none = { count: 0, messagesPerSecond: 0, bytesPerSecond: 0 };
		return { sent: none, received: none, members: [] };
	}

	discardSnapshot(path: string): void {
		this.disk.files.delete(path);
	}

	askProgress(to: PeerAddress, done: (progress: readonly MemberProgress[] | null) => void): void {
		this.#network.askProgress(this, to, done);
	}

	askLeases(to: PeerAddress, question: LeaseQuestion, done: (answer: LeaseAnswer | null) => void): void {
		this.#network.askLeases(this, to, question, done);
	}

	tell(to: PeerAddress, what: (events: PeerEvents) => void): void {
		this.#network.tell(this, to, what);
	}

	#look(): void {
		this.#others = new Map(this.#roster.others.map((address) => [address.slot, address]));
		this.#headers.clear();
	}

	/** Not at once, as in adapters/peer-network.ts. */
	#leave(): void {
		if (!this.#isLeaving) {
			this.#isLeaving = true;
			this.#own.timeline.after(FAREWELL, () => {
				if (this.#own.isUp()) {
					this.seat.run(() => this.events?.removed());
				}
			});
		}
	}
}
