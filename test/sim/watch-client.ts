/**
 * One simulated watcher: it watches a range on a member for as long as that lasts, then goes on elsewhere from the revision behind the last that it
 * was told of. Now and then it asks for progress, reads slowly, or leaves by itself. What it was sent is judged by checkers/watch-streams.ts.
 */
import Long from 'long';
import type { Slot } from '../../src/base/brand.ts';
import { etcdserverpb } from '../../src/rpc/generated/messages.js';
import { type OpenCall, openCall } from './calls.ts';
import type { ClientWorld } from './client.ts';
import type { Dice } from './dice.ts';
import { bytesOf, kvOf, numberOf } from './history.ts';
import type { WatchPlan } from './plan.ts';
import type { Process } from './process.ts';
import { MILLISECOND } from './timeline.ts';
import type { Seen, SeenEvent, WatchLeg } from './watch-record.ts';

const { WatchRequest, WatchResponse } = etcdserverpb;
const DELETE = 1;
const LOOK = 250 * MILLISECOND;
const REST = 50 * MILLISECOND;

export class WatchClient {
	readonly #number: number;
	readonly #plan: WatchPlan;
	readonly #world: ClientWorld;
	readonly #dice: Dice;
	readonly #legs: WatchLeg[];
	/** Everything up to here was sent to it; 0: it has not begun. */
	#position = 0;
	#leg: WatchLeg | null = null;
	#call: OpenCall | null = null;
	#process: Process | null = null;
	/** Those that are up to date, once it matters. */
	#current: (() => readonly Slot[]) | null = null;

	constructor(options: { readonly number: number; readonly plan: WatchPlan; readonly legs: WatchLeg[] }, world: ClientWorld, dice: Dice) {
		this.#number = options.number;
		this.#plan = options.plan;
		this.#legs = options.legs;
		this.#world = world;
		this.#dice = dice;
	}

	begin(): void {
		this.#world.timeline.after(this.#dice.skewed(100 * MILLISECOND), () => this.#look());
	}

	/** It has been told that nothing up to this revision is unsent; one that begins behind it need not be. */
	hasReached(revision: number): boolean {
		return this.#position >= revision;
	}

	/** From now on it asks for progress all the time, of these alone: others may never hear that they have been removed. */
	hurry(current: () => readonly Slot[]): void {
		this.#current = current;
	}

	get #reachable(): readonly Slot[] {
		return this.#current?.() ?? this.#world.reachable;
	}

	/** Its connection may have gone with the process. */
	#look(): void {
		const { timeline } = this.#world;
		const leg = this.#leg;
		const isThere =
			leg !== null && this.#process?.isUp === true && this.#world.processOf(leg.member) === this.#process && this.#reachable.includes(leg.member);
		if (!isThere) {
			this.#leave();
			this.#open();
		} else if (this.#current !== null || this.#dice.oneIn(4)) {
			this.#call?.send(WatchRequest.encode({ progress_request: {} }).finish());
		} else if (this.#dice.percent(this.#plan.leavePercent)) {
			this.#leave();
		}
		timeline.after(this.#dice.between(LOOK / 2, LOOK), () => this.#look());
	}

	#leave(): void {
		this.#call?.cancel();
		this.#call = null;
		this.#leg = null;
		this.#process = null;
	}

	#open(): void {
		const member = this.#dice.pick(this.#reachable);
		const process = this.#world.processOf(member);
		if (process === null) {
			return;
		}
		const leg = this.#draw(member);
		const lane = this.#dice.below(process.api.length);
		const call = openCall(process, this.#world.timeline, lane, '/etcdserverpb.Watch/Watch', {
			message: (bytes) => this.#leg !== leg || this.#hear(leg, bytes),
			ended: () => {
				if (this.#leg === leg) {
					this.#leave();
				}
			},
		});
		this.#leg = leg;
		this.#call = call;
		this.#process = process;
		this.#legs.push(leg);
		const create = {
			key: bytesOf(leg.key),
			range_end: bytesOf(leg.rangeEnd),
			start_revision: Long.fromNumber(leg.start),
			filters: [...(leg.noPut ? [0] : []), ...(leg.noDelete ? [1] : [])],
			prev_kv: leg.previous,
			progress_notify: this.#dice.oneIn(2),
		};
		call.send(WatchRequest.encode({ create_request: create as never }).finish());
	}

	/** It resumes, or begins: now, in the past, in the future. */
	#draw(member: Slot): WatchLeg {
		const { seen } = this.#world.requests;
		const isWide = this.#number === 0 || this.#dice.oneIn(2);
		const begins = [0, Math.max(1, seen - this.#dice.below(40)), 1, seen + this.#dice.below(5)];
		const previous = this.#legs.findLast(({ client }) => client === this.#number);
		return {
			client: this.#number,
			member,
			key: previous?.key ?? (isWide ? 'k' : 'k0'),
			rangeEnd: previous?.rangeEnd ?? (isWide ? 'm' : ''),
			start: this.#position > 0 ? this.#position + 1 : this.#dice.pick(begins),
			noPut: this.#dice.oneIn(10),
			noDelete: this.#dice.oneIn(10),
			previous: this.#dice.oneIn(3),
			seen: [],
		};
	}

	#hear(leg: WatchLeg, bytes: Uint8Array): boolean {
		const response = WatchResponse.decode(bytes);
		const seen = this.#seenOf(response);
		leg.seen.push(seen);
		switch (seen.kind) {
			case 'created':
				// Whoever watches from now on is owed everything behind it.
				this.#position = leg.start === 0 ? seen.revision : leg.start - 1;
				break;
			case 'events':
				this.#position = Math.max(this.#position, seen.events.at(-1)?.revision ?? 0);
				break;
			case 'progress':
				this.#position = Math.max(this.#position, seen.revision);
				break;
			case 'compacted':
				this.#position = seen.compactRevision - 1;
				this.#world.timeline.after(REST, () => {
					if (this.#leg === leg) {
						this.#leave();
					}
				});
				break;
		}
		const isSlow = this.#dice.percent(this.#plan.slowPercent);
		if (isSlow) {
			const call = this.#call;
			this.#world.timeline.after(this.#dice.skewed(100 * MILLISECOND), () => call?.drained());
		}
		return !isSlow;
	}

	#seenOf(response: ReturnType<typeof WatchResponse.decode>): Seen {
		const revision = numberOf(response.header?.revision);
		if (response.canceled) {
			return { kind: 'compacted', compactRevision: numberOf(response.compact_revision) };
		}
		if (response.created) {
			return { kind: 'created', revision };
		}
		const events = (response.events ?? []).map(
			({ type, kv, prev_kv }): SeenEvent => ({
				revision: numberOf(kv?.mod_revision),
				isDelete: type === DELETE,
				kv: kvOf(kv ?? {}),
				previous: prev_kv ? kvOf(prev_kv) : null,
			}),
		);
		return events.length > 0 ? { kind: 'events', revision, events } : { kind: 'progress', revision };
	}
}
