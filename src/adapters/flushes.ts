/**
 * The system's flushes, and the one switch that turns them off for a thread: --unsafe-no-fsync. Used by the files of the journal and of the store.
 * Nothing else may call fsync or fdatasync.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';

type Flush = (descriptor: number, done: (error: NodeJS.ErrnoException | null) => void) => void;

const fdatasyncOff = promisify(fs.fdatasync);
const fsyncOff = promisify(fs.fsync);
let isOff = false;

/** For the whole thread, before anything is opened. Whoever says so accepts that what was acknowledged may be lost. */
export function turnFlushesOff(): void {
	isOff = true;
}

export function areFlushesOff(): boolean {
	return isOff;
}

export function fsyncNow(descriptor: number): void {
	if (!isOff) {
		fs.fsyncSync(descriptor);
	}
}

export function fdatasyncNow(descriptor: number): void {
	if (!isOff) {
		fs.fdatasyncSync(descriptor);
	}
}

export async function fsyncLater(descriptor: number): Promise<void> {
	if (!isOff) {
		await fsyncOff(descriptor);
	}
}

export async function fdatasyncLater(descriptor: number): Promise<void> {
	if (!isOff) {
		await fdatasyncOff(descriptor);
	}
}

/** With the face of fs.fdatasync, for the journal. */
export const fdatasyncCall: Flush = (descriptor, done) => {
	if (isOff) {
		setImmediate(done, null);
	} else {
		fs.fdatasync(descriptor, done);
	}
};
