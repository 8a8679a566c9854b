/**
 * The data directory as a whole: made or opened for this process alone, checked to be this member's, and given its identity on the first boot.
 * What is in it (log, store) is for others. Called by main before any actor starts; refuses with one line and an exit code, and until
 * every check has passed it changes nothing but to make a directory that was not there.
 */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { assert } from '../base/assert.ts';
import { FatalError } from '../base/fatal.ts';
import { type DirectoryLock, LOCK_FILE, type LockKind, lockDirectory } from './directory-lock.ts';
import { FOUNDERS_FILE } from './founders-file.ts';
import { decodeIdentity, encodeIdentity, foreignBecause, IDENTITY_FILE, type MemberIdentity } from './member-identity.ts';
import { flushDirectory, isTemporary, replaceFile } from './store-files.ts';

export interface DataDirectoryOptions {
	readonly path: string;
	readonly name: string;
	readonly initialClusterToken: string;
	/** Default: what suits the system. */
	readonly lockKind?: LockKind;
}

export interface DataDirectory {
	/** Absolute. */
	readonly path: string;
	/** Null on the first boot, until writeIdentity. */
	readonly identity: MemberIdentity | null;
	/** The first boot: no identity was there, nor anything else. */
	readonly isNew: boolean;
	/** Once, on the first boot, before a log or a store is made: a directory with data and without an identity is nobody's. Durable on return. */
	writeIdentity(identity: MemberIdentity): void;
	/** Releases the directory to other processes. Last of all, when log and store are closed. */
	close(): Promise<void>;
}

const PRIVATE_MODE = 0o700;
/** Certificates that the member has made itself (tls/own-certificates.ts). */
const OWN_CERTIFICATES = 'fixtures';
/** A mounted file system has this in its root. */
const LOST_AND_FOUND = 'lost+found';

export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
	const path = resolve(options.path);
	const flag = `--data-dir=${options.path}`;
	ensureDirectory(path, flag);
	const lock = await takeLock(path, flag, options);
	try {
		const identity = inspect(path, flag, options);
		makePrivate(path, flag);
		return new OpenDirectory(path, identity, lock);
	} catch (error) {
		await lock.release();
		throw asUnusable(error, flag);
	}
}

class OpenDirectory implements DataDirectory {
	readonly path: string;
	readonly isNew: boolean;
	#identity: MemberIdentity | null;
	readonly #lock: DirectoryLock;

	constructor(path: string, identity: MemberIdentity | null, lock: DirectoryLock) {
		this.path = path;
		this.isNew = identity === null;
		this.#identity = identity;
		this.#lock = lock;
	}

	get identity(): MemberIdentity | null {
		return this.#identity;
	}

	writeIdentity(identity: MemberIdentity): void {
		assert(this.#identity === null, () => `an identity is written once: ${this.path} has one`);
		try {
			replaceFile(join(this.path, IDENTITY_FILE), encodeIdentity(identity));
		} catch (error) {
			throw asUnusable(error, `--data-dir=${this.path}`);
		}
		this.#identity = identity;
	}

	close(): Promise<void> {
		return this.#lock.release();
	}
}

/** Makes the directory, and flushes the directories that lead to it, so that it is there after a power cut. */
function ensureDirectory(path: string, flag: string): void {
	try {
		for (const missing of missingDirectories(path)) {
			makeDirectory(missing);
			flushDirectory(dirname(missing));
		}
		if (!statSync(path).isDirectory()) {
			throw new FatalError('data_dir_unusable', `${flag}: it must be a directory`);
		}
		accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
	} catch (error) {
		throw asUnusable(error, flag);
	}
}

/** Outermost first. Not left to mkdir's own recursion: where a system refuses with ENOENT, as /proc does, that never ends. */
function missingDirectories(path: string): readonly string[] {
	const missing: string[] = [];
	for (let at = path; !existsSync(at); at = dirname(at)) {
		missing.unshift(at);
	}
	return missing;
}

/** Another process may make the same one at the same time: the lock decides whose it is. */
function makeDirectory(path: string): void {
	try {
		mkdirSync(path, { mode: PRIVATE_MODE });
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
			throw error;
		}
	}
}

async function takeLock(path: string, flag: string, options: DataDirectoryOptions): Promise<DirectoryLock> {
	const result = await lockDirectory(path, { pid: process.pid, name: options.name }, options.lockKind);
	if (result.lock !== null) {
		return result.lock;
	}
	const holder = result.holder === null ? 'a process that does not say who it is' : `process ${result.holder.pid}, member "${result.holder.name}"`;
	throw new FatalError('data_dir_busy', `${flag}: it is open in ${holder}; one process at a time may open a data directory`);
}

/** The identity in the directory, or null if it is empty; throws for one that is not this member's. Changes nothing but leftovers of a first boot. */
function inspect(path: string, flag: string, options: DataDirectoryOptions): MemberIdentity | null {
	const names = readdirSync(path);
	if (names.includes(IDENTITY_FILE)) {
		const identity = decodeIdentity(readFileSync(join(path, IDENTITY_FILE)), `${flag}: ${IDENTITY_FILE}`);
		const why = foreignBecause(options, identity);
		if (why !== null) {
			throw new FatalError('data_dir_foreign', `${flag}: ${why}`);
		}
		return identity;
	}
	const isOf = (name: string, file: string): boolean => name.startsWith(`${file}.`) && isTemporary(name);
	const leftOver = names.filter((name) => isOf(name, IDENTITY_FILE) || isOf(name, FOUNDERS_FILE));
	const foreign = names.filter(
		(name) =>
			!leftOver.includes(name) && name !== FOUNDERS_FILE && name !== OWN_CERTIFICATES && !name.startsWith(LOCK_FILE) && name !== LOST_AND_FOUND,
	);
	if (foreign.length > 0) {
		const found = foreign.slice(0, 3).join(', ');
		const whose = foreign.includes('member') ? `; quorate does not read etcd's data directories` : '';
		const rule = `it must be empty or hold ${IDENTITY_FILE}`;
		throw new FatalError('data_dir_unusable', `${flag}: ${rule}, and holds ${found}${foreign.length > 3 ? ', ...' : ''}${whose}`);
	}
	for (const name of leftOver) {
		rmSync(join(path, name));
	}
	return null;
}

/** As etcd asks for: what clients have stored is nobody else's to read. A directory that came wider is made narrower. */
function makePrivate(path: string, flag: string): void {
	if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) {
		return;
	}
	try {
		chmodSync(path, PRIVATE_MODE);
	} catch (error) {
		throw new FatalError('data_dir_unusable', `${flag}: its mode must be 0700 and cannot be made so: ${String(error)}`, { cause: error });
	}
}

/** What the system says of the directory is said with the option's name; other errors pass as they are. */
function asUnusable(error: unknown, flag: string): unknown {
	if (error instanceof FatalError || !(error instanceof Error) || !('syscall' in error)) {
		return error;
	}
	return new FatalError('data_dir_unusable', `${flag}: it must be a directory that this process can read and write: ${error.message}`, {
		cause: error,
	});
}
