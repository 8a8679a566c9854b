/**
 * What a test waits for at the moment. One that hangs fails by itself shortly before its file's time is up, and says where it stood, and cleans up as
 * after any failure. Every wait for a process, an answer or a condition goes through here.
 */

/** Milliseconds since 1970, in the environment of a test file, set by the runner: it is then ended. Without it there is no end. */
export const ENDS_AT = 'TEST_ENDS_AT';
/** For what hangs, and later for what hangs while that is cleaned up. */
const RESERVES_MS = [15_000, 5_000];

interface Wait {
	readonly what: string;
	readonly since: number;
	readonly fail: (error: Error) => void;
}

const underWay = new Set<Wait>();

const endsAt = process.env[ENDS_AT];
if (endsAt !== undefined) {
	for (const reserve of RESERVES_MS) {
		setTimeout(failWaits, Math.max(0, Number(endsAt) - reserve - Date.now())).unref();
	}
}

/** Settles as the promise does, or fails near the end of the file's time. */
export function waitingFor<T>(what: string, promise: Promise<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		const wait = { what, since: performance.now(), fail: reject };
		underWay.add(wait);
		promise.then(resolve, reject).finally(() => underWay.delete(wait));
	});
}

/** All that are under way, each with a line for every one, the oldest first. */
export function failWaits(): void {
	const lines = [...underWay].map(({ what, since }) => `waits for ${what}, since ${Math.round(performance.now() - since)} ms`);
	for (const { fail } of underWay) {
		fail(new Error(`the time of this file is nearly up, and it\n${lines.join('\n')}`));
	}
}
