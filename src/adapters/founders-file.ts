/**
 * founders.json in the data directory: what discovery has come to on the first boot. Written before the member registers, so that it knows its own entry
 * again after a crash, and again with the members that were found, so that a member that ended before its log was made can still found its cluster.
 * Used by cli/discovery/discover.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FatalError } from '../base/fatal.ts';
import { isMissing, replaceFile } from './store-files.ts';

export interface Founders {
	/** The discovery that is meant: a URL, a token, a domain. */
	readonly place: string;
	/** The entry under which this member has registered, or is about to. */
	readonly memberId: string;
	/** null while they are not all known. */
	readonly members: readonly { readonly name: string; readonly urls: readonly string[] }[] | null;
}

export const FOUNDERS_FILE = 'founders.json';

/** null: there is none. */
export function readFounders(directory: string): Founders | null {
	const path = join(directory, FOUNDERS_FILE);
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		if (isMissing(error)) {
			return null;
		}
		throw error;
	}
	const founders = parse(text);
	if (founders === null) {
		throw new FatalError('data_dir_unusable', `${path}: it must hold what discovery has found, and is damaged or was edited`);
	}
	return founders;
}

/** Durable on return. */
export function writeFounders(directory: string, founders: Founders): void {
	const file = { crc32: checksumOf(founders), founders: inOrder(founders) };
	replaceFile(join(directory, FOUNDERS_FILE), new TextEncoder().encode(`${JSON.stringify(file, null, '\t')}\n`));
}

/** The checksum stands for the shape: what it agrees with was written here. */
function parse(text: string): Founders | null {
	try {
		const { crc32: sum, founders } = JSON.parse(text) as { readonly crc32?: unknown; readonly founders?: Founders };
		return founders !== undefined && sum === checksumOf(founders) ? inOrder(founders) : null;
	} catch {
		return null;
	}
}

function inOrder({ place, memberId, members }: Founders): Founders {
	return { place, memberId, members: members === null ? null : members.map(({ name, urls }) => ({ name, urls })) };
}

function checksumOf(founders: Founders): string {
	return crc32(JSON.stringify(inOrder(founders)))
		.toString(16)
		.padStart(8, '0');
}
