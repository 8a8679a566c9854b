/**
 * Memory for a record on its way into the engine, which has copied it when its put returns: one buffer a thread instead of one a record.
 * The bytes are only good until the next call, so nothing that is kept or handed on may be made here.
 */
const KEPT_BYTES = 64 * 2 ** 10;
const buffer = new ArrayBuffer(KEPT_BYTES);

/** Bytes of any content. */
export function scratchBytes(size: number): Uint8Array {
	return size <= KEPT_BYTES ? new Uint8Array(buffer, 0, size) : new Uint8Array(size);
}
