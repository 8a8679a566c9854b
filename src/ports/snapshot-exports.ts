/** How a lane comes by a snapshot in etcd's format, to stream to a client. Implemented by adapters/snapshot-exports.ts. */

export interface SnapshotFile {
	/** Bytes of the database, without the digest. */
	readonly size: number;
	/** The next bytes, in order, once the ones before have come; empty at the end, null if the file cannot be read. Never called back at once. */
	read(done: (bytes: Uint8Array | null) => void): void;
	/** SHA-256 over all that was read. Once, at the end. */
	digest(): Uint8Array;
	/** The file is gone with it, whatever was read. */
	close(): void;
}

export interface SnapshotExports {
	/**
	 * Writes the newest commit to a file of its own; exports are made one at a time, so this may wait. done gets the file, or a code of base/codes.ts,
	 * and may be called at once. The function given back says that nobody wants it any more: then done is not called.
	 */
	begin(done: (outcome: SnapshotFile | number) => void): () => void;
}
