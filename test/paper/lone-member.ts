/** One core for a test to talk to: the test plays all other members, the disk and the store. Member 1 of as many as asked for. */
import { must } from '../../src/base/assert.ts';
import { type Index, NOBODY, type RequestId, type Slot, type Term } from '../../src/base/brand.ts';
import type { Random } from '../../src/base/random.ts';
import type { RaftConfig } from '../../src/raft/config.ts';
import { RaftCore } from '../../src/raft/core.ts';
import type { RaftInput } from '../../src/raft/input.ts';
import type { Envelope, PeerMessage } from '../../src/raft/message.ts';
import type { PersistBatch, RaftOutput } from '../../src/raft/output.ts';
import { ENTRY_KIND, type Entry, type EntryId, type Membership } from '../../src/raft/state.ts';

export interface LoneOptions {
	/** How many voters there are. */
	readonly size?: number;
	/** The terms of the entries in its log, from index 1. */
	readonly terms?: readonly number[];
	readonly term?: number;
	readonly vote?: number;
	readonly commit?: number;
	/** What its store has applied, if not all that is committed. */
	readonly applied?: number;
	readonly membership?: Membership;
	readonly config?: Partial<RaftConfig>;
	readonly random?: Random;
}

export const SELF = 1 as Slot;
const CONFIG: RaftConfig = {
	self: SELF,
	electionTicks: 10,
	initialTickAdvance: false,
	heartbeatTicks: 1,
	preVote: false,
	checkQuorum: false,
	snapshotCount: 1,
	catchUpEntries: 0,
	appendBytesMax: 1_000,
	inflightAppendsMax: 256,
	inflightBytesMax: 100_000,
	uncommittedBytesMax: 100_000,
	applyBytesMax: 100_000,
	applyInflightBytesMax: 100_000,
	tailBytesMax: 100_000,
	boot: 7,
};

export class LoneMember {
	readonly core: RaftCore;
	/** Written and not yet flushed. */
	readonly batches: PersistBatch[] = [];
	/** Handed to the store. */
	readonly handed: Entry[] = [];
	/** Every message that has left, those held for a flush included once they are let go. */
	readonly left: Envelope[] = [];
	/** The log as told to the log actor, from index 1. */
	readonly log: Entry[] = [];
	#requests = 0;

	constructor(options: LoneOptions = {}) {
		const terms = options.terms ?? [1];
		const voters = Array.from({ length: options.size ?? 3 }, (_, i) => (i + 1) as Slot);
		const commit = (options.commit ?? Math.min(1, terms.length)) as Index;
		const applied = options.applied ?? commit;
		const runs: EntryId[] = [];
		for (const [i, term] of terms.entries()) {
			this.log.push(command(i + 1, term));
			if (runs.at(-1)?.term !== term) {
				runs.push({ index: (i + 1) as Index, term: term as Term });
			}
		}
		const term = (options.term ?? terms.at(-1) ?? 0) as Term;
		this.core = new RaftCore(
			{ ...CONFIG, ...options.config },
			{
				log: {
					hardState: { term, vote: (options.vote ?? NOBODY) as Slot, commit },
					before: { index: 0 as Index, term: 0 as Term },
					last: terms.length as Index,
					terms: runs,
				},
				applied: { index: applied as Index, term: (terms[applied - 1] ?? 0) as Term },
				membership: options.membership ?? membershipOf(voters),
				bootstrap: null,
				isMarkStale: false,
				resetTo: null,
			},
			options.random ?? { below: () => 0 },
		);
		this.turn();
	}

	/** Steps and takes the turn: what it says at once. */
	step(...inputs: readonly RaftInput[]): RaftOutput {
		for (const input of inputs) {
			this.core.step(input);
		}
		return this.turn();
	}

	receive(from: number, term: number, message: PeerMessage): RaftOutput {
		return this.step({ kind: 'received', envelope: { from: from as Slot, to: SELF, term: term as Term, message } });
	}

	tick(count = 1): RaftOutput {
		for (let i = 1; i < count; i++) {
			this.step({ kind: 'tick' });
		}
		return this.step({ kind: 'tick' });
	}

	propose(text = 'x'): RequestId {
		const requestId = ++this.#requests as RequestId;
		this.step({ kind: 'propose', onlyTerm: null, requestId, entryKind: ENTRY_KIND.command, data: Buffer.from(text) });
		return requestId;
	}

	/** Flushes the oldest batch; what it held has left. */
	flush(): RaftOutput {
		const { batch, entries, after } = must(this.batches.shift(), 'a batch to flush');
		this.left.push(...after);
		const last = entries.at(-1);
		return this.step({ kind: 'persisted', batch, lastIndex: last?.index ?? (0 as Index), lastTerm: last?.term ?? (0 as Term) });
	}

	flushAll(): void {
		while (this.batches.length > 0) {
			this.flush();
		}
	}

	/** Campaigns, is voted for by as many as it takes, and has its first entry flushed. Messages so far are forgotten. */
	lead(): this {
		this.tick(10);
		this.flushAll();
		const { term } = this.core.status();
		for (let voter = 2; this.core.status().role !== 'leader'; voter++) {
			this.receive(voter, term, { kind: 'vote_reply', granted: true });
		}
		this.flushAll();
		this.left.length = 0;
		return this;
	}

	/** All messages of this kind that have left, and to whom. */
	sent<K extends PeerMessage['kind']>(kind: K): readonly (Envelope & { readonly message: Extract<PeerMessage, { readonly kind: K }> })[] {
		return this.left.filter((envelope): envelope is Envelope & { message: Extract<PeerMessage, { kind: K }> } => envelope.message.kind === kind);
	}

	turn(): RaftOutput {
		const output = this.core.takeOutput();
		this.left.push(...output.send);
		this.handed.push(...output.apply);
		if (output.persist !== null) {
			this.batches.push(output.persist);
			this.log.length = Math.min(this.log.length, (output.persist.truncateFrom ?? Number.MAX_SAFE_INTEGER) - 1);
			this.log.push(...output.persist.entries);
		}
		return output;
	}
}

export function membershipOf(voters: readonly number[], rest: Partial<Membership> = {}): Membership {
	return { index: 1 as Index, voters: voters as readonly Slot[], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false, ...rest };
}

export function command(index: number, term: number, text = ''): Entry {
	return { index: index as Index, term: term as Term, kind: ENTRY_KIND.command, data: Buffer.from(text) };
}

/** An append of entries with these terms after (previous, previousTerm). */
export function append(previous: number, previousTerm: number, terms: readonly number[] = [], commit = 0): PeerMessage {
	return {
		kind: 'append_request',
		previousIndex: previous as Index,
		previousTerm: previousTerm as Term,
		entries: terms.map((term, i) => command(previous + 1 + i, term)),
		commit: commit as Index,
	};
}

export function voteRequest(lastIndex: number, lastTerm: number, force = false): PeerMessage {
	return { kind: 'vote_request', lastIndex: lastIndex as Index, lastTerm: lastTerm as Term, force };
}

export function preVoteRequest(lastIndex: number, lastTerm: number): PeerMessage {
	return { kind: 'pre_vote_request', lastIndex: lastIndex as Index, lastTerm: lastTerm as Term };
}

export function accepted(match: number): PeerMessage {
	return { kind: 'append_accepted', match: match as Index };
}

export function heartbeat(commit = 0, read = 0): PeerMessage {
	return { kind: 'heartbeat', commit: commit as Index, read };
}
