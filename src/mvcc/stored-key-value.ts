/**
 * mvccpb.KeyValue, marshalled by hand exactly as etcd marshals it: fields in order, zeros left out. History keeps these bytes, so that a
 * range response only frames them and HashKV hashes them as they are. A tombstone holds only the key.
 *
 *   key = 1 · create_revision = 2 · mod_revision = 3 · version = 4 · value = 5 · lease = 6
 */
import { assert } from '../base/assert.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { VarintReader, varint64Size, varintSize, writeVarint, writeVarint64 } from '../base/varint.ts';

export interface KeyValue {
	readonly key: Uint8Array;
	readonly createRevision: number;
	readonly modRevision: number;
	readonly version: number;
	readonly value: Uint8Array;
	readonly lease: bigint;
}

const TAG_KEY = 0x0a;
const TAG_CREATE = 0x10;
const TAG_MOD = 0x18;
const TAG_VERSION = 0x20;
const TAG_VALUE = 0x2a;
const TAG_LEASE = 0x30;

export function keyValueSize(kv: KeyValue): number {
	return (
		bytesFieldSize(kv.key) +
		numberFieldSize(kv.createRevision) +
		numberFieldSize(kv.modRevision) +
		numberFieldSize(kv.version) +
		bytesFieldSize(kv.value) +
		(kv.lease === 0n ? 0 : 1 + varint64Size(kv.lease))
	);
}

/** Writes it at an offset and returns the offset behind it. */
export function writeKeyValue(target: Uint8Array, at: number, kv: KeyValue): number {
	let end = writeBytesField(target, at, TAG_KEY, kv.key);
	end = writeNumberField(target, end, TAG_CREATE, kv.createRevision);
	end = writeNumberField(target, end, TAG_MOD, kv.modRevision);
	end = writeNumberField(target, end, TAG_VERSION, kv.version);
	end = writeBytesField(target, end, TAG_VALUE, kv.value);
	if (kv.lease !== 0n) {
		target[end++] = TAG_LEASE;
		end = writeVarint64(target, end, kv.lease);
	}
	return end;
}

export function encodeKeyValue(kv: KeyValue): Uint8Array {
	const bytes = new Uint8Array(keyValueSize(kv));
	const end = writeKeyValue(bytes, 0, kv);
	assert(end === bytes.length, () => `key-value of ${end} bytes was sized as ${bytes.length}`);
	return bytes;
}

/** Of bytes written by this file: key and value are views of them. */
export function decodeKeyValue(bytes: Uint8Array): KeyValue {
	let key: Uint8Array = EMPTY_BYTES;
	let value: Uint8Array = EMPTY_BYTES;
	let createRevision = 0;
	let modRevision = 0;
	let version = 0;
	let lease = 0n;
	const reader = new VarintReader(bytes, 0);
	while (reader.at < bytes.length) {
		const tag = bytes[reader.at++];
		switch (tag) {
			case TAG_KEY:
				key = takeBytes(bytes, reader);
				break;
			case TAG_CREATE:
				createRevision = reader.next();
				break;
			case TAG_MOD:
				modRevision = reader.next();
				break;
			case TAG_VERSION:
				version = reader.next();
				break;
			case TAG_VALUE:
				value = takeBytes(bytes, reader);
				break;
			case TAG_LEASE:
				lease = reader.next64();
				break;
			default:
				assert(false, () => `unknown tag ${tag} in a stored key-value`);
		}
	}
	return { key, createRevision, modRevision, version, value, lease };
}

/** Where the key of a stored key-value is: bytes[lo, hi). */
export interface KeyPlace {
	readonly bytes: Uint8Array;
	readonly lo: number;
	readonly hi: number;
}

/** Without decoding the rest: a stored key-value begins with its key, and no key is empty. */
export function keyPlace(bytes: Uint8Array): KeyPlace {
	assert(bytes[0] === TAG_KEY, () => `a stored key-value begins with tag ${bytes[0]}`);
	const reader = new VarintReader(bytes, 1);
	const length = reader.next();
	const lo = reader.at;
	assert(lo + length <= bytes.length, () => `the key of a stored key-value ends at ${lo + length} of ${bytes.length} bytes`);
	return { bytes, lo, hi: lo + length };
}

function takeBytes(bytes: Uint8Array, reader: VarintReader): Uint8Array {
	const length = reader.next();
	const end = reader.at + length;
	assert(end <= bytes.length, () => `a field of a stored key-value ends at ${end} of ${bytes.length} bytes`);
	const field = bytes.subarray(reader.at, end);
	reader.at = end;
	return field;
}

function bytesFieldSize(field: Uint8Array): number {
	return field.length === 0 ? 0 : 1 + varintSize(field.length) + field.length;
}

function numberFieldSize(value: number): number {
	return value === 0 ? 0 : 1 + varintSize(value);
}

function writeBytesField(target: Uint8Array, at: number, tag: number, field: Uint8Array): number {
	if (field.length === 0) {
		return at;
	}
	target[at] = tag;
	const start = writeVarint(target, at + 1, field.length);
	target.set(field, start);
	return start + field.length;
}

function writeNumberField(target: Uint8Array, at: number, tag: number, value: number): number {
	if (value === 0) {
		return at;
	}
	target[at] = tag;
	return writeVarint(target, at + 1, value);
}
