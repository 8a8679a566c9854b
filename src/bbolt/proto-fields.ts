/**
 * Takes a protobuf message of a stranger apart into its fields. Total: whatever the bytes, it gives the fields or null. For the small records of
 * etcd's database; requests of clients go through src/rpc.
 */

export interface ProtoField {
	readonly number: number;
	/** Of a varint, as an unsigned 64-bit number; else 0. */
	readonly value: bigint;
	/** Of a length-delimited field, as a view; else null. */
	readonly bytes: Uint8Array | null;
}

const VARINT = 0;
const DELIMITED = 2;
const SHIFT_MAX = 63n;

/** Null: cut, or of a wire type that none of these records has. */
export function readProtoFields(bytes: Uint8Array): readonly ProtoField[] | null {
	const fields: ProtoField[] = [];
	const place = { at: 0 };
	while (place.at < bytes.length) {
		const tag = readVarint(bytes, place);
		const value = tag === null ? null : readVarint(bytes, place);
		if (tag === null || value === null) {
			return null;
		}
		const number = Number(tag >> 3n);
		const wireType = Number(tag & 7n);
		if (wireType === VARINT) {
			fields.push({ number, value, bytes: null });
		} else if (wireType === DELIMITED && value <= BigInt(bytes.length - place.at)) {
			const end = place.at + Number(value);
			fields.push({ number, value: 0n, bytes: bytes.subarray(place.at, end) });
			place.at = end;
		} else {
			return null;
		}
	}
	return fields;
}

function readVarint(bytes: Uint8Array, place: { at: number }): bigint | null {
	// Most are of one byte.
	const first = bytes[place.at];
	if (first !== undefined && first < 0x80) {
		place.at++;
		return BigInt(first);
	}
	let value = 0n;
	for (let shift = 0n; shift <= SHIFT_MAX; shift += 7n) {
		const byte = bytes[place.at++];
		if (byte === undefined) {
			return null;
		}
		value |= BigInt(byte & 0x7f) << shift;
		if (byte < 0x80) {
			return BigInt.asUintN(64, value);
		}
	}
	return null;
}
