/** Seconds by one clock for all threads of the process: performance.now() begins anew with each thread. Used by the entry points of actors. */
const NANOSECONDS_A_SECOND = 1e9;
const MILLISECONDS_A_SECOND = 1_000;
/** When this thread's performance.now() was 0. */
const BEGINNING = Number(process.hrtime.bigint()) / NANOSECONDS_A_SECOND - performance.now() / MILLISECONDS_A_SECOND;

export function processClock(): number {
	return BEGINNING + performance.now() / MILLISECONDS_A_SECOND;
}
