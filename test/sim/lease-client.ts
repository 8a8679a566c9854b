/**
 * One simulated leaseholder, a lease at a time: it grants it, hangs keys on it or stands in line for a lock, renews it for a while at whichever
 * member, asks how long it has left, and revokes it or lets it end. With the storm it falls silent: whatever is left ends by itself. What it was
 * told is judged by checkers/leases-not-early.ts and checkers/locks-exclude.ts.
 */
import Long from 'long';
import type { Slot } from '../../src/base/brand.ts';
import { etcdserverpb, v3lockpb } from '../../src/rpc/generated/messages.js';
import { openCall } from './calls.ts';
import { Client, type ClientWorld } from './client.ts';
import type { Dice } from './dice.ts';
import { bytesOf, numberOf, textOf } from './history.ts';
import type { LeaseRecord, LeaseWord } from './lease-record.ts';
import type { LeasePlan } from './plan.ts';
import { MILLISECOND, SECOND } from './timeline.ts';

const { LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse } = etcdserverpb;
const { LeaseRevokeRequest, LeaseTimeToLiveRequest, LeaseTimeToLiveResponse, PutRequest } = etcdserverpb;
const { LockRequest, LockResponse, UnlockRequest } = v3lockpb;

export interface LeaseWorld extends ClientWorld {
	readonly isStormy: boolean;
}

interface Lease {
	readonly id: bigint;
	readonly seconds: number;
	/** Renewals that are still to come. */
	left: number;
}

interface Asked {
	readonly path: string;
	readonly bytes: Uint8Array;
	/** A call that stays open; it is over with its first answer. */
	readonly isStream: boolean;
}

type Heard = (response: Uint8Array | null, member: Slot, invoked: number) => void;

const KEYS = 3;
const LOCKS = 2;
const LOCK_PATIENCE = 4;

export class LeaseClient {
	readonly #number: number;
	readonly #plan: LeasePlan;
	readonly #record: LeaseRecord;
	readonly #world: LeaseWorld;
	readonly #dice: Dice;
	readonly #client: Client;
	#values = 0;

	constructor(options: { readonly number: number; readonly plan: LeasePlan; readonly record: LeaseRecord }, world: LeaseWorld, dice: Dice) {
		this.#number = options.number;
		this.#plan = options.plan;
		this.#record = options.record;
		this.#world = world;
		this.#dice = dice;
		this.#client = new Client(options.number, world, dice.fork());
	}

	begin(): void {
		this.#after(this.#dice.skewed(200 * MILLISECOND), () => this.#grant());
	}

