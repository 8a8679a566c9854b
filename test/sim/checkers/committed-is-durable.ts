/**
 * A leader that tells of a commit index has a quorum of disks behind it, its own counted only when flushed (reliability.md I6, I7; etcd issue
 * 14370), and the entry there is of its own term or has one of its own term above it (figure 8 of the paper; I10).
 */
import type { Envelope } from '../../../src/raft/message.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { isDurable } from './disk-image.ts';
import type { ShadowLogs } from './shadow-logs.ts';

const PROPERTY = 'committed is durable';

export class CommittedIsDurable extends Blind {
	readonly #shadows: ShadowLogs;
	readonly #places: () => readonly Place[];
	#seen = 1;

	constructor(shadows: ShadowLogs, places: () => readonly Place[]) {
		super();
		this.#shadows = shadows;
		this.#places = places;
	}

	override left(place: Place, { message }: Envelope): void {
		// Entry 1, the founding members, is committed without a vote.
		if ((message.kind !== 'append_request' && message.kind !== 'heartbeat') || message.commit <= this.#seen) {
			return;
		}
		const { commit } = message;
		this.#seen = commit;
		const term = this.#shadows.termAt(place.slot, commit);
		if (term === null) {
			return;
		}
		const places = this.#places();
		const holding = places.filter(({ log }) => isDurable(log.durable, commit, term));
		demand(
			holding.length > places.length / 2,
			PROPERTY,
			() => `member ${place.slot} tells of commit ${commit}, on disk at ${holding.map(({ slot }) => slot).join(' ') || 'nobody'} of ${places.length}`,
		);
	}
}
