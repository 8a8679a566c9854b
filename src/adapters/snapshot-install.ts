/**
 * Reads a snapshot file and builds a store generation from it, a chunk and a transaction at a time. Every checksum is verified before a
 * record is believed; a file that is damaged, cut or of another format yields nothing. Used by store-directory.ts, one at a time.
 */
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ENGINE_KEY_BYTES_MAX, type Tree, type WriteView } from '../base/engine.ts';
import type { AppliedPoint } from '../ports/store-environment.ts';
import type { Turn } from '../ports/turn.ts';
import type { LmdbEngine } from './lmdb-engine.ts';
import {
	CHUNK_BYTES_MAX,
	CHUNK_HEAD_BYTES,
	decodeHeader,
	HEADER_BYTES_MAX,
	isTrailer,
	readRecords,
	type SnapshotHeader,
	TRAILER_BYTES,
} from './snapshot-format.ts';
import { isMissing } from './store-files.ts';
import { inTurn } from './store-turns.ts';

/** The header, or null if the file is missing or does not begin with one. Verifies only the header. */
export function readSnapshotHeader(path: string): SnapshotHeader | null {
	let descriptor: number;
	try {
		descriptor = fs.openSync(path, 'r');
	} catch (error) {
		if (isMissing(error)) {
			return null;
		}
		throw error;
	}
	try {
		const bytes = Buffer.alloc(HEADER_BYTES_MAX);
		return decodeHeader(bytes.subarray(0, fs.readSync(descriptor, bytes, 0, bytes.length, 0)));
	} finally {
		fs.closeSync(descriptor);
	}
}

interface Progress {
	at: number;
	records: number;
	payloadsCrc: number;
}

/** Exactly these bytes of the file, or null if it ends before. */
async function readExactly(file: FileHandle, at: number, size: number): Promise<Buffer | null> {
	const bytes = Buffer.allocUnsafe(size);
	for (let filled = 0; filled < size; ) {
		const { bytesRead } = await file.read(bytes, filled, size - filled, at + filled);
		if (bytesRead === 0) {
			return null;
		}
		filled += bytesRead;
	}
	return bytes;
}

/** The next payload, verified; 'end' where the trailer begins; null if the file is damaged. */
async function nextPayload(file: FileHandle, progress: Progress): Promise<Buffer | 'end' | null> {
	const head = await readExactly(file, progress.at, CHUNK_HEAD_BYTES);
	const size = head?.readUInt32LE(0) ?? CHUNK_BYTES_MAX + 1;
	if (head === null || size > CHUNK_BYTES_MAX) {
		return null;
	}
	if (size === 0) {
		return 'end';
	}
	const payload = await readExactly(file, progress.at + CHUNK_HEAD_BYTES, size);
	if (payload === null || crc32(payload) !== head.readUInt32LE(4)) {
		return null;
	}
	progress.at += CHUNK_HEAD_BYTES + size;
	progress.payloadsCrc = crc32(payload, progress.payloadsCrc);
	return payload;
}

/** Puts a payload's records; false if they are not such as a store wrote. The transaction then stays half done in a generation that is thrown away. */
function putRecords(view: WriteView, payload: Buffer, toTree: readonly Tree[], progress: Progress): boolean {
	let good = true;
	const whole = readRecords(payload, (from, key, value) => {
		const tree = toTree[from];
		if (tree === undefined || key.length === 0 || key.length > ENGINE_KEY_BYTES_MAX) {
			good = false;
			return;
		}
		view.put(tree, key, value);
		progress.records++;
	});
	return whole && good;
}

/** Fills an empty engine from the file; the point that it then holds, or null if the file is unusable. */
export async function loadSnapshot(path: string, engine: LmdbEngine, trees: readonly string[], turn: Turn): Promise<AppliedPoint | null> {
	const file = await open(path, 'r');
	try {
		const { size } = await file.stat();
		const header = decodeHeader((await readExactly(file, 0, Math.min(size, HEADER_BYTES_MAX))) ?? Buffer.alloc(0));
		const toTree = header?.trees.map((name) => trees.indexOf(name)) ?? [];
		if (header === null || toTree.includes(-1)) {
			return null;
		}
		const progress: Progress = { at: header.bytes, records: 0, payloadsCrc: 0 };
		for (;;) {
			const payload = await nextPayload(file, progress);
			if (payload === null) {
				return null;
			}
			if (payload === 'end') {
				const trailer = await readExactly(file, progress.at, TRAILER_BYTES);
				const isWhole = trailer !== null && isTrailer(trailer, progress) && size === progress.at + TRAILER_BYTES;
				return isWhole ? header.point : null;
			}
			if (!(await inTurn(turn, () => engine.write((view) => putRecords(view, payload, toTree, progress))))) {
				return null;
			}
		}
	} finally {
		await file.close();
	}
}
