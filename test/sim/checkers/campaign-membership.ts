/**
 * Who leads has asked voters of the membership that its store has applied, a quorum of them, and nobody else (thesis 4.1, 4.3; reliability.md
 * I17, I19): a campaign on an old membership, or on that of before a snapshot, asks others, or too few.
 */
import type { Slot } from '../../../src/base/brand.ts';
import type { AnyMessage } from '../../../src/protocol/routes.ts';
import type { Envelope } from '../../../src/raft/message.ts';
import type { Membership } from '../../../src/raft/state.ts';
import type { Address } from '../../../src/runtime/host.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { isQuorum, membershipIn } from './membership-facts.ts';

interface View {
	/** The newest last: raft may not have come to that one yet. */
	readonly told: Membership[];
	/** Words of raft's since: so many, and it has. */
	words: number;
}

const WORDS_UNTIL_READ = 60;

export class CampaignMembership extends Blind {
	readonly #views = new Map<number, View>();
	/** By process and term. */
	readonly #asked = new Map<string, Set<Slot>>();

	override left(place: Place, { term, to, message }: Envelope): void {
		if (message.kind === 'vote_request') {
			const key = `${place.epoch}/${term}`;
			this.#asked.set(key, (this.#asked.get(key) ?? new Set()).add(to));
		}
	}

	override told(place: Place, from: Address, to: string, message: AnyMessage): void {
		const membership = from.role === 'store' ? membershipIn(message) : null;
		const view = this.#views.get(place.epoch) ?? { told: [], words: 0 };
		this.#views.set(place.epoch, view);
		if (membership !== null) {
			view.told.push(membership);
			view.words = 0;
		} else if (from.role === 'raft') {
			view.words++;
		}
		if (message.kind === 'role_changed' && message.role === 'leader' && to === 'peer/0') {
			this.#checkLeader(place, message.term, view);
		}
	}

	#checkLeader({ epoch, slot }: Place, term: number, { told, words }: View): void {
		const asked = this.#asked.get(`${epoch}/${term}`) ?? new Set<Slot>();
		const views = told.slice(words > WORDS_UNTIL_READ ? -1 : -2);
		// Not every voter: the links may not know one yet, whom the store knows.
		const isOf = (view: Membership): boolean =>
			[...asked].every((each) => view.voters.includes(each) || view.votersOutgoing.includes(each)) &&
			isQuorum(view, (each) => each === slot || asked.has(each));
		demand(
			views.length === 0 || views.some(isOf),
			'campaign membership',
			() => `member ${slot} leads term ${term}, having asked ${[...asked].join(' ') || 'nobody'}; its store has applied ${JSON.stringify(views)}`,
		);
	}
}
