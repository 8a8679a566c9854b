/**
 * Streams a snapshot file to a member: POST /raft/snapshot, whose body is the file and then its CRC-32 in four bytes, so that the file is
 * read once. Never more than a few chunks in memory. Used by peer-network.ts.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SnapshotFile } from '../ports/peer-links.ts';
import { type PeerRefusal, type PeerRequest, postStream } from './peer-http-client.ts';

export const SNAPSHOT_HEADERS = {
	index: 'X-Raft-Snapshot-Index',
	term: 'X-Raft-Snapshot-Term',
	leaderTerm: 'X-Raft-Leader-Term',
} as const;
export const SNAPSHOT_CHECKSUM_BYTES = 4;

const CHUNK_BYTES = 256 * 1024;

/** null: the member has it, flushed. The file stays where it is. */
export async function sendSnapshotFile(file: SnapshotFile, request: PeerRequest, signal: AbortSignal): Promise<PeerRefusal | null> {
	let handle: FileHandle | null = null;
	try {
		handle = await open(file.path, 'r');
		const { size } = await handle.stat();
		const headers = {
			...request.headers,
			'Content-Type': 'application/octet-stream',
			'Content-Length': String(size + SNAPSHOT_CHECKSUM_BYTES),
			[SNAPSHOT_HEADERS.index]: String(file.index),
			[SNAPSHOT_HEADERS.term]: String(file.term),
			[SNAPSHOT_HEADERS.leaderTerm]: String(file.leaderTerm),
		};
		return await postStream({ ...request, headers }, readWithChecksum(handle, size), signal);
	} catch (error) {
		return { ok: false, status: null, reason: error instanceof Error ? error.message : String(error) };
	} finally {
		await handle?.close();
	}
}

async function* readWithChecksum(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
	let checksum = 0;
	let at = 0;
	while (at < size) {
		const chunk = new Uint8Array(Math.min(CHUNK_BYTES, size - at));
		const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
		if (bytesRead === 0) {
			throw new Error(`the snapshot file ended at ${at} of ${size} bytes`);
		}
		const read = chunk.subarray(0, bytesRead);
		checksum = crc32(read, checksum);
		at += bytesRead;
		yield read;
	}
	const trailer = new Uint8Array(SNAPSHOT_CHECKSUM_BYTES);
	new DataView(trailer.buffer).setUint32(0, checksum);
	yield trailer;
}
