/** Numbers and times as people read them. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const KIBI = 1_024;

export function showMs(milliseconds: number): string {
	return milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds >= 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(2);
}

export function showBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= KIBI && unit < UNITS.length - 1) {
		value /= KIBI;
		unit += 1;
	}
	return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export function showAge(milliseconds: number): string {
	const seconds = Math.max(0, Math.round(milliseconds / 1_000));
	if (seconds < 90) {
		return `${seconds} s`;
	}
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? `${minutes} min` : minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`;
}

export function showTime(unixMs: number): string {
	return new Date(unixMs).toLocaleTimeString();
}

export function showRate(perSecond: number): string {
	return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}
