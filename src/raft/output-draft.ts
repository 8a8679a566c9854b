/** The output of the turn so far. Steps add to it, takeOutput takes it. */
import type { Index, RequestId, Slot, Term } from '../base/brand.ts';
import type { FetchPurpose } from './input.ts';
import type { Envelope, PeerMessage } from './message.ts';
import type { RaftOutput } from './output.ts';

type Grant = RaftOutput['granted'][number];
type Refusal = RaftOutput['refused'][number];

const NOTHING: readonly never[] = Object.freeze([]);

export class OutputDraft {
	readonly #self: Slot;
	#send: Envelope[] = [];
	#after: Envelope[] = [];
	#fetch: FetchPurpose[] = [];
	#granted: Grant[] = [];
	#refused: Refusal[] = [];
	#discard: string[] = [];
	#snapshotTo: Slot[] = [];
	#accepted: { readonly to: Slot; readonly term: Term; readonly match: Index } | null = null;
	restore: RaftOutput['restore'] = null;
	compact: Index | null = null;

	constructor(self: Slot) {
		this.#self = self;
	}

	/** Leaves at once: promises nothing that is not yet durable. */
	send(to: Slot, term: Term, message: PeerMessage): void {
		this.#send.push({ from: this.#self, to, term, message });
	}

	/** Leaves once everything that this turn (and any before) writes is flushed. */
	sendDurable(to: Slot, term: Term, message: PeerMessage): void {
		this.#after.push({ from: this.#self, to, term, message });
	}

	/** Everything up to match is, or with this turn's batch becomes, durable. One reply a turn says it for all appends of the turn. */
	accept(to: Slot, term: Term, match: Index): void {
		const former = this.#accepted;
		// Within a term a follower only ever adds to what it accepted, so the greatest match is true of all; another leader's word is void.
		const greatest = former !== null && former.to === to && former.term === term && former.match > match ? former.match : match;
		this.#accepted = { to, term, match: greatest };
	}

	fetch(purpose: FetchPurpose): void {
		this.#fetch.push(purpose);
	}

	grant(requestId: RequestId, index: Index): void {
		this.#granted.push({ requestId, index });
	}

	refuse(requestId: RequestId, code: number): void {
		this.#refused.push({ requestId, code });
	}

	discard(path: string): void {
		this.#discard.push(path);
	}

	snapshotTo(member: Slot): void {
		this.#snapshotTo.push(member);
	}

	/** Replies that wait for the flush. */
	takeAfter(): readonly Envelope[] {
		if (this.#accepted !== null) {
			const { to, term, match } = this.#accepted;
			this.sendDurable(to, term, { kind: 'append_accepted', match });
			this.#accepted = null;
		}
		const after = this.#after;
		if (after.length === 0) {
			return NOTHING;
		}
		this.#after = [];
		return after;
	}

	/** Everything else. `released`: durable replies that turned out to have nothing to wait for. */
	take(rest: Pick<RaftOutput, 'persist' | 'apply' | 'role'>, released: readonly Envelope[]): RaftOutput {
		const output: RaftOutput = {
			persist: rest.persist,
			send: orNothing(released.length === 0 ? this.#send : [...this.#send, ...released]),
			fetch: orNothing(this.#fetch),
			apply: rest.apply,
			granted: orNothing(this.#granted),
			refused: orNothing(this.#refused),
			restore: this.restore,
			discard: orNothing(this.#discard),
			snapshotTo: orNothing(this.#snapshotTo),
			compact: this.compact,
			role: rest.role,
		};
		this.#clear();
		return output;
	}

	/** What was given away is never touched again: a fresh list takes its place. */
	#clear(): void {
		this.#send = this.#send.length === 0 ? this.#send : [];
		this.#fetch = this.#fetch.length === 0 ? this.#fetch : [];
		this.#granted = this.#granted.length === 0 ? this.#granted : [];
		this.#refused = this.#refused.length === 0 ? this.#refused : [];
		this.#discard = this.#discard.length === 0 ? this.#discard : [];
		this.#snapshotTo = this.#snapshotTo.length === 0 ? this.#snapshotTo : [];
		this.restore = null;
		this.compact = null;
	}
}

function orNothing<T>(items: readonly T[]): readonly T[] {
	return items.length === 0 ? NOTHING : items;
}
