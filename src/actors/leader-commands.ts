/**
 * Commands that only a leader may decide: lease expiry, alarms, auto-compaction. It knows whether this member leads and may decide, proposes
 * under the term that decided, and tells each asker what became of its command. It never repeats: the asker decides anew, by what it then knows.
 *
 *   propose --> outstanding --settled--> settled: the store has executed the entry, or refused it
 *                           --refused--> refused: it entered no log
 *                           --the reign ends, or another snapshot is the store--> lost: nobody knows; it may yet be executed
 *
 * Used by store-actor.ts, which hands its askers this face: LeaderProposer.
 */
import { THE_MEMBER } from '../auth/identity.ts';
import { assert } from '../base/assert.ts';
import { NOBODY, type RequestId, type Slot, STORE_LANE, type Term, toRequestId } from '../base/brand.ts';
import { LEADER_COMMANDS_MAX } from '../base/limits.ts';
import { type CommandKind, encodeCommand, entryKindOf } from '../protocol/command.ts';
import type { Propose, RoleChanged } from '../protocol/messages.ts';

export type LeaderOutcome =
	| { readonly kind: 'settled'; readonly code: number; readonly response: Uint8Array }
	| { readonly kind: 'refused'; readonly code: number }
	| { readonly kind: 'lost' };

export type LeaderDone = (outcome: LeaderOutcome) => void;

export interface LeaderProposer {
	/** The term that this member leads, once the store has applied an entry of it, and with that all that was acknowledged before; else null. */
	readonly leadingTerm: Term | null;
	/** False: this member may not decide, or too much is outstanding. Else done is called once, in a later message of the store's. */
	propose(kind: CommandKind, body: Uint8Array, done: LeaderDone): boolean;
}

export interface LeaderCommandsPorts {
	readonly boot: number;
	/** NOBODY while this member is not in its own table. */
	readonly slot: () => Slot;
	readonly post: (message: Propose) => void;
}

export class LeaderCommands implements LeaderProposer {
	readonly #ports: LeaderCommandsPorts;
	readonly #outstanding = new Map<RequestId, LeaderDone>();
	/** Shared by everything that the store asks of raft, so that an id names one request. */
	#counter = 0;
	/** The term that this member leads, whatever is applied. */
	#reign: Term | null = null;
	#appliedTerm = 0 as Term;

	constructor(ports: LeaderCommandsPorts) {
		this.#ports = ports;
	}

	get leadingTerm(): Term | null {
		return this.#reign === this.#appliedTerm ? this.#reign : null;
	}

	nextRequestId(): RequestId {
		this.#counter += 1;
		return toRequestId(STORE_LANE, this.#counter);
	}

	propose(kind: CommandKind, body: Uint8Array, done: LeaderDone): boolean {
		const term = this.leadingTerm;
		const slot = this.#ports.slot();
		if (term === null || slot === NOBODY || this.#outstanding.size >= LEADER_COMMANDS_MAX) {
			return false;
		}
		const requestId = this.nextRequestId();
		const command = encodeCommand({ kind, origin: { slot, boot: this.#ports.boot, requestId }, term, who: THE_MEMBER, body });
		this.#outstanding.set(requestId, done);
		this.#ports.post({ kind: 'propose', onlyTerm: term, requestId, entryKind: entryKindOf(kind), command });
		return true;
	}

	roleChanged({ role, term }: RoleChanged): void {
		const reign = role === 'leader' ? term : null;
		if (reign !== this.#reign) {
			this.#reign = reign;
			this.loseAll();
		}
	}

	/** Committed and visible: the newest entry that the store has applied is of this term. */
	applied(term: Term): void {
		assert(term >= this.#appliedTerm || this.#reign === null, () => `applied term fell from ${this.#appliedTerm} to ${term} under a leader`);
		this.#appliedTerm = term;
	}

	/** Whether the id is one of ours. */
	refused(requestId: RequestId, code: number): boolean {
		return this.#finish(requestId, { kind: 'refused', code });
	}

	settled(requestId: RequestId, code: number, response: Uint8Array): void {
		this.#finish(requestId, { kind: 'settled', code, response });
	}

	loseAll(): void {
		const lost = [...this.#outstanding.values()];
		this.#outstanding.clear();
		for (const done of lost) {
			done({ kind: 'lost' });
		}
	}

	#finish(requestId: RequestId, outcome: LeaderOutcome): boolean {
		const done = this.#outstanding.get(requestId);
		this.#outstanding.delete(requestId);
		done?.(outcome);
		return done !== undefined;
	}
}
