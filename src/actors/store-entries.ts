/**
 * Executes committed entries inside one transaction of the store, the applied point included. It knows whose commands are this
 * process's to answer; when and how often it is called is store-actor.ts's business.
 */

import { type ActiveAlarms, activeAlarms, NO_ALARMS } from '../alarms/refusal.ts';
import { AuthTables, NO_AUTH } from '../auth/auth-table.ts';
import { assert } from '../base/assert.ts';
import { type Index, NOBODY, type RequestId, type Slot, type Term } from '../base/brand.ts';
import { EMPTY_BYTES, hexToId } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import type { LeaseChange } from '../lease/execute.ts';
import { leaveJoint } from '../members/replacement.ts';
import { clusterId, list } from '../members/table.ts';
import { readStoreState, type StoreState, writeStoreState } from '../mvcc/store-state.ts';
import { STANDING_CLOCK } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { COMMAND_KIND, type Command, decodeCommand } from '../protocol/command.ts';
import { ANSWER_FOLLOWS } from '../protocol/hold-messages.ts';
import type { EntryColumns } from '../protocol/messages.ts';
import { ENTRY_KIND } from '../raft/state.ts';
import { type HeaderIds, makeHeaderIds } from '../rpc/response-header.ts';
import { type Executed, executeCommand, refused } from './command-execution.ts';
import type { LaneAnswers } from './lane-answers.ts';
import { StoreMeter } from './store-metrics.ts';

/** Who this process is: its commands are those with its slot and its boot. */
export interface Self {
	/** Member id as hex. */
	readonly id: string;
	readonly boot: number;
}

/** An answer that waits for a compaction's sweep. */
export interface HeldAnswer {
	readonly requestId: RequestId;
	readonly response: Uint8Array;
	readonly sweptFirst: number;
}

/** What a transaction came to, told once it is committed. */
export interface ExecutedBatch {
	readonly state: StoreState;
	readonly membershipChanged: boolean;
	/** Names or client URLs were published. */
	readonly namesChanged: boolean;
	/** The cluster has given itself other times. */
	readonly tuningChanged: boolean;
	readonly held: readonly HeldAnswer[];
	readonly leaseChanges: readonly LeaseChange[];
}

/** This member in the table of members; nobody before the founding members are known. */
interface Place {
	readonly slot: Slot;
	readonly ids: HeaderIds;
}

export class StoreEntries {
	readonly #self: Self;
	readonly #logger: Logger;
	readonly #meter: StoreMeter;
	#place: Place | null = null;
	/** The answer to a replacement of members, until the joint membership that it entered is left. */
	#replacing: Omit<HeldAnswer, 'sweptFirst'> | null = null;
	/** As the store has them: read again when a command has changed them. */
	#alarms: ActiveAlarms = NO_ALARMS;
	/** Likewise. */
	#auth = NO_AUTH;
	readonly #authTables = new AuthTables();

	constructor(self: Self, logger: Logger, meter: StoreMeter = new StoreMeter(STANDING_CLOCK)) {
		this.#self = self;
		this.#logger = logger;
		this.#meter = meter;
	}

	/** The store is another, or opened anew: what a former one owed is unknown. */
	reopen(view: ReadView): void {
		this.#replacing = null;
		this.#alarms = activeAlarms(view);
		this.#auth = this.#authTables.of(view);
		this.#locate(view);
	}

	/** Reads from the table of members who this member is: at the start, and whenever the table is another. */
	#locate(view: ReadView): void {
		const cluster = clusterId(view);
		const member = list(view).find((each) => each.id === this.#self.id);
		this.#place = cluster === null || member === undefined ? null : { slot: member.slot, ids: makeHeaderIds(hexToId(cluster), hexToId(member.id)) };
	}

	/** This member's slot, or NOBODY. */
	get slot(): Slot {
		return this.#place?.slot ?? NOBODY;
	}

