/**
 * The times that the cluster has given itself (--tuning=auto): the election timeout, from which the heartbeats follow. One record of the tree `meta`, so that
 * a member that restarts, and one that joins by a snapshot, has it too. Who chooses is raft/tuner.ts; here it is a command and a record.
 *
 *   crc u32 | milliseconds u32          the command's body: milliseconds u32
 */
import { assert } from '../base/assert.ts';
import { crc32 } from '../base/crc32.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint32, writeUint32 } from '../base/uint48.ts';

const KEY = new Uint8Array([0x74, 0x75, 0x6e, 0x69, 0x6e, 0x67]);
const CRC_BYTES = 4;
const BODY_BYTES = 4;
/** etcd's bound on --election-timeout. */
const ELECTION_MILLISECONDS_MAX = 50_000;

export function encodeTune(electionMilliseconds: number): Uint8Array {
	assert(isElection(electionMilliseconds), () => `an election timeout of ${electionMilliseconds} ms`);
	const bytes = new Uint8Array(BODY_BYTES);
	writeUint32(bytes, 0, electionMilliseconds);
	return bytes;
}

/** False: the body is none. */
export function executeTune(view: WriteView, body: Uint8Array): boolean {
	if (body.length !== BODY_BYTES || !isElection(readUint32(body, 0))) {
		return false;
	}
	const bytes = new Uint8Array(CRC_BYTES + BODY_BYTES);
	bytes.set(body, CRC_BYTES);
	writeUint32(bytes, 0, crc32(bytes, crc32(KEY), CRC_BYTES));
	view.put(TREE.meta, KEY, bytes);
	return true;
}

/** The election timeout in milliseconds, or null: the cluster has never tuned itself. */
export function tunedElection(view: ReadView): number | null {
	const bytes = view.get(TREE.meta, KEY);
	if (bytes === null) {
		return null;
	}
	if (bytes.length !== CRC_BYTES + BODY_BYTES || readUint32(bytes, 0) !== crc32(bytes, crc32(KEY), CRC_BYTES)) {
		throw new FatalError('store_damaged', "store: tree meta, key tuning: the record's checksum does not match its bytes");
	}
	return readUint32(bytes, CRC_BYTES);
}

function isElection(milliseconds: number): boolean {
	return Number.isInteger(milliseconds) && milliseconds > 0 && milliseconds <= ELECTION_MILLISECONDS_MAX;
}
