/** Waiting for a condition of another process, with a deadline that only bounds a failing test: it never decides what is right. */
import { waitingFor } from './waits.ts';

export interface EventuallyOptions {
	/** For the message: "a leader", "the follower to catch up". */
	readonly what: string;
	readonly withinMs?: number;
	readonly everyMs?: number;
}

const WITHIN_MS = 30_000;
const EVERY_MS = 20;

export function delay(milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
}

/** The first value that is neither null nor false; a throwing attempt counts as "not yet". */
export function eventually<T>(attempt: () => Promise<T | null | false> | T | null | false, options: EventuallyOptions): Promise<T> {
	return waitingFor(options.what, untilHeld(attempt, options));
}

async function untilHeld<T>(attempt: () => Promise<T | null | false> | T | null | false, options: EventuallyOptions): Promise<T> {
	const { what, withinMs = WITHIN_MS, everyMs = EVERY_MS } = options;
	const end = performance.now() + withinMs;
	let last: unknown = null;
	for (;;) {
		try {
			const value = await attempt();
			if (value !== null && value !== false) {
				return value;
			}
			last = null;
		} catch (error) {
			last = error;
		}
		if (performance.now() > end) {
			throw new Error(`waited ${withinMs} ms in vain for ${what}`, { cause: last });
		}
		await delay(everyMs);
	}
}
