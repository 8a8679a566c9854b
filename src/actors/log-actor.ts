/**
 * The actor that makes words durable: one write and one flush a turn for all that was appended in it, then `persisted` and the held peer frames.
 * It takes no Raft decision. Old entries are read in the flush too, behind the turn's write, so that a fetch sees what was appended before it.
 *
 * The store may leave the flush of a large turn to another thread. Until it is done the turn's words are held, and what is appended meanwhile gathers,
 * to be written at once: group commit. Entries that are not flushed may be read, and sent to followers, as the leader sends its newest ones (thesis
 * 10.2.1); the core takes entries for durable by `persisted` alone.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Index, Term } from '../base/brand.ts';
import type { LogBatch, LogStore } from '../log/log-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { Append, Fetch, PeerFrame } from '../protocol/messages.ts';
import type { Inbox } from '../protocol/routes.ts';
import type { EntryId } from '../raft/state.ts';
import type { Actor, Outbox } from './actor.ts';

export interface LogActorOptions {
	/** Compacted entries removed in one turn without appends: a bound on how long an append may find the log busy. */
	readonly sweepRecordsMax: number;
}

export interface LogActorPorts {
	readonly outbox: Outbox<'log'>;
	readonly store: LogStore;
	readonly logger: Logger;
}

export class LogActor implements Actor<'log'> {
	readonly #options: LogActorOptions;
	readonly #outbox: Outbox<'log'>;
	readonly #store: LogStore;
	readonly #logger: Logger;
	#appends: Append[] = [];
	#fetches: Fetch[] = [];
	#compactTo: Index | null = null;
	/** What was appended last is written, and its flush is under way. */
	#isFlushing = false;
	#mayHaveStale = true;
	#hasTicked = false;
	/** Of the last append received: the core numbers its batches from 1 without a gap. */
	#batch = 0;

	constructor(options: LogActorOptions, ports: LogActorPorts) {
		assert(options.sweepRecordsMax > 0, () => `sweepRecordsMax must be positive: ${options.sweepRecordsMax}`);
		this.#options = options;
		this.#outbox = ports.outbox;
		this.#store = ports.store;
		this.#logger = ports.logger;
	}

	start(): void {
		const { hardState, before, last, terms, mark } = this.#store.contents();
		this.#logger.log('info', 'log opened', { term: hardState.term, commit: hardState.commit, before: before.index, last });
		this.#outbox.post('raft', {
			kind: 'log_opened',
			term: hardState.term,
			vote: hardState.vote,
			commit: hardState.commit,
			beforeIndex: before.index,
			beforeTerm: before.term,
			last,
			runIndexes: terms.map((run) => run.index),
			runTerms: terms.map((run) => run.term),
			mark: mark === null ? null : [mark.index, mark.term],
		});
	}

	receive(message: Inbox<'log'>): void {
		switch (message.kind) {
			case 'append':
				// Number 0 is the reset at boot (log/reconcile.ts): it comes before the core, which counts from 1.
				assert(message.batch === this.#batch + 1 || (message.batch === 0 && this.#batch === 0), () => `batch ${message.batch} after ${this.#batch}`);
				this.#batch = message.batch;
				this.#appends.push(message);
				return;
			case 'fetch':
				this.#fetches.push(message);
				return;
			case 'compact':
				this.#compactTo = message.upTo;
				return;
			default:
				unreachable(message);
		}
	}

	tick(): void {
		this.#hasTicked = true;
	}

	flush(): void {
		const isIdle = this.#appends.length === 0 && !this.#isFlushing;
		if (this.#appends.length > 0 && !this.#isFlushing) {
			this.#persist();
		}
		// What was appended before a fetch may have cut what it asks for: it waits with that.
		if (this.#appends.length === 0) {
			this.#answerFetches();
		}
		if (this.#compactTo !== null && !this.#isFlushing) {
			this.#logger.log('debug', 'log compacted', { upTo: this.#compactTo });
			this.#store.compact(this.#compactTo);
			this.#compactTo = null;
			this.#mayHaveStale = true;
		} else if (isIdle && this.#hasTicked && this.#mayHaveStale) {
			this.#mayHaveStale = this.#store.sweep(this.#options.sweepRecordsMax);
		}
		this.#hasTicked = false;
	}

	drain(): void {
		// Nothing is taken on but by receive; what was received is durable and answered when flush returns, or when the flush under way has ended.
	}

	isDrained(): boolean {
		return this.#appends.length === 0 && this.#fetches.length === 0 && !this.#isFlushing;
	}

	#persist(): void {
		const appends = this.#appends;
		this.#appends = [];
		this.#mayHaveStale = true;
		// A compaction comes behind the turn's flush. Under load there would always be the next one to wait for, so this one is done at once.
		const always = appends.some(({ isSent, terms }) => isSent && terms.length > 0);
		const later = this.#compactTo === null ? { done: () => this.#flushed(appends), always } : undefined;
		const isDurable = this.#store.append(appends.map(toBatch), later);
		this.#isFlushing = !isDurable;
		if (isDurable) {
			this.#speak(appends);
		}
	}

	/** Within a turn, later than the one that wrote them. */
	#flushed(appends: readonly Append[]): void {
		assert(this.#isFlushing, 'a flush has ended that was not under way');
		this.#isFlushing = false;
		this.#speak(appends);
	}

	/** Invariant: nothing of this is said before all of it is flushed (reliability.md I8, I9). */
	#speak(appends: readonly Append[]): void {
		const frames: PeerFrame[] = [];
		for (const append of appends) {
			frames.push(...append.after);
		}
		if (frames.length > 0) {
			this.#outbox.post('peer', { kind: 'send', frames });
		}
		for (const append of appends) {
			const count = append.terms.length;
			this.#outbox.post('raft', {
				kind: 'persisted',
				batch: append.batch,
				lastIndex: (count === 0 ? 0 : append.first + count - 1) as Index,
				lastTerm: (append.terms[count - 1] ?? 0) as Term,
			});
		}
	}

	#answerFetches(): void {
		const fetches = this.#fetches;
		this.#fetches = [];
		for (const fetch of fetches) {
			assert(fetch.lo > 0 && fetch.lo < fetch.hi, () => `fetch of [${fetch.lo}, ${fetch.hi})`);
			const { first, terms, kinds, payloads } = this.#store.read(fetch.lo, fetch.hi, fetch.bytesMax);
			this.#outbox.post('raft', { kind: 'fetched', first, terms, kinds, payloads, member: fetch.member, lo: fetch.lo, hi: fetch.hi });
		}
	}
}

function toBatch(append: Append): LogBatch {
	return {
		resetTo: toPoint(append.resetTo),
		truncateFrom: append.truncateFrom,
		entries: append,
		hardState: { term: append.term, vote: append.vote, commit: append.commit },
		mark: toPoint(append.mark),
	};
}

function toPoint(pair: readonly [Index, Term] | null): EntryId | null {
	return pair === null ? null : { index: pair[0], term: pair[1] };
}
