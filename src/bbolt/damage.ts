/** A bbolt file that is not as bbolt writes them: who wants to read it is told which page, and what is wrong with it. */
import { FatalError } from '../base/fatal.ts';

export function damagedFile(why: string): FatalError {
	return new FatalError('snapshot_unusable', why);
}

export function damagedPage(page: number, why: string): FatalError {
	return damagedFile(`page ${page}: ${why}`);
}
