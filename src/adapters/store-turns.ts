/** Joins the store's long jobs, which wait for files, with the actor's turns, in which alone its engine is touched. Not for short work. */
import type { Turn } from '../ports/turn.ts';

/** Runs the work as a step of a turn, after the event loop has had its chance, and hands back what it returns or throws. */
export function inTurn<T>(turn: Turn, work: () => T): Promise<T> {
	return new Promise((resolve, reject) => {
		setImmediate(() =>
			turn.run(() => {
				try {
					resolve(work());
				} catch (error) {
					reject(error);
				}
			}),
		);
	});
}

/** Runs a job to its end; what it throws is thrown again inside a turn, where it ends the process with its reason. */
export function runJob(turn: Turn, job: () => Promise<void>): void {
	job().catch((error: unknown) =>
		turn.run(() => {
			throw error;
		}),
	);
}
