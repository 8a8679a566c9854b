/**
 * The v3 keyspace as the dashboard's key browser sees it: one level of a tree at a time, and the versions of one key. Reads this member's store,
 * in bounded pieces, and writes nothing. Used by keys-route.ts.
 */
import { concatBytes, copyBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import type { ReadView } from '../../base/engine.ts';
import { LATEST } from '../../mvcc/latest-tree.ts';
import { type RangeOperation, SORT_ORDER, SORT_TARGET } from '../../mvcc/operations.ts';
import { readRange } from '../../mvcc/range.ts';
import { readBodyAt } from '../../mvcc/range-reading.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import { decodeKeyValue, type KeyValue } from '../../mvcc/stored-key-value.ts';
import type { KeyHistory, KeyListing, KeyRow } from '../../ports/dashboard-state.ts';

const ROWS_MAX = 200;
/** Keys and graves that one answer passes at most: some milliseconds. */
const PASSED_MAX = 5_000;
const VERSIONS_MAX = 50;
/** Larger values are told by their size. */
const VALUE_BYTES_MAX = 64 * 1_024;
/** Of all versions of a key together. */
const VALUES_BYTES_MAX = 2 ** 20;
const SEPARATOR = 0x2f;
const BYTE_MAX = 0xff;
const ZERO = new Uint8Array(1);

/** What is below prefix, up to the next slash; after: where the answer before ended. */
export function listKeys(view: ReadView, prefix: Uint8Array, after: Uint8Array | null): KeyListing {
	const folders: { readonly prefix: string }[] = [];
	const keys: KeyRow[] = [];
	const hi = endOfPrefix(prefix);
	let lo: Uint8Array | null = after ?? (prefix.length === 0 ? ZERO : prefix);
	let passed = 0;
	while (lo !== null && passed < PASSED_MAX && folders.length + keys.length < ROWS_MAX) {
		let next: Uint8Array | null = null;
		LATEST.scan(view, { lo, hi, single: false }, (found, record) => {
			passed += 1;
			const key = copyBytes(found);
			next = concatBytes([key, ZERO]);
			const slash = record.tombstone ? -1 : key.indexOf(SEPARATOR, prefix.length);
			if (slash !== -1 && slash < key.length - 1) {
				const folder = key.subarray(0, slash + 1);
				folders.push({ prefix: toBase64(folder) });
				next = endOfPrefix(folder);
				return false;
			}
			if (!record.tombstone) {
				keys.push({ ...toRow(decodeKeyValue(readBodyAt(view, record.main, record.sub)), 0), value: null });
			}
			return passed < PASSED_MAX && folders.length + keys.length < ROWS_MAX;
		});
		lo = next;
	}
	return { revision: readStoreState(view).revision, folders, keys, next: lo === null ? null : toBase64(lo) };
}

/** The versions since the key was made last, newest first, as far as they are not compacted. */
export function readHistory(view: ReadView, key: Uint8Array): KeyHistory {
	const { revision, compactRevision } = readStoreState(view);
	const versions: KeyRow[] = [];
	let at = revision;
	let room = VALUES_BYTES_MAX;
	let isWhole = false;
	while (versions.length < VERSIONS_MAX && at > 0 && at >= compactRevision) {
		const found = readRange(view, rangeAt(key, at));
		const body = found.kind === 'range' ? found.kvs[0] : undefined;
		if (body === undefined) {
			break;
		}
		const row = toRow(decodeKeyValue(body), room);
		room -= row.value === null ? 0 : row.valueBytes;
		versions.push(row);
		isWhole = row.version === 1;
		if (isWhole) {
			break;
		}
		at = row.modRevision - 1;
	}
	return { revision, compactRevision, versions, isWhole };
}

function rangeAt(key: Uint8Array, revision: number): RangeOperation {
	const order = { limit: 1, sortOrder: SORT_ORDER.none, sortTarget: SORT_TARGET.key };
	const bounds = { minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
	return { kind: 'range', key, rangeEnd: EMPTY_BYTES, revision, serializable: true, keysOnly: false, countOnly: false, ...order, ...bounds };
}

function toRow({ key, createRevision, modRevision, version, lease, value }: KeyValue, room: number): KeyRow {
	const isShown = value.length <= Math.min(room, VALUE_BYTES_MAX);
	return {
		key: toBase64(key),
		createRevision,
		modRevision,
		version,
		lease: lease === 0n ? '' : BigInt.asUintN(64, lease).toString(16),
		value: isShown ? toBase64(value) : null,
		valueBytes: value.length,
	};
}

/** All keys that begin so, as on the wire. */
export function rangeOfPrefix(prefix: Uint8Array): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } {
	return { key: prefix.length === 0 ? ZERO : prefix, rangeEnd: endOfPrefix(prefix) ?? ZERO };
}

/** The first key that does not begin so; null: there is none. */
function endOfPrefix(prefix: Uint8Array): Uint8Array | null {
	let length = prefix.length;
	while (length > 0 && prefix[length - 1] === BYTE_MAX) {
		length -= 1;
	}
	if (length === 0) {
		return null;
	}
	const end = prefix.slice(0, length);
	end[length - 1] = (end[length - 1] as number) + 1;
	return end;
}

function toBase64(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
