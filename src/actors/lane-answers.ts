/** What a batch of the store has to say to the lanes: one `settled` for each, with only its own requests in it; and to the store itself. Used by store-actor.ts. */
import { assert } from '../base/assert.ts';
import { type Index, isPlain, laneOf, type RequestId, STORE_LANE } from '../base/brand.ts';
import type { Answered, Settled } from '../protocol/messages.ts';

interface Columns {
	readonly requestIds: RequestId[];
	readonly codes: number[];
	readonly responses: Uint8Array[];
}

export class LaneAnswers {
	#columns: readonly Columns[];
	readonly #own: Columns = { requestIds: [], codes: [], responses: [] };

	constructor(lanes: number) {
		assert(lanes > 0, () => `a member with ${lanes} lanes`);
		this.#columns = Array.from({ length: lanes }, noColumns);
	}

	/** The plain ones, out of what `settled` will say; null: the lane has none. */
	takePlain(lane: number, upTo: Index): Answered | null {
		const columns = this.#columns[lane];
		assert(columns !== undefined, () => `no lane ${lane}`);
		const { requestIds, codes, responses } = columns;
		if (!requestIds.some(isPlain)) {
			return null;
		}
		const plain = noColumns();
		const rest = noColumns();
		requestIds.forEach((requestId, i) => {
			push(isPlain(requestId) ? plain : rest, requestId, codes[i] as number, responses[i] as Uint8Array);
		});
		this.#columns = this.#columns.with(lane, rest);
		return { kind: 'answered', upTo, ...plain };
	}

	/** A request of a lane that there is not comes from a damaged command: nobody waits for it. */
	add(requestId: RequestId, code: number, response: Uint8Array): void {
		const lane = laneOf(requestId);
		const columns = lane === STORE_LANE ? this.#own : this.#columns[lane];
		if (columns !== undefined) {
			push(columns, requestId, code, response);
		}
	}

	/** What became of the store's own commands. */
	forStore(visit: (requestId: RequestId, code: number, response: Uint8Array) => void): void {
		this.#own.requestIds.forEach((requestId, i) => {
			visit(requestId, this.#own.codes[i] as number, this.#own.responses[i] as Uint8Array);
		});
	}

	toSettled(lane: number, upTo: Index, generation: number): Settled {
		const columns = this.#columns[lane];
		assert(columns !== undefined, () => `no lane ${lane}`);
		return { kind: 'settled', upTo, generation, requestIds: columns.requestIds, codes: columns.codes, responses: columns.responses };
	}
}

function noColumns(): Columns {
	return { requestIds: [], codes: [], responses: [] };
}

function push(columns: Columns, requestId: RequestId, code: number, response: Uint8Array): void {
	columns.requestIds.push(requestId);
	columns.codes.push(code);
	columns.responses.push(response);
}
