/**
 * The signals that ask a process to end: the first asks, a later one insists. Used by the daemon (serve.ts) and by the cluster runner.
 */

/**
 * A repetition as close as this is the same key press: the terminal sends Ctrl-C to npm and to us, and npm sends it on to what it started
 * (which is us where the shell in between has replaced itself, as bash does). Nobody presses twice so fast.
 */
const SAME_PRESS_MILLISECONDS = 250;

export interface StopListener {
	/** Once. */
	asked(signal: NodeJS.Signals): void;
	/** Each time after that. */
	insisted(signal: NodeJS.Signals): void;
}

export function onStopSignals(signals: readonly NodeJS.Signals[], listener: StopListener): void {
	let askedAt: number | null = null;
	for (const signal of signals) {
		process.on(signal, () => {
			const now = performance.now();
			if (askedAt === null) {
				askedAt = now;
				listener.asked(signal);
			} else if (now - askedAt > SAME_PRESS_MILLISECONDS) {
				listener.insisted(signal);
			}
		});
	}
}
