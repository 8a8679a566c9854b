/** The header texts of gRPC over HTTP/2: percent-encoded messages, time-outs, content types. Used by grpc-request.ts and h2-response.ts. */

const encoder = new TextEncoder();
const PLAIN = /^[\x20-\x24\x26-\x7e]*$/;

/** grpc-message: bytes outside printable ASCII, and %, as %XX. */
export function encodeGrpcMessage(message: string): string {
	if (PLAIN.test(message)) {
		return message;
	}
	let text = '';
	for (const byte of encoder.encode(message)) {
		const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
		text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
	}
	return text;
}

const UNIT_MILLISECONDS: ReadonlyMap<string, number> = new Map([
	['H', 3_600_000],
	['M', 60_000],
	['S', 1_000],
	['m', 1],
	['u', 0.001],
	['n', 0.000_001],
]);

/** grpc-timeout: at most 8 digits and a unit. Null for a malformed one. */
export function parseGrpcTimeout(text: string): number | null {
	const unit = UNIT_MILLISECONDS.get(text.slice(-1));
	const digits = text.slice(0, -1);
	if (unit === undefined || !/^[0-9]{1,8}$/.test(digits)) {
		return null;
	}
	return Number(digits) * unit;
}

/** application/grpc, alone or with a subtype (+proto) or parameters. */
export function isGrpcContentType(text: string | undefined): boolean {
	if (text === undefined || !text.startsWith('application/grpc')) {
		return false;
	}
	const next = text.charAt('application/grpc'.length);
	return next === '' || next === '+' || next === ';';
}
