/**
 * The files under the journal: segments of a fixed size, filled with zeros before they are used, so that a flush changes no metadata of the file.
 * Everything is synchronous, on the log's own thread, but for flushOff. The first error is a FatalError (disk_failed, disk_full), and nothing works
 * after it.
 * Implemented by adapters/journal-files.ts, and in memory by the tests (test/support/journal-disk.ts).
 */
export interface Segment {
	/** From 1 on, never used twice. */
	readonly id: number;
	readonly bytes: number;
}

export interface SegmentFiles {
	/** The complete segments, by id. One that was still being prepared when the process ended is gone. */
	list(): readonly Segment[];
	/** Begins a new segment, one at a time. It does not exist until it is filled. */
	prepare(bytes: number): void;
	/** Writes and flushes at most so many of its zeros. Returns it when it is complete and durable, its name included. */
	fill(bytesMax: number): Segment | null;
	/** Overwrites a part of a segment; not durable before flush. */
	write(id: number, at: number, bytes: Uint8Array): void;
	/** Makes what was written to the segment durable. */
	flush(id: number): void;
	/**
	 * Makes it durable off the thread: returns at once, and calls done as a step of a later turn; an error is thrown there instead. One at a time, and
	 * no segment is written to, nor the files closed, before it is over.
	 */
	flushOff(id: number, done: () => void): void;
	/** Fills the array with the bytes from there on; they must be within the segment. */
	read(id: number, at: number, into: Uint8Array): void;
	close(): void;
}
