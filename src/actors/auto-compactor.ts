/**
 * Compacts the history by itself, as etcd does (reference/etcd-surface.md 7.5): to what was current a period ago, or to all but the newest
 * revisions. Every member samples, so that a new leader need not wait for a whole period; only a leader decides. Used by store-upkeep.ts.
 */
import { assert } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import type { Logger } from '../ports/logger.ts';
import { COMMAND_KIND } from '../protocol/command.ts';
import { encodeCompact } from '../rpc/kv-codec.ts';
import type { LeaderOutcome, LeaderProposer } from './leader-commands.ts';

/** Times in ticks. */
export type AutoCompactorOptions =
	| { readonly mode: 'off' }
	/** intervalTicks: between two compactions, of which ten samples are taken; the first comes after the whole period. */
	| { readonly mode: 'periodic'; readonly periodTicks: number; readonly intervalTicks: number }
	| { readonly mode: 'revision'; readonly revisions: number; readonly intervalTicks: number };

const SAMPLES_AN_INTERVAL = 10;

export interface Keyspace {
	readonly revision: number;
	readonly compactRevision: number;
}

export class AutoCompactor {
	readonly #options: AutoCompactorOptions;
	readonly #proposer: LeaderProposer;
	readonly #logger: Logger;
	/** Revisions of the last period, oldest first. */
	#samples: number[] = [];
	#now = 0;
	#lookAt = 0;
	/** When the last compaction succeeded, and how long after it the next one is due. */
	#succeededAt = 0;
	#restTicks: number;
	#isUnderWay = false;

	constructor(options: AutoCompactorOptions, proposer: LeaderProposer, logger: Logger) {
		this.#options = options;
		this.#proposer = proposer;
		this.#logger = logger;
		this.#restTicks = options.mode === 'periodic' ? options.periodTicks : 0;
		assert(options.mode === 'off' || options.intervalTicks > 0, 'compactions without a pause');
	}

	tick(keyspace: Keyspace): void {
		this.#now += 1;
		const options = this.#options;
		if (options.mode === 'off' || this.#now < this.#lookAt) {
			return;
		}
		const isFirst = this.#lookAt === 0;
		if (options.mode === 'periodic') {
			const sampleTicks = Math.max(1, Math.round(options.intervalTicks / SAMPLES_AN_INTERVAL));
			this.#lookAt = this.#now + sampleTicks;
			const oldest = this.#samples[0];
			if (oldest !== undefined && this.#now - this.#succeededAt >= this.#restTicks) {
				this.#compact(oldest, keyspace, options.intervalTicks);
			}
			this.#samples.push(keyspace.revision);
			if (this.#samples.length > Math.floor(options.periodTicks / sampleTicks) + 1) {
				this.#samples.shift();
			}
		} else {
			this.#lookAt = this.#now + options.intervalTicks;
			if (!isFirst) {
				this.#compact(keyspace.revision - options.revisions, keyspace, 0);
			}
		}
	}

	/** restTicks: until the next one, once this one has succeeded. */
	#compact(revision: number, { compactRevision }: Keyspace, restTicks: number): void {
		if (revision <= Math.max(0, compactRevision) || this.#isUnderWay || this.#proposer.leadingTerm === null) {
			return;
		}
		const done = (outcome: LeaderOutcome): void => {
			this.#isUnderWay = false;
			const code = outcome.kind === 'lost' ? CODES.leader_changed.code : outcome.code;
			if (code === CODES.ok.code || code === CODES.compacted.code) {
				this.#succeededAt = this.#now;
				this.#restTicks = restTicks;
				this.#logger.log('info', 'completed auto compaction', { revision, mode: this.#options.mode });
			} else {
				this.#logger.log('warn', 'failed auto compaction; it is tried again', { revision, mode: this.#options.mode, code });
			}
		};
		this.#isUnderWay = this.#proposer.propose(COMMAND_KIND.compact, encodeCompact(revision), done);
	}
}
