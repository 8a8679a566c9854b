/** Times in Go's notation, as etcd's options have them: 10m0s, 1.5h, 100ms. */

const MILLISECONDS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };
const PART = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|us|µs|ns|s)/gy;
const CHARACTERS_MAX = 64;

/** In milliseconds; null: the text is no such time. */
export function parseDuration(text: string): number | null {
	if (text === '0') {
		return 0;
	}
	let sum = 0;
	let read = 0;
	for (const [part, count, unit] of text.slice(0, CHARACTERS_MAX).matchAll(PART)) {
		sum += Number(count) * (MILLISECONDS[unit ?? ''] ?? Number.NaN);
		read += part.length;
	}
	return text !== '' && read === text.length ? sum : null;
}

/** A whole number of milliseconds, as short as it goes. */
export function showDuration(milliseconds: number): string {
	for (const [unit, size] of [
		['h', 3_600_000],
		['m', 60_000],
		['s', 1_000],
	] as const) {
		if (milliseconds % size === 0 && milliseconds > 0) {
			return `${milliseconds / size}${unit}`;
		}
	}
	return `${milliseconds}ms`;
}
