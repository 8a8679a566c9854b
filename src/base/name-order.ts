/** Names in the order of their bytes, as Go sorts strings: where surrogates come in, that of JavaScript's characters is another one. */
import { compareBytes } from './bytes.ts';

const encoder = new TextEncoder();

export function byBytes(a: string, b: string): number {
	return compareBytes(encoder.encode(a), encoder.encode(b));
}
