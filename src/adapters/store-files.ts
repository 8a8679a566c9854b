/**
 * The file operations that the store's durability is made of, each with its flushes. What fails here is a fault of the machine: after a
 * failed flush the page cache may claim what the disk does not hold (reliability.md 5.1), so nothing is tried twice.
 */
import fs from 'node:fs';
import path from 'node:path';
import { FatalError } from '../base/fatal.ts';
import type { Logger } from '../ports/logger.ts';
import { fdatasyncLater, fsyncLater, fsyncNow } from './flushes.ts';

let temporaryFiles = 0;

function errnoOf(error: unknown): string | null {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** An error of the file system as a fatal one; anything else as it is. */
export function asDiskFault(error: unknown, what: string): unknown {
	const errno = errnoOf(error);
	if (errno === null || error instanceof FatalError) {
		return error;
	}
	return new FatalError(errno === 'ENOSPC' ? 'disk_full' : 'disk_failed', `store: ${what}: ${String(error)}`, { cause: error });
}

export function isMissing(error: unknown): boolean {
	return errnoOf(error) === 'ENOENT';
}

/** Whether the operating system raised it: true of a full disk or a lost file, false of a broken promise of our own code. */
export function isSystemError(error: unknown): boolean {
	return errnoOf(error) !== null;
}

/** Flushes a directory: only then does a file that was made, renamed or removed in it stay so. */
export function flushDirectory(directory: string): void {
	flushFile(directory);
}

export function flushFile(file: string): void {
	const descriptor = fs.openSync(file, 'r');
	try {
		fsyncNow(descriptor);
	} finally {
		fs.closeSync(descriptor);
	}
}

/** Off the thread: the file's data, through a descriptor that has been open since before the first write. */
export async function flushDescriptorOff(descriptor: number): Promise<void> {
	await fdatasyncLater(descriptor);
}

export async function flushDirectoryOff(directory: string): Promise<void> {
	const handle = await fs.promises.open(directory, 'r');
	try {
		await fsyncLater(handle.fd);
	} finally {
		await handle.close();
	}
}

/** A name beside the file that no other writer in this process uses; left-overs are found by the suffix at opening. */
export function temporaryName(file: string): string {
	temporaryFiles++;
	return `${file}.${process.pid}-${temporaryFiles}.tmp`;
}

export function isTemporary(name: string): boolean {
	return name.endsWith('.tmp');
}

/** Replaces a small file as a whole: after a crash it is the old one or the new one, and after the return the new one. */
export function replaceFile(file: string, bytes: Uint8Array): void {
	const temporary = temporaryName(file);
	const descriptor = fs.openSync(temporary, 'wx');
	try {
		fs.writeFileSync(descriptor, bytes);
		fsyncNow(descriptor);
	} finally {
		fs.closeSync(descriptor);
	}
	fs.renameSync(temporary, file);
	flushDirectory(path.dirname(file));
}

/** The first half of the same, off the thread: returns the name of a flushed temporary file, which the caller renames. */
export async function writeTemporaryOff(file: string, bytes: Uint8Array): Promise<string> {
	const temporary = temporaryName(file);
	const handle = await fs.promises.open(temporary, 'wx');
	try {
		await handle.writeFile(bytes);
		await fsyncLater(handle.fd);
	} finally {
		await handle.close();
	}
	return temporary;
}

/** Removes a file or a directory off the thread, since it may be large; what stays is removed at the next opening. */
export function removeOff(file: string, logger: Logger): void {
	fs.rm(file, { recursive: true, force: true }, (error) => {
		if (error !== null) {
			logger.log('warn', 'what the store no longer needs could not be removed', { path: file, error: String(error) });
		}
	});
}
