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

/** Gives the hash as `text`. */
export interface HashPasswordJob {
	readonly kind: 'hash_password';
	readonly password: string;
	/** bcrypt's: each more takes twice as long. */
	readonly cost: number;
}

/** Gives `text` SAME or OTHER. */
export interface ComparePasswordJob {
	readonly kind: 'compare_password';
	readonly password: string;
	readonly hash: string;
}

export const SAME = 'same';
export const OTHER = 'other';

export type PasswordJob = HashPasswordJob | ComparePasswordJob;
export type OffloadJob = ExportSnapshotJob | PasswordJob;

/** text: what a job's row says, or empty. why: for the log; it holds nothing that the job was given. */
export type OffloadResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };
