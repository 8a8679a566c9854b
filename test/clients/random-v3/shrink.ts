/** Cuts a failing case down: the fewest requests that still fail, found by leaving out ever smaller pieces (delta debugging). */

/** fails: whether these requests, on two fresh systems, still meet a difference. trialsMax bounds the time that it takes. */
export async function shrink<T>(
	requests: readonly T[],
	fails: (requests: readonly T[]) => Promise<boolean>,
	trialsMax: number,
): Promise<readonly T[]> {
	let kept = requests;
	let trials = 0;
	for (let piece = Math.ceil(kept.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
		let at = 0;
		// The last request is the one that shows the difference.
		while (at < kept.length - 1 && trials < trialsMax) {
			const without = [...kept.slice(0, at), ...kept.slice(Math.min(at + piece, kept.length - 1))];
			trials++;
			if (await fails(without)) {
				kept = without;
			} else {
				at += piece;
			}
		}
	}
	return kept;
}
