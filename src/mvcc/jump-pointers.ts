/**
 * Where the jump pointer of a new record in a key's chain of records goes, so that an old revision is found in O(log n) steps.
 *
 * Each record points to the one before it and to one further back (Myers 1983: skew-binary random-access lists). Records are counted
 * along the chain from 1 (depth); depth written in the skew-binary system, whose digits weigh 1, 3, 7, 15, ... and are 0 or 1, only the
 * lowest non-zero one may be 2, says how far a jump goes: over the lowest weight. When two lowest weights are equal, the next record
 * jumps over both and itself; else only to the record before.
 *
 *   depth   1   2   3   4   5   6   7   8
 *   jumps   0   1   0   3   4   3   0   7        (to that depth; 0: none)
 */

/** Beyond it depths start over: searches stay correct, since they compare revisions, and nearly as short. */
export const DEPTH_MAX = 2 ** 31 - 1;

/** Whether the record after this depth jumps where the jump of its predecessor's jump goes (else to its predecessor). */
export function nextJumpsFar(depth: number): boolean {
	let rest = depth;
	// 2^k - 1 is the greatest weight that fits: the digit is 2 exactly if twice the weight is what is left.
	while (rest > 0) {
		const weight = greatestWeight(rest);
		if (rest === 2 * weight) {
			return true;
		}
		rest -= weight;
	}
	return false;
}

function greatestWeight(value: number): number {
	return 2 ** (31 - Math.clz32(value + 1)) - 1;
}
