/** Sends the same seeded random requests to two systems and fails at the first answer that differs. */
import assert from 'node:assert/strict';
import { SeededRandom } from '../../../../src/base/random.ts';
import { exchange, RequestMaker } from './random-requests.ts';
import { isSameAnswer } from './same-answer.ts';

export interface Comparison {
	readonly ours: string;
	readonly theirs: string;
	readonly seed: number;
	readonly requests: number;
}

/** How often each kind of answer was met, so that a test can ask that the requests were worth sending. */
export async function compareRandomRequests(comparison: Comparison): Promise<ReadonlySet<string>> {
	const maker = new RequestMaker(new SeededRandom(comparison.seed));
	const kinds = new Set<string>();
	let index = 0;
	for (let i = 0; i < comparison.requests; i++) {
		const wire = maker.next(index);
		const theirs = await exchange(comparison.theirs, wire);
		const ours = await exchange(comparison.ours, wire);
		if (!isSameAnswer(ours, theirs)) {
			assert.deepEqual(ours, theirs, `seed ${comparison.seed}, request ${i}: ${wire.method} ${wire.target} ${wire.form}`);
		}
		index = Math.max(index, Number(theirs.headers['x-etcd-index'] ?? 0));
		kinds.add(/"errorCode":(\d+)/.exec(theirs.body)?.[1] ?? /"action":"(\w+)"/.exec(theirs.body)?.[1] ?? String(theirs.status));
	}
	return kinds;
}
