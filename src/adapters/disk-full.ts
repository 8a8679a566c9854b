/**
 * Whether an error of LMDB means that there is no room. LMDB writes pages and takes a short write for EIO, so that a full disk comes as an
 * input/output error, and only the file system knows better. Used by lmdb-engine.ts.
 */
import { statfsSync } from 'node:fs';

const EIO = 5;
const ENOSPC = 28;
const MDB_MAP_FULL = -30792;
/** Less than this is no room: a commit writes several pages, and what it could not write is free again. */
const ROOM_BYTES_MIN = 2 ** 20;

/** freeBytes: of the file system that holds the environment; asked only where it decides. */
export function saysDiskFull(code: number, freeBytes: () => number | null): boolean {
	if (code === EIO) {
		return (freeBytes() ?? ROOM_BYTES_MIN) < ROOM_BYTES_MIN;
	}
	return code === ENOSPC || code === MDB_MAP_FULL;
}

/** Null where the file system does not say. */
export function freeBytesAt(path: string): number | null {
	try {
		const { bavail, bsize } = statfsSync(path);
		return bavail * bsize;
	} catch {
		return null;
	}
}
