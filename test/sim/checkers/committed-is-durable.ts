/**
 * Only a leader makes entries committed: when a quorum of disks holds them, its own counted only when flushed (reliability.md I6, I7; etcd
 * issue 14370), and by counting none but entries of its own term (figure 8 of the paper; I10). Others learn of it from a leader.
 */
import type { Slot } from '../../../src/base/brand.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Envelope } from '../../../src/raft/message.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { isQuorum, type MembershipFacts } from './membership-facts.ts';
import { isDurable } from './promised-log.ts';
import type { ShadowLogs } from './shadow-logs.ts';

const PROPERTY = 'committed is durable';

export class CommittedIsDurable extends Blind {
	readonly #shadows: ShadowLogs;
	readonly #facts: MembershipFacts;
	readonly #places: () => readonly Place[];
	/** The term that a member leads, as far as it has said. */
	readonly #leads = new Map<Slot, number>();
	/** Entry 1, the founding members, is committed without a vote. */
	#known = 1;
	#checked = 1;

	constructor(shadows: ShadowLogs, facts: MembershipFacts, places: () => readonly Place[]) {
		super();
		this.#shadows = shadows;
		this.#facts = facts;
		this.#places = places;
	}

	override opened(place: Place): void {
		this.#leads.delete(place.slot);
	}

	override told(place: Place, _from: Address, to: string, message: AnyMessage): void {
		if (message.kind === 'role_changed' && to === 'peer/0') {
			if (message.role === 'leader') {
				this.#leads.set(place.slot, message.term);
			} else {
				this.#leads.delete(place.slot);
			}
		} else if (message.kind === 'append') {
			this.#commits(place, message.commit, this.#leads.get(place.slot));
		} else if (message.kind === 'apply') {
			this.#mentions(place, message.first + message.terms.length - 1);
		}
	}

	override left(place: Place, { term, message }: Envelope): void {
		if (message.kind === 'append_request') {
			this.#commits(place, message.commit, term);
		} else if (message.kind === 'heartbeat') {
			this.#mentions(place, message.commit);
		}
	}

	/** As far as fits a message, or its receiver's log: the commit index itself may be greater, and a leader has to own only that. */
	#mentions(place: Place, index: number): void {
		this.#checkDisks(place, index);
		this.#known = Math.max(this.#known, index);
	}

	#commits(place: Place, commit: number, leads: number | undefined): void {
		if (commit <= this.#known) {
			return;
		}
		this.#known = commit;
		const { slot } = place;
		demand(leads !== undefined, PROPERTY, () => `member ${slot} takes ${commit} for committed, no leader has told of it`);
		const term = this.#shadows.termAt(slot, commit);
		demand(term === leads, PROPERTY, () => `member ${slot}, leader of term ${leads}, commits entry ${commit} of term ${term} by counting`);
		this.#checkDisks(place, commit);
	}

	#checkDisks({ slot }: Place, index: number): void {
		const term = this.#shadows.termAt(slot, index);
		if (index <= this.#checked || term === null) {
			return;
		}
		this.#checked = index;
		const holding = new Set(
			this.#places()
				.filter(({ log }) => isDurable(log.promised, index, term))
				.map((place) => place.slot),
		);
		const memberships = this.#facts.inForceAt(index);
		demand(
			memberships.length === 0 || memberships.some((membership) => isQuorum(membership, (each) => holding.has(each))),
			PROPERTY,
			() =>
				`member ${slot} takes ${index} for committed, on disk at ${[...holding].join(' ') || 'nobody'}: no quorum of ${JSON.stringify(memberships)}`,
		);
	}
}
