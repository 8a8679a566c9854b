/** Byte strings: order, equality, joining, hex. */

export const EMPTY_BYTES = new Uint8Array(0);

/** As unsigned bytes: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const shared = a.length < b.length ? a.length : b.length;
	for (let i = 0; i < shared; i++) {
		const difference = (a[i] as number) - (b[i] as number);
		if (difference !== 0) {
			return difference;
		}
	}
	return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && compareBytes(a, b) === 0;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
	let size = 0;
	for (const part of parts) {
		size += part.length;
	}
	const whole = new Uint8Array(size);
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** A copy in an ArrayBuffer of its own, which pins nothing else. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
	return Uint8Array.prototype.slice.call(bytes);
}

/** A 64-bit id as etcd prints it: lower-case hex without padding. */
export function idToHex(id: bigint): string {
	return BigInt.asUintN(64, id).toString(16);
}

/** The inverse of idToHex; the text must be 1 to 16 lower-case hex digits. */
export function hexToId(text: string): bigint {
	return BigInt(`0x${text}`);
}
