/**
 * Whether there is room on the disk. After the fact: LMDB writes pages and takes a short write for EIO, so that a full disk comes as an input/output
 * error, and only the file system knows better (lmdb-errors.ts). And before: how much may still be written, so that requests are refused with
 * NOSPACE before writes fail (the api lanes and the store's upkeep).
 */
import { statfsSync } from 'node:fs';

const EIO = 5;
const ENOSPC = 28;
const MDB_MAP_FULL = -30792;
/** Less than this is no room: a commit writes several pages, and what it could not write is free again. */
const ROOM_BYTES_MIN = 2 ** 20;

/** Kept free: what the journal prepares, and what log and store write between two looks. Of a small disk a quarter. */
const MARGIN_BYTES = 256 * 2 ** 20;
const MARGIN_SHARE = 1 / 4;

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

/** Bytes that requests may still have written in a directory, before the margin is touched; negative when it is. Null where the file system does not say. */
export function roomBytesAt(path: string): number | null {
	try {
		const { bavail, bsize, blocks } = statfsSync(path);
		return Math.floor(bavail * bsize - Math.min(MARGIN_BYTES, MARGIN_SHARE * blocks * bsize));
	} catch {
		return null;
	}
}
