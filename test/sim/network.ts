/**
 * The network between simulated members: delay, loss, repetition, disorder, links that are cut one way or both, clogs, and snapshots on their
 * way. What a link promises is ports/peer-links.ts, and not a word more.
 */
import { must } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { copyBytes } from '../../src/base/bytes.ts';
import type { PeerAddress, PeerEvents, PeerLinks, SnapshotFile } from '../../src/ports/peer-links.ts';
import type { Channel } from '../../src/protocol/messages.ts';
import type { Dice } from './dice.ts';
import type { NetworkPlan } from './plan.ts';
import type { Seat } from './seat.ts';
import type { SnapshotImage, StoreDisk } from './store-disk.ts';
import type { Timeline } from './timeline.ts';

export interface NetworkCounts {
	frames: number;
	lost: number;
	repeated: number;
	cut: number;
	snapshots: number;
	snapshotsLost: number;
}

/** A process's end of the network. */
export interface Port {
	readonly slot: Slot;
	/** Of the process: frames to a former one are lost, mostly. */
	readonly epoch: number;
	readonly seat: Seat;
	readonly disk: StoreDisk;
	readonly events: PeerEvents | null;
	knows(slot: Slot): boolean;
}

export interface NetworkPorts {
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly counts: NetworkCounts;
	/** The process of this member that is up, or null. */
	portOf(slot: Slot): Port | null;
	/** A frame leaves its member: for the checkers. */
	left(from: Slot, bytes: Uint8Array): void;
}

export class Network {
	readonly #plan: NetworkPlan;
	readonly #ports: NetworkPorts;
	/** Ordered pairs that are cut. */
	readonly #cuts = new Set<string>();
	/** Ordered pairs whose frames wait until then. */
	readonly #clogs = new Map<string, number>();
	readonly #lastArrival = new Map<string, number>();
	/** Loss and repetition are over: the liveness phase. */
	isHealed = false;

	constructor(plan: NetworkPlan, ports: NetworkPorts) {
		this.#plan = plan;
		this.#ports = ports;
	}

	cut(from: Slot, to: Slot): void {
		this.#cuts.add(`${from}>${to}`);
		this.#noticeLoss(from, to);
	}

	mend(from: Slot, to: Slot): void {
		this.#cuts.delete(`${from}>${to}`);
	}

	clog(from: Slot, to: Slot, microseconds: number): void {
		this.#clogs.set(`${from}>${to}`, this.#ports.timeline.now + microseconds);
	}

	isCut(from: Slot, to: Slot): boolean {
		return this.#cuts.has(`${from}>${to}`);
	}

