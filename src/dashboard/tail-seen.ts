/** What the page has seen of the keys that it follows: the newest rows, and how many there are no more. Kept by live.ts, shown by key-tail.tsx. */
import type { TailBatch, TailRow } from '../ports/key-tail.ts';

export interface TailSeen {
	/** The newest first; counted from the first on. */
	readonly rows: readonly (TailRow & { readonly number: number })[];
	/** Changes that happened, shown or not. */
	readonly total: number;
	/** Changes that the member did not tell: there were too many for the page. */
	readonly leftOut: number;
	readonly problem: string;
}

export const NO_TAIL: TailSeen = { rows: [], total: 0, leftOut: 0, problem: '' };
const ROWS_MAX = 200;

export function withBatch(seen: TailSeen, { rows, leftOut, problem }: TailBatch): TailSeen {
	const first = seen.total + leftOut;
	const added = rows.map((row, i) => ({ ...row, number: first + i }));
	return {
		rows: [...added.reverse(), ...seen.rows].slice(0, ROWS_MAX),
		total: first + rows.length,
		leftOut: seen.leftOut + leftOut,
		problem,
	};
}
