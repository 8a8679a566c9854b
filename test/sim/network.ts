/**
 * The network between simulated members: delay, loss, repetition, disorder, links that are cut one way or both, clogs, and snapshots on their
 * way. What a link promises is ports/peer-links.ts, and not a word more. Who may talk to whom is the product's own roster (links.ts).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { must } from '../../src/base/assert.ts';
import type { Slot } from '../../src/base/brand.ts';
import { copyBytes } from '../../src/base/bytes.ts';
import type { LeaseAnswer, LeaseQuestion } from '../../src/ports/leader-leases.ts';
import type { PeerAddress, PeerEvents, SnapshotFile } from '../../src/ports/peer-links.ts';
import type { Channel } from '../../src/protocol/messages.ts';
import type { MemberProgress } from '../../src/raft/inquiry.ts';
import type { Dice } from './dice.ts';
import type { SimLinks } from './links.ts';
import type { NetworkPlan } from './plan.ts';
import type { Timeline } from './timeline.ts';

export interface NetworkCounts {
	frames: number;
	lost: number;
	repeated: number;
	cut: number;
	/** Refused by the receiver's roster. */
	refused: number;
	snapshots: number;
	snapshotsLost: number;
}

export interface NetworkPorts {
	readonly timeline: Timeline;
	readonly dice: Dice;
	readonly counts: NetworkCounts;
	/** The process that listens at this URL now, or null. */
	listenerAt(url: string): SimLinks | null;
	/** The process of this member that is up, or null. */
	linksOf(slot: Slot): SimLinks | null;
	/** A frame leaves its member: for the checkers. */
	left(from: Slot, bytes: Uint8Array): void;
}

