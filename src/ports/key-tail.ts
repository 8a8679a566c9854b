/** What the dashboard is told of changes below a prefix as they happen: made by api/dashboard/key-tail.ts, read by the page. Plain JSON. */

export interface TailRow {
	readonly type: 'put' | 'delete';
	/** Base64, the first bytes of it; keyBytes: of all. */
	readonly key: string;
	readonly keyBytes: number;
	readonly revision: number;
	readonly version: number;
	/** As the key. Of a deletion there is none. */
	readonly value: string;
	readonly valueBytes: number;
}

export interface TailBatch {
	/** In the order of what happened. */
	readonly rows: readonly TailRow[];
	/** More happened than is told, before these rows. */
	readonly leftOut: number;
	/** Why nothing comes any more; empty: it goes on. */
	readonly problem: string;
}