	execute(view: WriteView, batches: readonly EntryColumns[], answers: LaneAnswers): ExecutedBatch {
		const state = readStoreState(view);
		const held: HeldAnswer[] = [];
		const leaseChanges: LeaseChange[] = [];
		let membershipChanged = false;
		let namesChanged = false;
		let tuningChanged = false;
		for (const { first, terms, kinds, payloads } of batches) {
			for (let i = 0; i < payloads.length; i++) {
				const index = (first + i) as Index;
				const term = terms[i] as Term;
				assert(index === state.appliedIndex + 1, () => `entry ${index} handed to a store that has applied ${state.appliedIndex}`);
				const payload = payloads[i] as Uint8Array;
				if (kinds[i] !== ENTRY_KIND.noop) {
					const entry = { view, state, index, term, answers, held, leaseChanges };
					const isLeave = kinds[i] === ENTRY_KIND.membership && payload.length === 0;
					const executed = isLeave ? this.#leaveJoint(entry) : this.#executeEntry(entry, payload);
					namesChanged ||= executed?.namesChanged === true;
					tuningChanged ||= executed?.tuningChanged === true;
					if (executed?.membershipChanged === true) {
						membershipChanged = true;
						this.#locate(view);
					}
				}
				state.appliedIndex = index;
				state.appliedTerm = term;
			}
		}
		writeStoreState(view, state);
		return { state, membershipChanged, namesChanged, tuningChanged, held, leaseChanges };
	}

	/** The leader's own entry, which ends what a replacement of members began (raft/state.ts); the asker hears only now, when it is whole. */
	#leaveJoint({ view, index, answers }: EntryContext): Changed {
		const membershipChanged = leaveJoint(view, index);
		if (membershipChanged && this.#replacing !== null) {
			answers.add(this.#replacing.requestId, CODES.ok.code, this.#replacing.response);
			this.#replacing = null;
		}
		return { membershipChanged, namesChanged: false, tuningChanged: false };
	}

	/** null: it was applied as nothing. */
	#executeEntry(entry: EntryContext, payload: Uint8Array): Changed | null {
		const { view, state, index, term } = entry;
		const command = decodeCommand(payload);
		if (command === null) {
			this.#logger.log('error', 'an entry holds no command that this version knows; it was applied as nothing', { index, bytes: payload.length });
			return null;
		}
		const ids = this.#isOwn(command) ? (this.#place?.ids ?? null) : null;
		// A leader-only command is void once another leader has taken over before it got into the log.
		const isVoid = command.term !== 0 && command.term !== term;
		const leaseChangesBefore = entry.leaseChanges.length;
		const executed = isVoid
			? refused(CODES.leader_changed.code)
			: executeCommand(
					{
						view,
						state,
						index,
						term,
						ids,
						who: command.who,
						auth: this.#auth,
						alarms: this.#alarms,
						leaseChanges: entry.leaseChanges,
						counts: this.#meter.keyspace,
					},
					command.kind,
					command.body,
				);
		if (executed === null) {
			this.#logger.log('error', 'a command cannot be decoded; it was applied as nothing', { index, kind: command.kind, bytes: command.body.length });
			return null;
		}
		if (command.kind === COMMAND_KIND.lease_expire) {
			this.#meter.leasesExpired += entry.leaseChanges.length - leaseChangesBefore;
		}
		if (executed.alarmsChanged) {
			this.#alarms = activeAlarms(view);
		}
		if (executed.authChanged) {
			this.#auth = this.#authTables.of(view);
		}
		if (ids !== null) {
			const { requestId } = command.origin;
			if (command.kind === COMMAND_KIND.replace_member && executed.membershipChanged) {
				this.#replacing = { requestId, response: executed.response };
			} else if (executed.sweptFirst === null) {
				entry.answers.add(requestId, executed.code, executed.response);
			} else {
				entry.answers.add(requestId, ANSWER_FOLLOWS, EMPTY_BYTES);
				entry.held.push({ requestId, response: executed.response, sweptFirst: executed.sweptFirst });
			}
		}
		return executed;
	}

	#isOwn(command: Command): boolean {
		return this.#place !== null && command.origin.slot === this.#place.slot && command.origin.boot === this.#self.boot;
	}
}

/** What raft and the peers have to hear of. */
type Changed = Pick<Executed, 'membershipChanged' | 'namesChanged' | 'tuningChanged'>;

interface EntryContext {
	readonly view: WriteView;
	readonly state: StoreState;
	readonly index: Index;
	readonly term: Term;
	readonly answers: LaneAnswers;
	readonly held: HeldAnswer[];
	readonly leaseChanges: LeaseChange[];
}
