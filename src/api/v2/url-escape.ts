/** Percent-decoding as Go's net/url does it, to byte strings (JS strings of characters 0 to 255). Used by location.ts and form.ts. */
export type Unescaped = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly cause: string };

const ESCAPE = /%([0-9a-fA-F]{2})?/g;

export function unescapeUrl(text: string, options: { readonly plusIsSpace: boolean }): Unescaped {
	let bad: string | null = null;
	const plain = options.plusIsSpace ? text.replaceAll('+', ' ') : text;
	const decoded = plain.replace(ESCAPE, (whole, digits: string | undefined, at: number) => {
		if (digits === undefined) {
			bad ??= text.slice(at, at + 3);
			return whole;
		}
		return String.fromCharCode(Number.parseInt(digits, 16));
	});
	return bad === null ? { ok: true, text: decoded } : { ok: false, cause: `invalid URL escape ${goQuote(bad)}` };
}

/** Go's %q of at most three bytes, as far as they can occur here. */
function goQuote(text: string): string {
	return JSON.stringify(text);
}
