/** Names and numbers of HTTP/2 frames (RFC 9113, section 6), and the error that ends a connection. Used by the rest of this folder and adapters/h2-*. */

export const FRAME_HEAD_BYTES = 9;
/** What both sides take without having said so; we never offer more: a frame is copied at most once, and answers take turns. */
export const FRAME_BYTES_MAX = 16_384;
export const WINDOW_BYTES_DEFAULT = 65_535;
export const WINDOW_BYTES_MAX = 2 ** 31 - 1;
export const STREAM_ID_MAX = 2 ** 31 - 1;
export const PREFACE: Uint8Array = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const FRAME = {
	data: 0,
	headers: 1,
	priority: 2,
	rstStream: 3,
	settings: 4,
	pushPromise: 5,
	ping: 6,
	goaway: 7,
	windowUpdate: 8,
	continuation: 9,
} as const;

export const FLAG = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const SETTING = {
	headerTableSize: 1,
	enablePush: 2,
	maxConcurrentStreams: 3,
	initialWindowSize: 4,
	maxFrameSize: 5,
	maxHeaderListSize: 6,
} as const;

export const H2_ERROR = {
	none: 0,
	protocol: 1,
	internal: 2,
	flowControl: 3,
	settingsTimeout: 4,
	streamClosed: 5,
	frameSize: 6,
	refusedStream: 7,
	cancel: 8,
	compression: 9,
	enhanceYourCalm: 11,
} as const;

/** The other side has broken a rule of the connection: it gets a GOAWAY with this code, and the connection ends. */
export class H2ConnectionError extends Error {
	override readonly name = 'H2ConnectionError';
	readonly code: number;

	constructor(code: number, message: string) {
		super(message);
		this.code = code;
	}
}

export function readUint31(bytes: Uint8Array, at: number): number {
	return readUint32(bytes, at) & 0x7fff_ffff;
}

export function readUint32(bytes: Uint8Array, at: number): number {
	return (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}
