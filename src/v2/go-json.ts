/**
 * Strings as Go's encoding/json prints them: clients of the v2 API compare bodies byte for byte. Go's strings are bytes, and each byte
 * that is not UTF-8 becomes the six characters \ufffd (a real U+FFFD stays as it is). Used by event-json.ts and api/v2.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BAD_BYTE = '\\ufffd';

/** With the quotation marks. */
export function goJsonString(bytes: Uint8Array): string {
	return `"${goJsonEscape(bytes)}"`;
}

/** Without them. Escapes of a part do not depend on its neighbours if the cut is at an ASCII character. */
export function goJsonEscape(bytes: Uint8Array): string {
	const text = decode(bytes);
	return text === null ? escapeBroken(bytes) : escapeText(text);
}

function decode(bytes: Uint8Array): string | null {
	try {
		return decoder.decode(bytes);
	} catch {
		return null;
	}
}

// JSON.stringify agrees with Go but for these: Go (as etcd 3.4 is built) has no \b and \f, and escapes what HTML and JavaScript might trip over.
const DIFFERENT: Readonly<Record<string, string>> = {
	'<': '\\u003c',
	'>': '\\u003e',
	'&': '\\u0026',
	'\u2028': '\\u2028',
	'\u2029': '\\u2029',
};

/** Most names and values: printable ASCII that nothing escapes. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;

function escapeText(text: string): string {
	if (PLAIN.test(text)) {
		return text;
	}
	const escaped = JSON.stringify(text)
		.slice(1, -1)
		.replace(/[<>&\u2028\u2029]/g, (character) => DIFFERENT[character] as string);
	return escaped.includes('\\b') || escaped.includes('\\f') ? spellOutShortEscapes(escaped) : escaped;
}

/** Read escape by escape: the "b" after an escaped backslash is no escape. */
function spellOutShortEscapes(escaped: string): string {
	return escaped.replace(/\\(.)/g, (whole, letter: string) => {
		if (letter === 'b') {
			return '\\u0008';
		}
		return letter === 'f' ? '\\u000c' : whole;
	});
}

/** Runs of good characters between bad bytes. */
function escapeBroken(bytes: Uint8Array): string {
	const parts: string[] = [];
	let start = 0;
	for (let at = 0; at < bytes.length; ) {
		const length = characterBytes(bytes, at);
		if (length === 0) {
			parts.push(escapeText(decoder.decode(bytes.subarray(start, at))), BAD_BYTE);
			at++;
			start = at;
		} else {
			at += length;
		}
	}
	parts.push(escapeText(decoder.decode(bytes.subarray(start))));
	return parts.join('');
}

/** The bytes of the well-formed UTF-8 character that begins here, or 0. */
function characterBytes(bytes: Uint8Array, at: number): number {
	const first = bytes[at] as number;
	if (first < 0x80) {
		return 1;
	}
	if (first < 0xc2 || first > 0xf4) {
		return 0;
	}
	const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return isWellFormed(bytes.subarray(at, at + length), length) ? length : 0;
}

/** The range of the second byte excludes overlong forms, surrogates and what is beyond U+10FFFF (RFC 3629, section 4). */
function isWellFormed(character: Uint8Array, length: number): boolean {
	if (character.length < length) {
		return false;
	}
	const first = character[0] as number;
	const second = character[1] as number;
	const lo = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
	const hi = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
	return second >= lo && second <= hi && character.subarray(2).every((byte) => byte >= 0x80 && byte <= 0xbf);
}
