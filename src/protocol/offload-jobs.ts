/** The jobs that are done off the actors' threads, and what comes of them: plain data, and memory that both sides see. */

/** Writes the store's newest commit as a database of etcd's (adapters/etcd-export.ts). One at a time, since it holds a read transaction. */
export interface ExportSnapshotJob {
	readonly kind: 'export_snapshot';
	/** The directory of a store generation that is open in this process. */
	readonly store: string;
	/** To be made; it is the asker's when the result is ok, and is not there otherwise. */
	readonly file: string;
	/** An Int32 that the asker sets to 1 when nobody wants the file any more. */
	readonly unwanted: SharedArrayBuffer;
}

export type OffloadJob = ExportSnapshotJob;

/** why: for the log. */
export type OffloadResult = { readonly ok: true } | { readonly ok: false; readonly why: string };
