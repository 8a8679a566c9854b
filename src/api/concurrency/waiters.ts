/** The calls of one service that stand in lines, so many at a time. Used by grpc/lock-service.ts and grpc/election-service.ts. */
import { CODES } from '../../base/codes.ts';
import type { LongCall } from '../grpc/long-call.ts';
import { Candidacy, type CandidacyOptions } from './candidacy.ts';
import type { LaneKeys } from './lane-keys.ts';
import type { Line, Place } from './line.ts';

export interface Stand extends CandidacyOptions {
	readonly keys: LaneKeys;
	readonly line: Line;
	/** The response of a call that has won; revision: at which its place was seen to be there after waiting, or null. */
	readonly answer: (place: Place, revision: number | null) => Uint8Array;
}

const NOTHING = (): void => {};

export class Waiters {
	readonly #max: number;
	#count = 0;

	constructor(max: number) {
		this.#max = max;
	}

	/** Gives what to do when the caller goes. */
	stand(call: LongCall, { keys, line, answer, ...options }: Stand): () => void {
		if (this.#count >= this.#max) {
			call.fail(CODES.too_many_requests.grpc, CODES.too_many_requests.text);
			return NOTHING;
		}
		this.#count += 1;
		const candidacy = new Candidacy(keys, line, options, {
			won: (place, revision) => {
				this.#count -= 1;
				call.succeed(answer(place, revision));
			},
			failed: ({ status, text }) => {
				this.#count -= 1;
				call.fail(status, text);
			},
		});
		candidacy.begin();
		return () => {
			this.#count -= 1;
			candidacy.abandon();
		};
	}
}
