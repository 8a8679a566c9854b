/** Messages between an api lane and the peer actor about what has gone over the links: in the manner of messages.ts, to which they belong. */
import type { RequestId } from '../base/brand.ts';

// ---- api -> peer

/** Answered by `figures_told`. */
export interface AskFigures {
	readonly kind: 'ask_figures';
	readonly requestId: RequestId;
}

// ---- peer -> api

/** ports/peer-figures.ts as lists: of the appends count, messages and bytes a second; and a row for each member. */
export interface FiguresTold {
	readonly kind: 'figures_told';
	readonly requestId: RequestId;
	readonly sent: readonly number[];
	readonly received: readonly number[];
	readonly ids: readonly string[];
	/**
	 * current, average, standard deviation, minimum, maximum, successes, failures; of the last minute count, p50, p99, maximum, jitter, latest; of the
	 * last hour count, p50, p99, maximum, late, lost; how long a probe has been unanswered, or -1; 1 if the connection stands.
	 */
	readonly latencies: readonly (readonly number[])[];
}
