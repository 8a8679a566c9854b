/** 64-bit ids between their two forms: hex text, as kept and logged, and Long, as the generated protobuf code has them. */
import Long from 'long';

/** Unsigned; at most 16 hex digits. */
export function longFromHex(id: string): Long {
	return Long.fromString(id, true, 16);
}

export function hexFromLong(id: Long): string {
	return id.toUnsigned().toString(16);
}

/** Of an int64, as leases' ids are. */
export function bigintFromLong(value: Long): bigint {
	return (BigInt(value.getHighBits()) << 32n) | BigInt(value.getLowBitsUnsigned());
}

export function longFromBigint(value: bigint): Long {
	return Long.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), false);
}

/** A safe integer. */
export function longFromNumber(value: number): Long {
	return Long.fromNumber(value);
}
