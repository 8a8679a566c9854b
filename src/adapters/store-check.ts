/**
 * Verifies a generation of the store before LMDB opens it: the checkpoint's trees are those that were counted when it was made, and as much of its
 * pages as a start can afford is read (lmdb-walk.ts). What it leaves out is the background sweep's (store-sweep.ts). It writes nothing.
 * Used by store-generation.ts at each opening, and by the process that looks first after an unclean end (cli/check-data.ts).
 */
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';
import type { Checkpoint } from './checkpoint-file.ts';
import { PageDamage } from './lmdb-page.ts';
import { type TreeCount, type VisitRecord, type Walked, walkPages } from './lmdb-walk.ts';

export interface StoreCheckOptions {
	/** The data file, open, and its name for the message. */
	readonly descriptor: number;
	readonly path: string;
	readonly checkpoint: Checkpoint;
	readonly wholeBytesMax: number;
	readonly visit: VisitRecord;
}

/** Throws FatalError store_damaged. */
export function checkStore({ descriptor, path, checkpoint, wholeBytesMax, visit }: StoreCheckOptions): Walked {
	try {
		const walked = walkPages({ descriptor, meta: checkpoint.meta, wholeBytesMax, visit });
		if (checkpoint.trees !== null) {
			compare(checkpoint.trees, walked.trees);
		}
		return walked;
	} catch (error) {
		throw asStoreDamage(error, path);
	}
}

/** The numbers that LMDB has, which the walk has held against the records, with those of the checkpoint, which have a checksum. */
function compare(counted: readonly TreeCount[], found: readonly TreeCount[]): void {
	const held = new Map(found.map(({ name, entries }) => [name, entries]));
	for (const { name, entries } of counted) {
		if (held.get(name) !== entries) {
			throw new PageDamage(`tree ${name}: ${entries} records were counted at the checkpoint, and ${held.get(name) ?? 'no tree'} are there`);
		}
	}
	if (held.size !== counted.length) {
		throw new PageDamage(`the list of trees: ${counted.length} were counted at the checkpoint, and ${held.size} are there`);
	}
}

function asStoreDamage(error: unknown, path: string): unknown {
	return error instanceof PageDamage ? new FatalError('store_damaged', `store: ${path}: ${error.message}; ${REBUILD}`, { cause: error }) : error;
}
