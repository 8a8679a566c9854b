/** All validators by name: the eight guarantees of a watch (reliability.md 1.5), then what holds of requests. Used by the cluster test. */
import { answered } from './answered.ts';
import { atomic } from './atomic.ts';
import { attributed } from './attributed.ts';
import { bookmarkable } from './bookmarkable.ts';
import { filtered } from './filtered.ts';
import { linearizable } from './linearizable.ts';
import { ordered } from './ordered.ts';
import { previous } from './previous.ts';
import { realTime } from './real-time.ts';
import { reliable } from './reliable.ts';
import { resumable } from './resumable.ts';
import { unique } from './unique.ts';
import type { Evidence, Validator } from './validator.ts';

const VALIDATORS: Readonly<Record<string, Validator>> = {
	filtered,
	ordered,
	unique,
	atomic,
	bookmarkable,
	resumable,
	reliable,
	previous,
	answered,
	'real time': realTime,
	attributed,
	linearizable,
};

/** A history may be wrong in thousands of places for one reason. */
const SHOWN_MAX = 5;

/** One paragraph for each property that does not hold; none is right. */
export function validate(evidence: Evidence): readonly string[] {
	return Object.entries(VALIDATORS).flatMap(([name, validator]) => {
		const problems = validator(evidence);
		return problems.length === 0 ? [] : [`not ${name} (${problems.length}):\n  ${problems.slice(0, SHOWN_MAX).join('\n  ')}`];
	});
}
