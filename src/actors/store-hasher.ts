/**
 * HashKV of this member's store for the members' comparisons: one job after the other, in slices, and only so many a tick, so that it takes
 * a small part of the store's thread however large the store is. Used by store-upkeep.ts.
 */
import { CODES } from '../base/codes.ts';
import { HashKv } from '../mvcc/hash-kv.ts';
import { readStoreState } from '../mvcc/store-state.ts';
import type { StoreEnvironment } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import type { WorkSlice } from '../ports/work-slice.ts';

export type HashOutcome =
	| {
			readonly kind: 'hashed';
			readonly applied: number;
			readonly revision: number;
			readonly compactRevision: number;
			readonly hashRevision: number;
			readonly hash: number;
	  }
	| { readonly kind: 'refused'; readonly code: number };

export interface StoreHasherPorts {
	readonly environment: StoreEnvironment;
	readonly turn: Turn;
	readonly slice: WorkSlice;
	/** False while a snapshot is being installed: the store that is hashed is about to be another. */
	readonly mayRead: () => boolean;
}

interface Job {
	readonly revision: number;
	hash: HashKv;
	readonly done: ((outcome: HashOutcome) => void)[];
}

const JOBS_MAX = 16;
const SLICES_A_TICK = 5;
const PAGE_RECORDS = 64;

export class StoreHasher {
	readonly #ports: StoreHasherPorts;
	readonly #jobs: Job[] = [];
	#slicesLeft = SLICES_A_TICK;
	#scheduled = false;

	constructor(ports: StoreHasherPorts) {
		this.#ports = ports;
	}

	/** revision 0: the current one. done is called in a later turn, or at once if there is too much to do already. */
	ask(revision: number, done: (outcome: HashOutcome) => void): void {
		const known = revision > 0 ? this.#jobs.find((job) => job.revision === revision) : undefined;
		if (known !== undefined) {
			known.done.push(done);
		} else if (this.#jobs.length >= JOBS_MAX) {
			done({ kind: 'refused', code: CODES.too_many_requests.code });
		} else {
			this.#jobs.push({ revision, hash: new HashKv(revision), done: [done] });
			this.#schedule();
		}
	}

	tick(): void {
		this.#slicesLeft = SLICES_A_TICK;
		this.#schedule();
	}

	/** Another store. */
	reopen(): void {
		for (const job of this.#jobs) {
			job.hash = new HashKv(job.revision);
		}
	}

	#schedule(): void {
		if (this.#jobs.length > 0 && this.#slicesLeft > 0 && !this.#scheduled) {
			this.#scheduled = true;
			this.#ports.turn.run(() => {
				this.#scheduled = false;
				this.#run();
			});
		}
	}

	#run(): void {
		const { environment, slice, mayRead } = this.#ports;
		const job = this.#jobs[0];
		if (job === undefined || !mayRead()) {
			return;
		}
		this.#slicesLeft -= 1;
		slice.begin();
		const outcome = environment.engine.read((view): HashOutcome | null => {
			for (;;) {
				const page = job.hash.step(view, PAGE_RECORDS);
				if (page.kind === 'hash_kv') {
					const { revision, compactRevision, hashRevision, hash } = page;
					return { kind: 'hashed', applied: readStoreState(view).appliedIndex, revision, compactRevision, hashRevision, hash };
				}
				if (page.kind === 'refusal') {
					return { kind: 'refused', code: page.code };
				}
				if (slice.isSpent(PAGE_RECORDS)) {
					return null;
				}
			}
		});
		if (outcome !== null) {
			this.#jobs.shift();
			for (const done of job.done) {
				done(outcome);
			}
		}
		this.#schedule();
	}
}
