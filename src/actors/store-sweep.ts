/**
 * The store's sweep: what compactions left to be dropped goes in slices, each in a turn of its own, so that entries come between. It holds
 * the answers of physical compactions until their part is done. Used by store-actor.ts.
 */
import { compactSlice, isSweepPending } from '../mvcc/compaction.ts';
import { readStoreState, type StoreState, writeStoreState } from '../mvcc/store-state.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import type { WorkSlice } from '../ports/work-slice.ts';
import type { HeldAnswer } from './store-entries.ts';

export interface StoreSweepPorts {
	readonly environment: StoreEnvironment;
	readonly turn: Turn;
	readonly slice: WorkSlice;
	/** False while a snapshot is being installed. */
	readonly mayWrite: () => boolean;
	/** The sweep has passed what they waited for. */
	readonly release: (answers: readonly HeldAnswer[]) => void;
}

export class StoreSweep {
	readonly #ports: StoreSweepPorts;
	#pending = false;
	#scheduled = false;
	#held: readonly HeldAnswer[] = [];

	constructor(ports: StoreSweepPorts) {
		this.#ports = ports;
	}

	/** Entries were executed. */
	executed(state: StoreState, held: readonly HeldAnswer[]): void {
		this.#pending = isSweepPending(state);
		if (held.length > 0) {
			this.#held = [...this.#held, ...held];
		}
	}

	/** Another store: answers that a former one owed are unknown now. */
	reopen(state: StoreState): void {
		this.#pending = isSweepPending(state);
		this.#held = [];
	}

	schedule(): void {
		if (this.#pending && !this.#scheduled && !this.#ports.environment.sweepMustWait) {
			this.#scheduled = true;
			this.#ports.turn.run(() => {
				this.#scheduled = false;
				this.#run();
			});
		}
	}

	#run(): void {
		const { environment, slice, mayWrite, release } = this.#ports;
		if (!this.#pending || !mayWrite() || environment.sweepMustWait) {
			return;
		}
		slice.begin();
		const state = environment.engine.write((view) => {
			const before = readStoreState(view);
			compactSlice(view, before, slice);
			writeStoreState(view, before);
			return before;
		});
		this.#pending = isSweepPending(state);
		const swept = this.#held.filter((held) => held.sweptFirst <= state.sweptRevision);
		if (swept.length > 0) {
			this.#held = this.#held.filter((held) => held.sweptFirst > state.sweptRevision);
			release(swept);
		}
	}
}
