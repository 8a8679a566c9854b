/** Frames of HTTP/2 by hand, rightly or wrongly: bytes only. Used by callers that behave badly on purpose. */

export const TYPE = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, push: 5, ping: 6, goaway: 7, window: 8, continuation: 9 } as const;
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(streamId, 5);
	return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

export function setting(id: number, value: number): Buffer {
	return Buffer.concat([Buffer.of(0, id), uint32(value)]);
}

/** A literal without indexing; name and value shorter than 127. */
export function field(name: string, value: string): Buffer {
	return Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
}

/** The header block of a gRPC request. */
export function block(path: string, ...more: readonly Buffer[]): Buffer {
	return Buffer.concat([Buffer.of(0x83, 0x86), field(':path', path), field('content-type', 'application/grpc'), ...more]);
}
