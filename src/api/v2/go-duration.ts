/** Times as Go's Duration prints them: 350ms, 1.5s, 1h2m3s. Used where etcd shows one in JSON. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function showGoDuration(milliseconds: number): string {
	if (milliseconds === 0) {
		return '0s';
	}
	if (milliseconds < SECOND) {
		return `${milliseconds}ms`;
	}
	const hours = Math.floor(milliseconds / HOUR);
	const minutes = Math.floor((milliseconds % HOUR) / MINUTE);
	const seconds = (milliseconds % MINUTE) / SECOND;
	return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
