/**
 * The store's sweep: what compactions left to be dropped goes in slices, each in a turn of its own, so that entries come between. It holds
 * the answers of physical compactions until their part is done, and does not pass what lanes are still reading. Used by store-actor.ts.
 */
import { compactSlice, isSweepPending } from '../mvcc/compaction.ts';
import { readStoreState, type StoreState, writeStoreState } from '../mvcc/store-state.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import type { WorkSlice } from '../ports/work-slice.ts';
import { NOTHING_HELD } from '../protocol/hold-messages.ts';
import type { HeldAnswer } from './store-entries.ts';
import type { StoreMeter } from './store-metrics.ts';

export interface StoreSweepPorts {
	readonly environment: StoreEnvironment;
	readonly turn: Turn;
	readonly slice: WorkSlice;
	readonly meter: StoreMeter;
	/** False while a snapshot is being installed. */
	readonly mayWrite: () => boolean;
	/** The sweep has passed what they waited for. */
	readonly release: (answers: readonly HeldAnswer[]) => void;
}

/** Reads that a lane has begun and not ended. */
interface Hold {
	readonly oldest: number;
	ticks: number;
}

export class StoreSweep {
	readonly #holdTicksMax: number;
	readonly #ports: StoreSweepPorts;
	readonly #holds = new Map<number, Hold>();
	#pending = false;
	/** As far as it may go while reads hold it up. */
	#heldUp = false;
	#scheduled = false;
	#held: readonly HeldAnswer[] = [];

	constructor(holdTicksMax: number, ports: StoreSweepPorts) {
		this.#holdTicksMax = holdTicksMax;
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
		this.#heldUp = false;
		this.#held = [];
	}

	/** The lane's reads go on at this revision and above, or at none. */
	hold(lane: number, oldest: number): void {
		this.#heldUp = false;
		if (oldest === NOTHING_HELD) {
			this.#holds.delete(lane);
		} else {
			this.#holds.set(lane, { oldest, ticks: 0 });
		}
	}

	tick(): void {
		for (const [lane, hold] of this.#holds) {
			hold.ticks++;
			if (hold.ticks > this.#holdTicksMax) {
				this.hold(lane, NOTHING_HELD);
			}
		}
	}

	schedule(): void {
		if (this.#pending && !this.#heldUp && !this.#scheduled && !this.#ports.environment.sweepMustWait) {
			this.#scheduled = true;
			this.#ports.turn.run(() => {
				this.#scheduled = false;
				this.#run();
			});
		}
	}

	#run(): void {
		const { environment, slice, meter, mayWrite, release } = this.#ports;
		if (!this.#pending || !mayWrite() || environment.sweepMustWait) {
			return;
		}
		slice.begin();
		const began = meter.now();
		const heldAt = Math.min(Number.MAX_SAFE_INTEGER, ...[...this.#holds.values()].map(({ oldest }) => oldest));
		const state = environment.engine.write((view) => {
			const before = readStoreState(view);
			this.#heldUp = !compactSlice(view, before, slice, { heldAt, tally: meter.swept });
			writeStoreState(view, before);
			return before;
		});
		this.#pending = isSweepPending(state);
		meter.sweptSlice(began, !this.#pending);
		const swept = this.#held.filter((held) => held.sweptFirst <= state.sweptRevision);
		if (swept.length > 0) {
			this.#held = this.#held.filter((held) => held.sweptFirst > state.sweptRevision);
			release(swept);
		}
	}
}
