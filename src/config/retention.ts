/** --auto-compaction-retention, whose meaning depends on --auto-compaction-mode. Read as etcd reads it (reference/etcd-surface.md 7.5). */
import { parseDuration } from './duration.ts';

export type AutoCompaction =
	| { readonly mode: 'off' }
	| { readonly mode: 'periodic'; readonly periodMs: number }
	/** Keeps so many revisions. */
	| { readonly mode: 'revision'; readonly revisions: number };

const HOUR_MILLISECONDS = 3_600_000;
const PERIOD_MILLISECONDS_MIN = 1_000;
const PERIOD_MILLISECONDS_MAX = 10 * 365 * 24 * HOUR_MILLISECONDS;

/** The rule that the text breaks, or what it says. A period below a second would only tire the log, so it is refused, unlike in etcd. */
export function parseRetention(mode: 'periodic' | 'revision', text: string): AutoCompaction | { readonly rule: string } {
	const isNumber = /^\d{1,15}$/.test(text);
	if (mode === 'revision') {
		return isNumber
			? orOff({ mode, revisions: Number(text) }, Number(text))
			: { rule: 'must be a number of revisions, with --auto-compaction-mode revision' };
	}
	const periodMs = isNumber ? Number(text) * HOUR_MILLISECONDS : parseDuration(text);
	if (periodMs === null || periodMs > PERIOD_MILLISECONDS_MAX || (periodMs > 0 && periodMs < PERIOD_MILLISECONDS_MIN)) {
		return { rule: 'must be a number of hours or a time such as 30m, from 1s to ten years' };
	}
	return orOff({ mode, periodMs }, periodMs);
}

function orOff(parsed: AutoCompaction, amount: number): AutoCompaction {
	return amount === 0 ? { mode: 'off' } : parsed;
}
