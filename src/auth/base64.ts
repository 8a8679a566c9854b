/** Base64 with padding, as a password's hash travels in etcd's requests. Strict, so that one hash has one spelling. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** null: the text is none. */
export function decodeBase64(text: string): Uint8Array | null {
	if (!PADDED.test(text)) {
		return null;
	}
	const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
	const bytes = new Uint8Array((text.length / 4) * 3 - padding);
	let bits = 0;
	for (let i = 0; i < text.length - padding; i++) {
		bits = ((bits << 6) | ALPHABET.indexOf(text.charAt(i))) & 0xff_ff_ff;
		const filled = (i + 1) * 6;
		if (filled % 8 < 6) {
			bytes[Math.floor(filled / 8) - 1] = bits >> (filled % 8);
		}
	}
	return bytes;
}
