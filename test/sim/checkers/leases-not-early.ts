/**
 * A lease ends by its time only when that is over, as counted by the fastest clock that there may be, since the last grant, renewal or answer that a
 * client asked for; nobody renews, or tells of, a lease that had ended before he asked, and nobody denies one that is there (reliability.md I30;
 * etcd 15247, 20616; etcd-surface.md 2.8).
 */
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Address } from '../../../src/runtime/host.ts';
import type { LeaseRecord, LeaseWord } from '../lease-record.ts';
import { SECOND } from '../timeline.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import type { Replay } from './replay.ts';
import type { ReplayedLease } from './replayed-leases.ts';

export class LeasesNotEarly extends Blind {
	readonly #now: () => number;
	/** When each entry was first known to be committed. */
	readonly #times: number[] = [];
	checked = 0;
	expired = 0;

	constructor(now: () => number) {
		super();
		this.#now = now;
	}

	override told(_place: Place, from: Address, _to: string, message: AnyMessage): void {
		if (message.kind === 'apply' && from.role === 'raft') {
			for (let index = message.first; index < message.first + message.terms.length; index++) {
				this.#times[index] ??= this.#now();
			}
		}
	}

	check({ words }: LeaseRecord, replay: Replay, driftPercent: number): void {
		for (const word of words) {
			this.checked++;
			const lease = replay.leases.all.get(word.id);
			demand(lease !== undefined, 'acknowledged leases are there', () => `member ${word.member} spoke of lease ${word.id}, which is not in the log`);
			const ended = lease.endedBy === 0 ? Number.POSITIVE_INFINITY : this.#timeOf(lease.endedBy);
			if (word.seconds > 0) {
				this.#checkLasts(word, lease, ended, driftPercent);
			} else {
				demand(ended <= word.returned, 'leases are there', () => `member ${word.member} said that lease ${word.id} is gone; it ended ${ended}`);
			}
		}
		this.expired += [...replay.leases.all.values()].filter(({ isExpired }) => isExpired).length;
	}

	#checkLasts({ kind, member, id, seconds, invoked }: LeaseWord, lease: ReplayedLease, ended: number, driftPercent: number): void {
		demand(
			kind === 'granted' || invoked <= ended,
			'ended leases are gone',
			() => `lease ${id} had ended (entry ${lease.endedBy} at ${ended}) before member ${member} was asked at ${invoked}, and was ${kind}`,
		);
		const lasts = invoked + (seconds * SECOND * (100 - driftPercent)) / 100;
		demand(
			!lease.isExpired || ended >= lasts,
			'leases do not end early',
			() => `lease ${id} was ${kind} by member ${member}: ${seconds} s from ${invoked} on, and expired at ${ended}`,
		);
	}

	#timeOf(index: number): number {
		return this.#times[index] ?? Number.POSITIVE_INFINITY;
	}
}
