/** The end of a test file's time, which the runner sets: what is not over shortly before it fails by itself, and says what it waited for. */
import { describeWaits } from './waits.ts';

/** Milliseconds since 1970, in the environment of a test file; without it there is no end. */
export const ENDS_AT = 'TEST_ENDS_AT';
/** For ending members and for the report. */
const RESERVE_MS = 15_000;

/** The work's own result, or an error with the waits under way once the file's time is nearly up. */
export async function beforeTheEnd<T>(work: Promise<T>): Promise<T> {
	const endsAt = process.env[ENDS_AT];
	if (endsAt === undefined) {
		return work;
	}
	let timer: NodeJS.Timeout | undefined;
	const ended = new Promise<never>((_, reject) => {
		const report = (): void => reject(new Error(`not over ${RESERVE_MS} ms before the end of its file's time:\n${describeWaits()}`));
		timer = setTimeout(report, Math.max(0, Number(endsAt) - RESERVE_MS - Date.now()));
	});
	try {
		return await Promise.race([work, ended]);
	} finally {
		clearTimeout(timer);
	}
}
