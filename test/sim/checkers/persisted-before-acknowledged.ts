/**
 * What a member promises is on its disk when the promise leaves: the term and vote behind a vote asked for or given, the entries behind an
 * accepted append (Raft paper figure 2, "updated on stable storage before responding to RPCs"; reliability.md I8, I9).
 */
import type { Envelope } from '../../../src/raft/message.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';
import { durableState } from './promised-log.ts';

const PROPERTY = 'persisted before acknowledged';

export class PersistedBeforeAcknowledged extends Blind {
	/** (member, term) -> whom it voted for, in a word that left. */
	readonly #votes = new Map<string, number>();

	override left(place: Place, envelope: Envelope): void {
		const { term, to, message } = envelope;
		const contents = place.log.promised;
		if (message.kind === 'vote_reply' && message.granted) {
			this.#voted(place, term, to);
		} else if (message.kind === 'vote_request') {
			this.#voted(place, term, place.slot);
		} else if (message.kind === 'append_accepted') {
			const state = durableState(contents);
			const reach = Math.max(state.last, contents.before.index);
			demand(state.term >= term, PROPERTY, () => `member ${place.slot} accepts entries in term ${term}, on its disk is term ${state.term}`);
			// A later leader may have cut the log since; then the word is void, its term being over.
			demand(
				message.match <= reach || state.term > term,
				PROPERTY,
				() => `member ${place.slot} accepts entries up to ${message.match}, its disk ends at ${reach}`,
			);
		}
	}

	#voted(place: Place, term: number, candidate: number): void {
		const state = durableState(place.log.promised);
		demand(
			state.term > term || (state.term === term && state.vote === candidate),
			PROPERTY,
			() => `member ${place.slot} votes for ${candidate} in term ${term}, on its disk are term ${state.term} and vote ${state.vote}`,
		);
		const key = `${place.slot}/${term}`;
		const former = this.#votes.get(key) ?? candidate;
		demand(former === candidate, 'one vote a term', () => `member ${place.slot} votes for ${former} and for ${candidate} in term ${term}`);
		this.#votes.set(key, candidate);
	}
}
