/**
 * The pipe between the launcher (or the cluster runner) and the daemon it started. Nothing is ever written to it: the kernel closes it when
 * the launcher ends, however it ends, and the daemon takes that as its own end. A kill -9 of the launcher must not leave a daemon behind.
 */
import { Socket } from 'node:net';
import { assert } from '../base/assert.ts';

/** Tells the child which descriptor the pipe is. Set by the launcher, removed by the child before options are read. */
export const LAUNCHER_VARIABLE = 'QUORATE_LAUNCHER_FD';
/** The launcher's side always makes it the first descriptor after the standard ones. */
export const LAUNCHER_FD = 3;

/** Calls onGone once the launcher has ended. Does not keep the process alive. Without a launcher it does nothing. */
export function watchLauncher(environment: NodeJS.ProcessEnv, onGone: () => void): void {
	const text = environment[LAUNCHER_VARIABLE];
	if (text === undefined) {
		return;
	}
	assert(text === String(LAUNCHER_FD), () => `${LAUNCHER_VARIABLE} is for the launcher only, and is ${LAUNCHER_FD}: ${text}`);
	delete environment[LAUNCHER_VARIABLE];
	const pipe = new Socket({ fd: LAUNCHER_FD, readable: true, writable: false });
	let isGone = false;
	for (const event of ['end', 'error', 'close']) {
		pipe.on(event, () => {
			if (!isGone) {
				isGone = true;
				onGone();
			}
		});
	}
	pipe.resume();
	pipe.unref();
}
