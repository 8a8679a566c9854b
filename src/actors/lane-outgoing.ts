/** What one api lane asks of raft and of other members, in the words that they understand. Used by api-actor.ts. */
import type { RequestId, Slot, Term } from '../base/brand.ts';
import { list } from '../members/table.ts';
import type { LeaseAnswer, LeaseQuestion } from '../ports/leader-leases.ts';
import { type CommandKind, encodeCommand, entryKindOf } from '../protocol/command.ts';
import type { ApiOptions, ApiPorts } from './api-options.ts';
import type { LaneAdmission } from './lane-admission.ts';
import type { LaneStore } from './lane-store.ts';

export class LaneOutgoing {
	readonly #options: ApiOptions;
	readonly #ports: ApiPorts;
	readonly #admission: LaneAdmission;
	readonly #store: LaneStore;

	constructor(options: ApiOptions, ports: ApiPorts, parts: { readonly admission: LaneAdmission; readonly store: LaneStore }) {
		this.#options = options;
		this.#ports = ports;
		this.#admission = parts.admission;
		this.#store = parts.store;
	}

	/** Under a new id, which is given back. */
	propose(kind: CommandKind, body: Uint8Array): RequestId {
		const requestId = this.#admission.nextId();
		const { selfSlot, boot } = this.#options;
		const command = encodeCommand({
			kind,
			origin: { slot: selfSlot, boot, requestId },
			term: 0 as Term,
			authRevision: 0,
			user: '',
			body,
		});
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
