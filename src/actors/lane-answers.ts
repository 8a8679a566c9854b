/** What a batch of the store has to say to the lanes: one `settled` for each, with only its own requests in it. Used by store-actor.ts. */
import { assert } from '../base/assert.ts';
import { type Index, laneOf, type RequestId } from '../base/brand.ts';
import type { Settled } from '../protocol/messages.ts';

interface Columns {
	readonly requestIds: RequestId[];
	readonly codes: number[];
	readonly responses: Uint8Array[];
}

export class LaneAnswers {
	readonly #columns: readonly Columns[];

	constructor(lanes: number) {
		assert(lanes > 0, () => `a member with ${lanes} lanes`);
		this.#columns = Array.from({ length: lanes }, () => ({ requestIds: [], codes: [], responses: [] }));
	}

	/** A request of a lane that there is not comes from a damaged command: nobody waits for it. */
	add(requestId: RequestId, code: number, response: Uint8Array): void {
		const columns = this.#columns[laneOf(requestId)];
		if (columns !== undefined) {
			columns.requestIds.push(requestId);
			columns.codes.push(code);
			columns.responses.push(response);
		}
	}

	toSettled(lane: number, upTo: Index, generation: number): Settled {
		const columns = this.#columns[lane];
		assert(columns !== undefined, () => `no lane ${lane}`);
		return { kind: 'settled', upTo, generation, requestIds: columns.requestIds, codes: columns.codes, responses: columns.responses };
	}
}
