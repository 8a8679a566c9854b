/**
 * What one api lane knows of its member's place in the cluster: who leads, whether the member may vote, whether it is published and serves;
 * and who wants to hear when there has been no leader for long. Used by api-actor.ts.
 */
import { NOBODY, type Term } from '../base/brand.ts';
import type { LeaderView } from '../ports/lane.ts';
import type { RoleChanged } from '../protocol/messages.ts';
import type { LanePublication } from './lane-publication.ts';

export interface StandingOptions {
	/** Three election timeouts (reference/etcd-surface.md 2.1). */
	readonly leaderlessTicks: number;
	/** Null on lanes that do not publish. */
	readonly publication: LanePublication | null;
	/** Said once. */
	readonly announceServing: () => void;
}

export class LaneStanding {
	isLearner = false;
	readonly #options: StandingOptions;
	readonly #leaderless = new Set<() => void>();
	#view: LeaderView = { role: 'follower', term: 0 as Term, leader: NOBODY };
	#isServing = false;
	#ticksWithout = 0;
	#ticksOfLeader = 0;

	constructor(options: StandingOptions) {
		this.#options = options;
	}

	get leaderView(): LeaderView {
		return this.#view;
	}

	/** Since this leader has been known to lead, in this term; 0 without one. */
	get ticksOfLeader(): number {
		return this.#ticksOfLeader;
	}

	get hasLeader(): boolean {
		return this.#view.leader !== NOBODY;
	}

	get isServing(): boolean {
		return this.#isServing;
	}

	roleChanged({ role, term, leader }: RoleChanged): void {
		if (leader !== this.#view.leader || term !== this.#view.term) {
			this.#ticksOfLeader = 0;
		}
		this.#view = { role, term, leader };
		if (this.hasLeader) {
			this.#maybeServe();
		}
	}

	/** The body to propose now, or null. */
	takePublication(now: number): Uint8Array | null {
		return this.#options.publication?.take(now) ?? null;
	}

	published(code: number, now: number): void {
		this.#options.publication?.settled(code, now);
		this.#maybeServe();
	}

	/** listener is called once, when no leader has been known for so long; the function given back takes it off. */
	whenLeaderless(listener: () => void): () => void {
		this.#leaderless.add(listener);
		return () => this.#leaderless.delete(listener);
	}

	tick(): void {
		this.#ticksOfLeader = this.hasLeader ? this.#ticksOfLeader + 1 : 0;
		this.#ticksWithout = this.hasLeader ? 0 : this.#ticksWithout + 1;
		if (this.#ticksWithout >= this.#options.leaderlessTicks) {
			const listeners = [...this.#leaderless];
			this.#leaderless.clear();
			for (const listener of listeners) {
				listener();
			}
		}
	}

	#maybeServe(): void {
		if (!this.#isServing && this.#options.publication?.isDone !== false) {
			this.#isServing = true;
			this.#options.announceServing();
		}
	}
}
