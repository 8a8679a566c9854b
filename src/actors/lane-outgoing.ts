/** What one api lane asks of raft and of other members, in the words that they understand. Used by api-actor.ts. */
import { ANONYMOUS, type Identity } from '../auth/identity.ts';
import { AUTH_NAME_BYTES_MAX } from '../auth/operations.ts';
import type { RequestId, Slot, Term } from '../base/brand.ts';
import { ByteArena } from '../base/byte-arena.ts';
import { list } from '../members/table.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import { type CommandKind, encodeCommand, entryKindOf } from '../protocol/command.ts';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import type { LaneAdmission } from './lane-admission.ts';
import type { LaneStore } from './lane-store.ts';

const COMMAND_BLOCK_BYTES = 2 ** 14;

export class LaneOutgoing {
	readonly #options: ApiOptions;
	readonly #ports: ApiPorts;
	readonly #admission: LaneAdmission;
	readonly #store: LaneStore;
	/** Commands are kept about as long as those before and behind them: until they are applied. */
	readonly #arena = new ByteArena(COMMAND_BLOCK_BYTES);
	readonly #take = (size: number): Uint8Array => this.#arena.take(size);

	constructor(options: ApiOptions, ports: ApiPorts, parts: { readonly admission: LaneAdmission; readonly store: LaneStore }) {
		this.#options = options;
		this.#ports = ports;
		this.#admission = parts.admission;
		this.#store = parts.store;
	}

	/** Under a new id, which is given back. */
	propose(kind: CommandKind, body: Uint8Array, plain: boolean, who: Identity): RequestId {
		const requestId = this.#admission.nextId(plain);
		const { selfSlot, boot } = this.#options;
		const origin = { slot: selfSlot, boot, requestId };
		// A name that no user can have is nobody's, whatever a certificate says: the envelope has no room for more.
		const teller = who.user.length > AUTH_NAME_BYTES_MAX ? ANONYMOUS : who;
		const command = encodeCommand({ kind, origin, term: 0 as Term, who: teller, body }, this.#take);
		this.#ports.outbox.post('raft', { kind: 'propose', onlyTerm: null, requestId, entryKind: entryKindOf(kind), command });
		return requestId;
	}

	askReadIndex(): RequestId {
		const requestId = this.#admission.nextId();
		this.#ports.outbox.post('raft', { kind: 'read_index', requestId });
		return requestId;
	}

	/** null: it could not be asked. */
	askMember(leader: Slot, question: LeaseQuestion, done: (answer: LeaseAnswer | null) => void): void {
		const member = this.#store.reader.read(list).find(({ slot }) => slot === leader);
		if (member === undefined) {
			// It leads, and this member's store has not heard of it yet. Never at once: the lane is in a turn.
			this.#ports.turn.run(() => done(null));
		} else {
			this.#ports.askLeader(member, question, done);
		}
	}
}
