/**
 * Whether one api lane takes another request, under which number, and until when: its clock, its budget, and the end of both when the member
 * stops. Used by api-actor.ts.
 */
import { assert } from '../base/assert.ts';
import { type RequestId, toPlainRequestId, toRequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { LaneBudget } from './lane-budget.ts';

export interface AdmissionOptions {
	readonly lane: number;
	readonly requestTicks: number;
	/** While draining, what is still outstanding after this long is given up. */
	readonly drainTicks: number;
}

export class LaneAdmission {
	now = 0;
	readonly #options: AdmissionOptions;
	readonly #budget: LaneBudget;
	#counter = 0;
	#drainDeadline: number | null = null;

	constructor(options: AdmissionOptions, budget: LaneBudget) {
		assert(options.requestTicks > 0, 'a request needs time');
		this.#options = options;
		this.#budget = budget;
	}

	get isDraining(): boolean {
		return this.#drainDeadline !== null;
	}

	get isDrainOver(): boolean {
		return this.#drainDeadline !== null && this.#drainDeadline <= this.now;
	}

	/** The tick that is running has partly passed, so that one more is counted. */
	get deadline(): number {
		return this.now + this.#options.requestTicks + 1;
	}

	/** 0, with the budget taken, or the code of the refusal. */
	admit(bytes: number): number {
		if (this.isDraining) {
			return CODES.stopped.code;
		}
		return this.#budget.tryTake(bytes) ? 0 : CODES.too_many_requests.code;
	}

	nextId(plain = false): RequestId {
		this.#counter += 1;
		return plain ? toPlainRequestId(this.#options.lane, this.#counter) : toRequestId(this.#options.lane, this.#counter);
	}

	/** False: it is so already. */
	drain(): boolean {
		if (this.isDraining) {
			return false;
		}
		this.#drainDeadline = this.now + this.#options.drainTicks;
		return true;
	}
}
