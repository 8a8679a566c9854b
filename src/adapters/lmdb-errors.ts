/** What LMDB throws, as the end of the process: why, and of what. Used by lmdb-engine.ts alone. */
import { FatalError, type FatalReason } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';
import { freeBytesAt, saysDiskFull } from './disk-full.ts';

/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_INVALID: what LMDB notices by itself of a damaged file. */
const DAMAGE_CODES: readonly number[] = [-30_797, -30_796, -30_793];

/** Whose environment it is: for messages. */
export interface Place {
	readonly path: string;
	readonly damage?: FatalReason;
}

/** What lmdb throws has a number for a code; everything else was thrown by the work and passes as it is. */
export function asFatal(error: unknown, what: string, { path, damage = 'store_damaged' }: Place, otherwise: FatalReason = 'disk_failed'): unknown {
	const code = codeOf(error);
	if (code === null || error instanceof FatalError || !(error instanceof Error)) {
		return error;
	}
	if (DAMAGE_CODES.includes(code)) {
		return new FatalError(damage, `lmdb: ${what} failed in ${path}: ${error.message} (${code}); ${REBUILD}`, { cause: error });
	}
	const isFull = saysDiskFull(code, () => freeBytesAt(path));
	const why = `${isFull ? 'there is no room: ' : ''}${error.message} (${code})`;
	return new FatalError(isFull ? 'disk_full' : otherwise, `lmdb: ${what} failed in ${path}: ${why}`, { cause: error });
}

function codeOf(error: unknown): number | null {
	return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : null;
}
