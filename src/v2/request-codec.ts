/**
 * A mutation of the v2 tree as it travels in a command (COMMAND_KIND.v2): built by api/v2 from a parsed request, read by execute.ts.
 *
 *   version u8 (2) | operation u8 | flags u8 | prevIndex u64 | now ms u48 | expiration ms u48 | path length u32 | prevValue length u32 | path | prevValue | value
 *
 *
 * Of a request that names its user, his name comes before the path: length u16 | user. Version 1, of quorate 0.1.0, may be in a log that is replayed: it has no time in it, and knew no TTLs.
 */
import { assert } from '../base/assert.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { V2_AUTH_NAME_BYTES_MAX } from '../base/limits.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';

/** Which of the rules of 1.2 the parameters chose. Numbers are on disk: never reused. */
export const V2_OPERATION = {
	set: 1,
	create: 2,
	create_in_order: 3,
	update: 4,
	compare_and_swap: 5,
	delete: 6,
	compare_and_delete: 7,
} as const;
export type V2Operation = (typeof V2_OPERATION)[keyof typeof V2_OPERATION];

export interface V2Request {
	readonly operation: V2Operation;
	readonly path: Uint8Array;
	readonly directory: boolean;
	readonly recursive: boolean;
	readonly value: Uint8Array;
	/** Empty: not compared. */
	readonly prevValue: Uint8Array;
	/** 64 bits, as the client gave it; 0: not compared. */
	readonly prevIndex: bigint;
	/** The answer shows neither node nor prevNode (noValueOnSuccess). */
	readonly quiet: boolean;
	/** Only the TTL is to change: the value that is stored stays. */
	readonly refresh: boolean;
	/** The lane's clock when the request came, so that all members count a TTL from the same time. Milliseconds since 1970. */
	readonly now: number;
	/** Milliseconds since 1970; 0: permanent. */
	readonly expiration: number;
	/** Whom the serving door has found it to come from; absent: from a guest, who is all that there is while access control is off. */
	readonly user?: Uint8Array;
}

const VERSION = 2;
const HEADER_BYTES = 31;
const VERSION_WITHOUT_NOW = 1;
const FLAG = { directory: 1, recursive: 2, quiet: 4, refresh: 8, user: 16 } as const;
const FLAGS_KNOWN = 31;
const USER_LENGTH_BYTES = 2;
const OPERATIONS: ReadonlySet<number> = new Set(Object.values(V2_OPERATION));

export function encodeV2Request(request: V2Request): Uint8Array {
	assert(request.prevIndex >= 0n && request.prevIndex < 2n ** 64n, () => `prevIndex ${request.prevIndex}`);
	const user = request.user ?? EMPTY_BYTES;
	assert(user.length <= V2_AUTH_NAME_BYTES_MAX, () => `a user's name of ${user.length} bytes`);
	const pathAt = HEADER_BYTES + (user.length === 0 ? 0 : USER_LENGTH_BYTES + user.length);
	const prevValueAt = pathAt + request.path.length;
	const valueAt = prevValueAt + request.prevValue.length;
	const bytes = new Uint8Array(valueAt + request.value.length);
	const view = new DataView(bytes.buffer);
	bytes[0] = VERSION;
	bytes[1] = request.operation;
	bytes[2] = flagsOf(request);
	view.setBigUint64(3, request.prevIndex);
	writeUint48(bytes, 11, request.now);
	writeUint48(bytes, 17, request.expiration);
	view.setUint32(23, request.path.length);
	view.setUint32(27, request.prevValue.length);
	if (user.length > 0) {
		view.setUint16(HEADER_BYTES, user.length);
		bytes.set(user, HEADER_BYTES + USER_LENGTH_BYTES);
	}
	bytes.set(request.path, pathAt);
	bytes.set(request.prevValue, prevValueAt);
	bytes.set(request.value, valueAt);
	return bytes;
}

function flagsOf({ directory, recursive, quiet, refresh, user }: V2Request): number {
	const plain = (directory ? FLAG.directory : 0) | (recursive ? FLAG.recursive : 0) | (quiet ? FLAG.quiet : 0) | (refresh ? FLAG.refresh : 0);
	return plain | (user === undefined || user.length === 0 ? 0 : FLAG.user);
}

/** The request, its byte strings views of the same bytes; null for bytes that this version does not understand. */
export function decodeV2Request(bytes: Uint8Array): V2Request | null {
	const headerBytes = bytes[0] === VERSION_WITHOUT_NOW ? HEADER_BYTES - UINT48_BYTES : HEADER_BYTES;
	const isKnown = (bytes[0] === VERSION || bytes[0] === VERSION_WITHOUT_NOW) && OPERATIONS.has(bytes[1] as number);
	if (!isKnown || bytes.length < headerBytes) {
		return null;
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const flags = bytes[2] as number;
	const user = (flags & FLAG.user) === 0 ? null : readUser(bytes, view, headerBytes);
	const pathAt = headerBytes + (user === null ? 0 : USER_LENGTH_BYTES + user.length);
	const prevValueAt = pathAt + view.getUint32(headerBytes - 8);
	const valueAt = prevValueAt + view.getUint32(headerBytes - 4);
	if (valueAt > bytes.length || flags > FLAGS_KNOWN) {
		return null;
	}
	return {
		operation: bytes[1] as V2Operation,
		path: bytes.subarray(pathAt, prevValueAt),
		directory: (flags & FLAG.directory) !== 0,
		recursive: (flags & FLAG.recursive) !== 0,
		value: bytes.subarray(valueAt),
		prevValue: bytes.subarray(prevValueAt, valueAt),
		prevIndex: view.getBigUint64(3),
		quiet: (flags & FLAG.quiet) !== 0,
		refresh: (flags & FLAG.refresh) !== 0,
		now: bytes[0] === VERSION ? readUint48(bytes, 11) : 0,
		expiration: readUint48(bytes, headerBytes - 14),
		...(user === null || user.length === 0 ? null : { user }),
	};
}

/** Nobody where the bytes end before the name does: then the path would end behind them as well, and the request is refused. */
function readUser(bytes: Uint8Array, view: DataView, at: number): Uint8Array {
	const length = at + USER_LENGTH_BYTES <= bytes.length ? view.getUint16(at) : 0;
	return bytes.subarray(at + USER_LENGTH_BYTES, at + USER_LENGTH_BYTES + length);
}
