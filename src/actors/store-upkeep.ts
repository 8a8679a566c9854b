/**
 * What the store does by itself and by the clock: auto-compaction, clearing NOSPACE, comparing stores between members, hashing for them,
 * and ending v2 nodes. Used by store-actor.ts, which owns the store.
 */
import type { RequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { Logger } from '../ports/logger.ts';
import type { HashAsked, HashesTold } from '../protocol/hash-messages.ts';
import type { Outbox } from './actor.ts';
import { AutoCompactor, type AutoCompactorOptions } from './auto-compactor.ts';
import { CorruptionWatch, type CorruptionWatchOptions, type LastComparison, type StorePlace } from './corruption-watch.ts';
import type { LeaderProposer } from './leader-commands.ts';
import { QuotaWatch, type QuotaWatchOptions } from './quota-watch.ts';
import { type HashOutcome, StoreHasher, type StoreHasherPorts } from './store-hasher.ts';
import { V2Expiry, type V2ExpiryOptions } from './v2-expiry.ts';

export interface UpkeepOptions {
	readonly compaction: AutoCompactorOptions;
	readonly quota: QuotaWatchOptions;
	readonly corruption: Omit<CorruptionWatchOptions, 'selfId'>;
	readonly v2Expiry: V2ExpiryOptions;
}

/** For stores that are alone with their test or bench. */
export const NO_UPKEEP: UpkeepOptions = {
	compaction: { mode: 'off' },
	quota: { quotaBytes: -1, lookTicks: 10, roomBytes: () => null },
	corruption: { periodTicks: 0, compactionTicks: 0, firstTicks: 0, patienceTicks: 0 },
	v2Expiry: { intervalTicks: 5, now: () => 0 },
};

export interface StoreUpkeepPorts extends StoreHasherPorts {
	readonly outbox: Outbox<'store'>;
	readonly proposer: LeaderProposer;
	readonly nextRequestId: () => RequestId;
	readonly logger: Logger;
}

export class StoreUpkeep {
	readonly #outbox: Outbox<'store'>;
	readonly #hasher: StoreHasher;
	readonly #compactor: AutoCompactor;
	readonly #quota: QuotaWatch;
	readonly #corruption: CorruptionWatch;
	readonly #v2Expiry: V2Expiry;

	constructor(selfId: string, options: UpkeepOptions, ports: StoreUpkeepPorts) {
		this.#outbox = ports.outbox;
		this.#hasher = new StoreHasher(ports);
		this.#compactor = new AutoCompactor(options.compaction, ports.proposer, ports.logger);
		this.#quota = new QuotaWatch(options.quota, ports);
		this.#corruption = new CorruptionWatch(
			{ ...options.corruption, selfId },
			{ ...ports, hasher: this.#hasher, ask: (message) => ports.outbox.post('peer', message) },
		);
		this.#v2Expiry = new V2Expiry(options.v2Expiry, ports);
	}

	get lastComparison(): LastComparison | null {
		return this.#corruption.last;
	}

	/** The store is another, by a snapshot. */
	reopen(): void {
		this.#hasher.reopen();
	}

	tick(place: StorePlace): void {
		this.#hasher.tick();
		this.#compactor.tick(place);
		this.#quota.tick();
		this.#corruption.tick(place);
		this.#v2Expiry.tick();
	}

	/** Another member compares. */
	hashAsked({ requestId, revision }: HashAsked): void {
		this.#hasher.ask(revision, (outcome) => {
			this.#outbox.post('peer', { kind: 'hash_told', requestId, ...answerOf(outcome) });
		});
	}

	hashesTold(message: HashesTold): void {
		this.#corruption.told(message);
	}
}

function answerOf(outcome: HashOutcome) {
	if (outcome.kind === 'refused') {
		return { code: outcome.code, applied: 0, revision: 0, compactRevision: -1, hash: 0 };
	}
	const { applied, revision, compactRevision, hash } = outcome;
	return { code: CODES.ok.code, applied, revision, compactRevision, hash };
}