	transmit(from: Port, to: Slot, channel: Channel, bytes: Uint8Array): void {
		const { dice, counts } = this.#ports;
		counts.frames++;
		this.#ports.left(from.slot, bytes);
		const epoch = this.#ports.portOf(to)?.epoch ?? 0;
		if (!this.isHealed && dice.percent(this.#plan.lossPercent)) {
			counts.lost++;
			if (this.#plan.inOrder) {
				this.#noticeLoss(from.slot, to);
			}
			return;
		}
		this.#carry(from.slot, to, channel, bytes, epoch);
		while (!this.isHealed && dice.percent(this.#plan.repeatPercent)) {
			counts.repeated++;
			this.#carry(from.slot, to, channel, bytes, epoch);
		}
	}

	sendSnapshot(from: Port, file: SnapshotFile, done: (ok: boolean) => void): void {
		const { dice, timeline, counts } = this.#ports;
		const image = from.disk.files.get(file.path);
		const finish = (ok: boolean): void => {
			if (this.#ports.portOf(from.slot)?.epoch === from.epoch) {
				from.disk.files.delete(file.path);
				from.seat.run(() => done(ok));
			}
		};
		counts.snapshots++;
		timeline.after(dice.skewed(this.#plan.snapshotMicroseconds), () => {
			const isLost = !this.isHealed && dice.percent(this.#plan.snapshotLossPercent);
			const arrived = image !== undefined && !isLost && this.#arriveSnapshot(from.slot, file, image);
			if (!arrived) {
				counts.snapshotsLost++;
			}
			// The word that it arrived may be lost on the way back.
			const isHeard = !this.isCut(file.to, from.slot);
			timeline.after(dice.skewed(this.#plan.delayMicroseconds), () => finish(arrived && isHeard));
		});
	}

	/** The receiver's file is whole and flushed before anybody hears of it. */
	#arriveSnapshot(from: Slot, file: SnapshotFile, image: SnapshotImage): boolean {
		const port = this.#ports.portOf(file.to);
		if (port === null || port.events === null || this.isCut(from, file.to) || !port.knows(from)) {
			return false;
		}
		const path = port.disk.newFile('incoming', image);
		const { index, term, leaderTerm } = file;
		port.seat.run(() => must(port.events, 'a subscriber').snapshotReceived({ from, index, term, leaderTerm, path }));
		return true;
	}

	#carry(from: Slot, to: Slot, channel: Channel, bytes: Uint8Array, epoch: number): void {
		const { timeline, dice, counts } = this.#ports;
		const pair = `${from}>${to}`;
		let arrival = Math.max(timeline.now + 20 + dice.skewed(this.#plan.delayMicroseconds), this.#clogs.get(pair) ?? 0);
		if (this.#plan.inOrder) {
			const link = `${pair}/${channel}`;
			arrival = Math.max(arrival, this.#lastArrival.get(link) ?? 0);
			this.#lastArrival.set(link, arrival);
		}
		timeline.at(arrival, () => {
			const port = this.#ports.portOf(to);
			const isForIt = port !== null && (port.epoch === epoch || (this.#plan.outlivesProcess && epoch !== 0));
			if (port === null || !isForIt || port.events === null || this.isCut(from, to) || !port.knows(from)) {
				counts.cut++;
				return;
			}
			const { events } = port;
			port.seat.run(() => events?.received(from, copyBytes(bytes)));
		});
	}

	/** A connection is gone: the sender hears of it, sooner or later. */
	#noticeLoss(from: Slot, to: Slot): void {
		const { timeline, dice } = this.#ports;
		timeline.after(dice.skewed(20_000), () => {
			const port = this.#ports.portOf(from);
			port?.seat.run(() => port.events?.linkDown(to));
		});
	}
}

/** The PeerLinks of one process. */
export class SimLinks implements PeerLinks, Port {
	readonly slot: Slot;
	readonly epoch: number;
	readonly seat: Seat;
	readonly disk: StoreDisk;
	events: PeerEvents | null = null;
	readonly #network: Network;
	#members = new Set<Slot>();
	#queue: { readonly to: Slot; readonly channel: Channel; readonly bytes: Uint8Array }[] = [];
	readonly #snapshots = new Set<Slot>();

	constructor(own: Pick<Port, 'slot' | 'epoch' | 'seat' | 'disk'>, network: Network) {
		this.slot = own.slot;
		this.epoch = own.epoch;
		this.seat = own.seat;
		this.disk = own.disk;
		this.#network = network;
	}

	knows(slot: Slot): boolean {
		return this.#members.has(slot);
	}

	subscribe(events: PeerEvents): void {
		this.events = events;
	}

	setMembers(_clusterId: string, members: readonly PeerAddress[]): void {
		this.#members = new Set(members.map((member) => member.slot).filter((slot) => slot !== this.slot));
	}

	send(to: Slot, channel: Channel, _replaceable: boolean, bytes: Uint8Array): void {
		if (this.#members.has(to)) {
			this.#queue.push({ to, channel, bytes });
		}
	}

	flush(): void {
		const queue = this.#queue;
		if (queue.length === 0) {
			return;
		}
		this.#queue = [];
		this.seat.whenReleased(() => {
			for (const { to, channel, bytes } of queue) {
				this.#network.transmit(this, to, channel, bytes);
			}
		});
	}

	sendSnapshot(file: SnapshotFile, done: (ok: boolean) => void): void {
		if (!this.#members.has(file.to) || this.#snapshots.has(file.to)) {
			this.disk.files.delete(file.path);
			this.seat.run(() => done(false));
			return;
		}
		this.#snapshots.add(file.to);
		this.#network.sendSnapshot(this, file, (ok) => {
			this.#snapshots.delete(file.to);
			done(ok);
		});
	}

	discardSnapshot(path: string): void {
		this.disk.files.delete(path);
	}
}
