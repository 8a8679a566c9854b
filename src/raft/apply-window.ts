/** Entries on their way through the store: how many bytes it has and has not acknowledged, and what is being fetched for it. The rules: applying.ts. */
import type { Index } from '../base/brand.ts';
import { Inflight } from './inflight.ts';
import type { Entry } from './state.ts';

export const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export class ApplyWindow {
	readonly inflight: Inflight;
	/** First entry of the fetch that is under way for the store, or null. */
	fetching: Index | null = null;
	fetched: readonly Entry[] = NO_ENTRIES;

	constructor(bytesMax: number) {
		this.inflight = new Inflight({ countMax: Number.MAX_SAFE_INTEGER, bytesMax });
	}

	reset(): void {
		this.inflight.clear();
		this.fetching = null;
		this.fetched = NO_ENTRIES;
	}
}
