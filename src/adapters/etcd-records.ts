/**
 * What the records of a stranger's database mean, checked before they are believed: each gives a value, or an error that names its page. Used by
 * etcd-import.ts.
 */
import { EMPTY_BYTES, equalBytes } from '../base/bytes.ts';
import { UINT48_MAX } from '../base/uint48.ts';
import { damagedPage } from '../bbolt/damage.ts';
import { decodeLease, decodeRevision, type EtcdRevision } from '../bbolt/etcd-schema.ts';
import type { Entry } from '../bbolt/file-reader.ts';
import { readProtoFields } from '../bbolt/proto-fields.ts';
import type { LeaseRecord } from '../mvcc/lease-tree.ts';
import type { NewRecord } from '../mvcc/record-append.ts';
import { encodeKeyValue, type KeyValue } from '../mvcc/stored-key-value.ts';

/** Far beyond what etcd's default lets in, and within what one record of a snapshot between members may have. */
const RECORD_BYTES_MAX = 64 * 2 ** 20;
const SUB_MAX = 2 ** 32 - 1;
const FIELD = { key: 1, createRevision: 2, modRevision: 3, version: 4, value: 5, lease: 6 } as const;

/** A record of the bucket of keys; before: the revision of the one before it, or null. */
export function toRecord({ key, value, page }: Entry, before: EtcdRevision | null): NewRecord {
	const revision = decodeRevision(key);
	if (revision === null || revision.main === 0 || revision.main > UINT48_MAX || revision.sub > SUB_MAX) {
		throw damagedPage(page, 'a key of the bucket "key" is no revision');
	}
	const { main, sub, tombstone } = revision;
	if (before !== null && (main < before.main || (main === before.main && sub <= before.sub))) {
		throw damagedPage(page, `revision ${main}.${sub} follows ${before.main}.${before.sub}`);
	}
	if (value.length > RECORD_BYTES_MAX) {
		throw damagedPage(page, `revision ${main}.${sub} has ${value.length} bytes, and at most ${RECORD_BYTES_MAX} can be stored`);
	}
	const kv = toKeyValue(value);
	if (kv === null || kv.key.length === 0) {
		throw damagedPage(page, `revision ${main}.${sub} holds no key and value that this version knows`);
	}
	const isSound = tombstone ? isOnlyKey(kv) : kv.modRevision === main && kv.createRevision >= 1 && kv.createRevision <= main && kv.version >= 1;
	if (!isSound) {
		const says = `created at ${kv.createRevision}, changed at ${kv.modRevision}, version ${kv.version}`;
		throw damagedPage(page, `revision ${main}.${sub}: its numbers do not fit: ${tombstone ? 'a deletion that is more than a key' : says}`);
	}
	return { main, sub, tombstone, kv };
}

export function toLease({ key, value, page }: Entry): LeaseRecord {
	const lease = decodeLease(key, value);
	if (lease === null || lease.ttl < 1n || lease.ttl > BigInt(UINT48_MAX)) {
		throw damagedPage(page, 'a record of the bucket "lease" is no lease, or not of the id that it is filed under');
	}
	// As after a grant: how long ago the last renewal was, nobody knows any more.
	return { id: lease.id, ttl: Number(lease.ttl), remaining: 0 };
}

/** Of a compaction's record: its revision, -1 if there is none. */
export function toCompactRevision(entry: Entry | null): number {
	if (entry === null) {
		return -1;
	}
	const revision = decodeRevision(entry.value);
	if (revision === null || revision.main > UINT48_MAX) {
		throw damagedPage(entry.page, 'a compaction in the bucket "meta" is no revision');
	}
	return revision.main;
}

/** Null unless these are the very bytes that etcd, and this store, write for a key-value: then HashKV of both is the same. */
function toKeyValue(bytes: Uint8Array): KeyValue | null {
	const fields = readProtoFields(bytes);
	if (fields === null) {
		return null;
	}
	const numbers = [0, 0, 0, 0, 0];
	const kv: { key: Uint8Array; value: Uint8Array; lease: bigint } = { key: EMPTY_BYTES, value: EMPTY_BYTES, lease: 0n };
	for (const field of fields) {
		switch (field.number) {
			case FIELD.key:
				kv.key = field.bytes ?? EMPTY_BYTES;
				break;
			case FIELD.value:
				kv.value = field.bytes ?? EMPTY_BYTES;
				break;
			case FIELD.lease:
				kv.lease = BigInt.asIntN(64, field.value);
				break;
			case FIELD.createRevision:
			case FIELD.modRevision:
			case FIELD.version:
				numbers[field.number] = Number(field.value);
				break;
			default:
				return null;
		}
	}
	const [createRevision = 0, modRevision = 0, version = 0] = numbers.slice(FIELD.createRevision);
	const whole: KeyValue = { ...kv, createRevision, modRevision, version };
	const areNumbers = [createRevision, modRevision, version].every((number) => number <= UINT48_MAX);
	return areNumbers && equalBytes(encodeKeyValue(whole), bytes) ? whole : null;
}

function isOnlyKey({ createRevision, modRevision, version, value, lease }: KeyValue): boolean {
	return createRevision === 0 && modRevision === 0 && version === 0 && value.length === 0 && lease === 0n;
}
