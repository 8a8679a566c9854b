/** The header of HTTP Basic, as strictly as Go reads it (RFC 7617). Used by v2/auth/door.ts and access/http-guard.ts. */

export interface BasicCredentials {
	readonly name: Buffer;
	readonly password: string;
}

const HEADER = /^basic ([A-Za-z0-9+/]*={0,2})$/i;
const COLON = 0x3a;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null: another scheme, bad base64, or no colon. A password that is not UTF-8 is nobody's, since passwords are given as JSON. */
export function parseBasic(header: string): BasicCredentials | null {
	const text = HEADER.exec(header)?.[1];
	if (text === undefined || text.length % 4 !== 0) {
		return null;
	}
	const bytes = Buffer.from(text, 'base64');
	const colon = bytes.indexOf(COLON);
	if (colon === -1) {
		return null;
	}
	try {
		return { name: bytes.subarray(0, colon), password: decoder.decode(bytes.subarray(colon + 1)) };
	} catch {
		return null;
	}
}