const GONE = 410;

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

	transmit(from: SimLinks, to: PeerAddress, channel: Channel, bytes: Uint8Array): void {
		const { dice, counts } = this.#ports;
		counts.frames++;
		this.#ports.left(from.slot, bytes);
		const frame = { from, to, channel, bytes, headers: from.headersTo(to), epoch: this.#listener(to)?.epoch ?? 0 };
		if (!this.isHealed && dice.percent(this.#plan.lossPercent)) {
			counts.lost++;
			if (this.#plan.inOrder) {
				this.#noticeLoss(from.slot, to.slot);
			}
			return;
		}
		this.#carry(frame);
		while (!this.isHealed && dice.percent(this.#plan.repeatPercent)) {
			counts.repeated++;
			this.#carry(frame);
		}
	}

	sendSnapshot(from: SimLinks, to: PeerAddress, file: SnapshotFile, done: (ok: boolean) => void): void {
		const { dice, timeline, counts } = this.#ports;
		const image = from.disk.files.get(file.path);
		const headers = from.headersTo(to);
		counts.snapshots++;
		timeline.after(dice.skewed(this.#plan.snapshotMicroseconds), () => {
			const isLost = !this.isHealed && dice.percent(this.#plan.snapshotLossPercent);
			const listener = isLost || image === undefined ? null : this.#admitting(from, to, headers);
			if (listener === null) {
				counts.snapshotsLost++;
			} else {
				// The receiver's file is whole and flushed before anybody hears of it.
				const path = listener.disk.newFile('incoming', must(image, 'a spooled snapshot'));
				const { index, term, leaderTerm } = file;
				listener.seat.run(() => must(listener.events, 'a subscriber').snapshotReceived({ from: from.slot, index, term, leaderTerm, path }));
			}
			// The word that it arrived may be lost on the way back.
			const isHeard = listener !== null && !this.isCut(to.slot, from.slot);
			timeline.after(this.#delay(), () => {
				if (this.#isUp(from)) {
					from.disk.files.delete(file.path);
					from.seat.run(() => done(isHeard));
				}
			});
		});
	}

	/** GET /raft/progress of another member; null: no answer. */
	askProgress(from: SimLinks, to: PeerAddress, done: (progress: readonly MemberProgress[] | null) => void): void {
		this.#ask(from, to, { patience: from.askMicroseconds, put: (events, answer) => events.progressAsked(answer) }, done);
	}

	/** POST /raft/leases of another member; null: no answer. What was asked may have been done all the same. */
	askLeases(from: SimLinks, to: PeerAddress, question: LeaseQuestion, done: (answer: LeaseAnswer | null) => void): void {
		const put = (events: PeerEvents, answer: (answer: LeaseAnswer | null) => void): void => {
			const isLost = !this.isHealed && this.#ports.dice.percent(this.#plan.lossPercent);
			events.leasesAsked(question, (told) => answer(isLost ? null : told));
		};
		this.#ask<LeaseAnswer | null>(from, to, { patience: from.leasesMicroseconds, put }, done);
	}

	/** A request with an answer: done once, with null if there was none. */
	#ask<T>(
		from: SimLinks,
		to: PeerAddress,
		{ patience, put }: { readonly patience: number; readonly put: (events: PeerEvents, answer: (answer: T) => void) => void },
		done: (answer: T | null) => void,
	): void {
		const { timeline } = this.#ports;
		let isOver = false;
		const answer = (told: T | null): void => {
			if (!isOver && this.#isUp(from)) {
				isOver = true;
				done(told);
			}
		};
		timeline.after(patience, () => answer(null));
		this.#request(from, to, (listener, events) =>
			put(events, (told) =>
				listener.seat.whenReleased(() => {
					if (!this.isCut(to.slot, from.slot)) {
						timeline.after(this.#delay(), () => answer(told));
					}
				}),
			),
		);
	}

	/** A connection is asked for: it tells both who the other is, or why there is none. */
	dial(from: SimLinks, to: PeerAddress): void {
		const headers = from.headersTo(to);
		this.#ports.timeline.after(this.#delay(), () => void this.#admitting(from, to, headers));
	}

	/** A request that has no answer, as POST /raft/handover. */
	tell(from: SimLinks, to: PeerAddress, what: (events: NonNullable<SimLinks['events']>) => void): void {
		this.#request(from, to, (_listener, events) => what(events));
	}

	#request(from: SimLinks, to: PeerAddress, arrived: (listener: SimLinks, events: NonNullable<SimLinks['events']>) => void): void {
		const headers = from.headersTo(to);
		this.#ports.timeline.after(this.#delay(), () => {
			const listener = this.#admitting(from, to, headers);
			listener?.seat.run(() => {
				if (listener.events !== null) {
					arrived(listener, listener.events);
				}
			});
		});
	}

	#carry(frame: {
		readonly from: SimLinks;
		readonly to: PeerAddress;
		readonly channel: Channel;
		readonly bytes: Uint8Array;
		readonly headers: IncomingHttpHeaders;
		readonly epoch: number;
	}): void {
		const { from, to, channel, bytes, headers, epoch } = frame;
		const { timeline, counts } = this.#ports;
		const pair = `${from.slot}>${to.slot}`;
		let arrival = Math.max(timeline.now + 20 + this.#delay(), this.#clogs.get(pair) ?? 0);
		if (this.#plan.inOrder) {
			const link = `${pair}/${channel}`;
			arrival = Math.max(arrival, this.#lastArrival.get(link) ?? 0);
			this.#lastArrival.set(link, arrival);
		}
		timeline.at(arrival, () => {
			const heir = this.#listener(to);
			const isForIt = heir !== null && (heir.epoch === epoch || (this.#plan.outlivesProcess && epoch !== 0));
			const listener = isForIt ? this.#admitting(from, to, headers) : null;
			if (listener === null) {
				counts.cut++;
				return;
			}
			listener.seat.run(() => listener.events?.received(from.slot, copyBytes(bytes)));
		});
	}

	/** The process that takes what comes from there, or null: it is cut off, gone, or its roster refuses; then the sender may hear why. */
	#admitting(from: SimLinks, to: PeerAddress, headers: IncomingHttpHeaders): SimLinks | null {
		const listener = this.#listener(to);
		if (listener === null || listener.events === null || this.isCut(from.slot, listener.slot)) {
			return null;
		}
		const check = listener.check(headers);
		if (check.ok) {
			return listener;
		}
		this.#ports.counts.refused++;
		if (check.status === GONE && !this.isCut(listener.slot, from.slot)) {
			this.#ports.timeline.after(this.#delay(), () => from.hearsThatItIsGone());
		}
		return null;
	}

	#listener(to: PeerAddress): SimLinks | null {
		return this.#ports.listenerAt(to.urls[0] ?? '');
	}

	#isUp(links: SimLinks): boolean {
		return this.#ports.linksOf(links.slot)?.epoch === links.epoch;
	}

	/** Healed, without the long tail: a leader whose every twentieth word comes after an election timeout cannot reign. */
	#delay(): number {
		const { dice } = this.#ports;
		const { delayMicroseconds: mean, evenMicroseconds: spread } = this.#plan;
		if (spread > 0) {
			return mean - spread + dice.below(2 * spread);
		}
		return this.isHealed ? 1 + dice.below(mean) : dice.skewed(mean);
	}

	/** A connection is gone: the sender hears of it, sooner or later. */
	#noticeLoss(from: Slot, to: Slot): void {
		const { timeline, dice } = this.#ports;
		timeline.after(dice.skewed(20_000), () => {
			const links = this.#ports.linksOf(from);
			links?.seat.run(() => links.events?.linkDown(to));
		});
	}
}