	#grant(): void {
		const seconds = this.#dice.between(2, this.#plan.secondsMax);
		const bytes = LeaseGrantRequest.encode({ TTL: Long.fromNumber(seconds) }).finish();
		this.#ask({ path: '/etcdserverpb.Lease/LeaseGrant', bytes, isStream: false }, (response, member, invoked) => {
			if (response === null) {
				this.begin();
				return;
			}
			const { ID, TTL } = LeaseGrantResponse.decode(response);
			const id = BigInt((ID ?? Long.ZERO).toString());
			this.#note({ kind: 'granted', member, id, seconds: numberOf(TTL), invoked });
			const lease = { id, seconds, left: this.#dice.below(this.#plan.renewalsMax + 1) };
			this.#renewLater(lease);
			if (this.#dice.percent(this.#plan.lockPercent)) {
				this.#lock(lease);
			} else {
				this.#hang(lease, this.#dice.between(1, KEYS));
			}
		});
	}

	/** Keys one after the other, then whatever comes of the lease. */
	#hang(lease: Lease, count: number): void {
		this.#values++;
		const request = { key: bytesOf(`l${this.#dice.below(KEYS)}`), value: bytesOf(`lease ${this.#number}/${this.#values}`), lease: longOf(lease.id) };
		this.#client.ask({ method: 'Put', bytes: PutRequest.encode(request).finish(), mayBeOld: false }, this.#dice.pick(this.#world.reachable), () => {
			if (count > 1) {
				this.#hang(lease, count - 1);
			} else {
				this.#after(this.#dice.skewed(lease.seconds * 500 * MILLISECOND), () => this.#giveUp(lease));
			}
		});
	}

	#lock(lease: Lease): void {
		const prefix = `lock${this.#dice.below(LOCKS)}`;
		const bytes = LockRequest.encode({ name: bytesOf(prefix), lease: longOf(lease.id) }).finish();
		this.#ask({ path: '/v3lockpb.Lock/Lock', bytes, isStream: true }, (response, member) => {
			if (response === null) {
				this.#giveUp(lease);
				return;
			}
			const { key, header } = LockResponse.decode(response);
			this.#record.locks.push({ member, prefix: `${prefix}/`, key: textOf(key), revision: numberOf(header?.revision) });
			this.#after(this.#dice.skewed(300 * MILLISECOND), () => {
				const unlock = UnlockRequest.encode({ key: key ?? null }).finish();
				this.#ask({ path: '/v3lockpb.Lock/Unlock', bytes: unlock, isStream: false }, () => this.#giveUp(lease));
			});
		});
	}

	/** Revoked, or left to its time: a look at what it has left, either way. */
	#giveUp(lease: Lease): void {
		lease.left = this.#dice.oneIn(2) ? 0 : lease.left;
		this.#askTime(lease, () => {
			if (this.#dice.oneIn(3)) {
				lease.left = 0;
				this.#record.revoking.add(lease.id);
				const bytes = LeaseRevokeRequest.encode({ ID: longOf(lease.id) }).finish();
				// Nobody renews what is gone; now and then somebody tries.
				const path = '/etcdserverpb.Lease/LeaseRevoke';
				this.#ask({ path, bytes, isStream: false }, () => this.#askRenewal(lease, () => this.begin()));
			} else {
				this.#after(this.#dice.skewed(lease.seconds * SECOND), () => this.#askTime(lease, () => this.begin()));
			}
		});
	}

	#renewLater(lease: Lease): void {
		this.#after(this.#dice.skewed(lease.seconds * 300 * MILLISECOND), () => {
			if (lease.left > 0) {
				lease.left--;
				this.#askRenewal(lease, () => this.#renewLater(lease));
			}
		});
	}

	#askRenewal({ id }: Lease, then: () => void): void {
		const bytes = LeaseKeepAliveRequest.encode({ ID: longOf(id) }).finish();
		this.#ask({ path: '/etcdserverpb.Lease/LeaseKeepAlive', bytes, isStream: true }, (response, member, invoked) => {
			if (response !== null) {
				this.#note({ kind: 'renewed', member, id, seconds: numberOf(LeaseKeepAliveResponse.decode(response).TTL), invoked });
			}
			then();
		});
	}

	#askTime({ id }: Lease, then: () => void): void {
		const bytes = LeaseTimeToLiveRequest.encode({ ID: longOf(id), keys: this.#dice.oneIn(2) }).finish();
		this.#ask({ path: '/etcdserverpb.Lease/LeaseTimeToLive', bytes, isStream: false }, (response, member, invoked) => {
			if (response !== null) {
				const { TTL, grantedTTL } = LeaseTimeToLiveResponse.decode(response);
				// 0 seconds left of a lease that is there says nothing.
				if (numberOf(grantedTTL) === 0 || numberOf(TTL) > 0) {
					this.#note({ kind: 'told', member, id, seconds: Math.max(0, numberOf(TTL)), invoked });
				}
			}
			then();
		});
	}

	#note(word: Omit<LeaseWord, 'returned'>): void {
		this.#record.words.push({ ...word, returned: this.#world.timeline.now });
	}

	/** Of any member; null: no answer, or a refusal. */
	#ask({ path, bytes, isStream }: Asked, heard: Heard): void {
		const { timeline, plan, reachable } = this.#world;
		const member = this.#dice.pick(reachable);
		const invoked = timeline.now;
		let end = (response: Uint8Array | null): void => {
			end = () => {};
			this.#after(this.#dice.skewed(200), () => heard(response, member, invoked));
		};
		timeline.after(plan.workload.timeoutMicroseconds * (isStream ? LOCK_PATIENCE : 1), () => end(null));
		timeline.after(this.#dice.skewed(200), () => {
			const process = this.#world.processOf(member);
			if (process === null) {
				end(null);
				return;
			}
			const lane = this.#dice.below(process.api.length);
			if (!isStream) {
				process.request(lane, path, bytes, (status, _words, response) => end(status === 0 ? response : null));
				return;
			}
			const call = openCall(process, timeline, lane, path, {
				message: (response) => {
					end(response);
					call.cancel();
					return true;
				},
				ended: () => end(null),
			});
			call.send(bytes);
			call.halfClose();
			timeline.after(plan.workload.timeoutMicroseconds * LOCK_PATIENCE, () => call.cancel());
		});
	}

	#after(microseconds: number, work: () => void): void {
		this.#world.timeline.after(microseconds, () => {
			if (this.#world.isStormy) {
				work();
			}
		});
	}
}

function longOf(id: bigint): Long {
	return Long.fromString(id.toString());
}
