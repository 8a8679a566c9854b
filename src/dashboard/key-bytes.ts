/** Keys and values are bytes: how they travel (base64) and how they are shown. What is shown is text to the browser, never markup. */

export const FORMATS = ['text', 'JSON', 'hex'] as const;
export type Format = (typeof FORMATS)[number];

const HEX_ROW = 16;

export function fromBase64(text: string): Uint8Array {
	return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) {
		text += String.fromCharCode(byte);
	}
	return btoa(text);
}

export function textToBase64(text: string): string {
	return toBase64(new TextEncoder().encode(text));
}

/** Control characters and what is no UTF-8 as escapes, so that nothing is invisible. */
export function showText(base64: string): string {
	const text = new TextDecoder().decode(fromBase64(base64));
	return [...text].map((character) => (isHidden(character) ? escapeOf(character) : character)).join('');
}

/** Whether the bytes are text that comes back as the same bytes. */
export function isText(base64: string): boolean {
	return textToBase64(new TextDecoder().decode(fromBase64(base64))) === base64;
}

export function showValue(base64: string, format: Format): string {
	switch (format) {
		case 'hex':
			return showHex(fromBase64(base64));
		case 'JSON':
			return showJson(new TextDecoder().decode(fromBase64(base64)));
		default:
			return showText(base64);
	}
}

function showJson(text: string): string {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return `(not JSON)\n${text}`;
	}
}

function showHex(bytes: Uint8Array): string {
	const rows: string[] = [];
	for (let at = 0; at < bytes.length; at += HEX_ROW) {
		const row = [...bytes.subarray(at, at + HEX_ROW)];
		const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
		const plain = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
		rows.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(HEX_ROW * 3)} ${plain}`);
	}
	return rows.join('\n');
}

/** Controls but tab and newline, and the marks that change the direction of writing. */
function isHidden(character: string): boolean {
	return /[\p{Cc}\p{Cf}]/u.test(character) && character !== '\n' && character !== '\t';
}

function escapeOf(character: string): string {
	return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
