/**
 * Two processes never open one data directory. On Linux the holder is bound to an abstract socket named by the directory's device and inode:
 * it vanishes with the process, so that there is no stale lock, no race for one and no limit on the path. On Windows a named pipe does the
 * same. Elsewhere it is a socket file in the directory, where a dead one is moved aside. Whoever connects is told who holds the lock.
 * (Abstract sockets belong to a network namespace: containers that share a volume need other means, such as a volume for one at a time.)
 */
import { linkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { FatalError } from '../base/fatal.ts';

export interface LockHolder {
	readonly pid: number;
	readonly name: string;
}

export interface DirectoryLock {
	release(): Promise<void>;
}

export type LockKind = 'abstract' | 'pipe' | 'file';

/** Taken, or who else has it: null if the holder does not say. */
export type LockResult = { readonly lock: DirectoryLock } | { readonly lock: null; readonly holder: LockHolder | null };

export const LOCK_FILE = 'lock.sock';

const ATTEMPTS_MAX = 3;
const ANSWER_MILLISECONDS_MAX = 1_000;
const ANSWER_BYTES_MAX = 1_024;
/** The shortest of the systems' limits on a socket's path (macOS: 104 with the final zero). */
const SOCKET_PATH_BYTES_MAX = 103;

export function defaultLockKind(): LockKind {
	switch (process.platform) {
		case 'linux':
			return 'abstract';
		case 'win32':
			return 'pipe';
		default:
			return 'file';
	}
}

/** The directory must exist. */
export async function lockDirectory(directory: string, self: LockHolder, kind: LockKind = defaultLockKind()): Promise<LockResult> {
	const address = addressOf(directory, kind);
	for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		const server = await bind(address, self);
		if (server !== null) {
			return { lock: { release: () => new Promise((resolve) => server.close(() => resolve())) } };
		}
		const answer = await ask(address);
		if (answer.isAlive) {
			return { lock: null, holder: answer.holder };
		}
		if (kind === 'file') {
			await moveAside(address, attempt);
		}
		// Else the holder ended between the two calls, and its address with it.
	}
	return { lock: null, holder: null };
}

function addressOf(directory: string, kind: LockKind): string {
	const { dev, ino } = statSync(directory, { bigint: true });
	switch (kind) {
		case 'abstract':
			return `\0quorate:${dev}:${ino}`;
		case 'pipe':
			return `\\\\.\\pipe\\quorate-${dev}-${ino}`;
		case 'file': {
			const path = join(directory, LOCK_FILE);
			if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
				const rule = `with ${LOCK_FILE} its path must have at most ${SOCKET_PATH_BYTES_MAX} bytes, and has ${Buffer.byteLength(path)}`;
				throw new FatalError('data_dir_unusable', `--data-dir=${directory}: ${rule}`);
			}
			return path;
		}
	}
}

/** The server, or null if the address is taken. */
function bind(address: string, self: LockHolder): Promise<Server | null> {
	return new Promise((resolve, reject) => {
		const server = createServer((socket) => {
			socket.on('error', () => socket.destroy());
			// Destroyed once it is said: whoever asks cannot hold up the release.
			socket.end(`${JSON.stringify(self)}\n`, () => socket.destroy());
		});
		server.once('error', (error) => {
			if ('code' in error && error.code === 'EADDRINUSE') {
				resolve(null);
			} else {
				reject(new FatalError('data_dir_unusable', `the lock of the data directory cannot be bound: ${error.message}`, { cause: error }));
			}
		});
		server.listen(address, () => {
			// The lock must not keep a process alive that has nothing left to do.
			server.unref();
			resolve(server);
		});
	});
}

interface Answer {
	/** False: nobody listens there. A holder that is stopped or slow accepts without a word, and counts. */
	readonly isAlive: boolean;
	readonly holder: LockHolder | null;
}

function ask(address: string): Promise<Answer> {
	return new Promise((resolve) => {
		let text = '';
		let isAlive = true;
		const socket: Socket = createConnection(address);
		const finish = (): void => {
			socket.destroy();
			resolve({ isAlive, holder: parseHolder(text) });
		};
		socket.setTimeout(ANSWER_MILLISECONDS_MAX, finish);
		socket.setEncoding('utf8');
		socket.on('data', (part: string) => {
			text += part;
			if (text.length > ANSWER_BYTES_MAX) {
				finish();
			}
		});
		socket.on('end', finish);
		socket.on('error', (error) => {
			// Only these say that nobody listens; a full backlog, for one, does not.
			isAlive = !('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT'));
			finish();
		});
	});
}

function parseHolder(text: string): LockHolder | null {
	try {
		const value = JSON.parse(text) as Partial<LockHolder> | null;
		return typeof value?.pid === 'number' && typeof value.name === 'string' ? { pid: value.pid, name: value.name } : null;
	} catch {
		return null;
	}
}

/**
 * Takes a dead socket file out of the way. Between our question and the move another process may have done the same and bound its own,
 * so what was moved is asked once more; if it answers, it goes back, and the next attempt finds its holder.
 */
async function moveAside(address: string, attempt: number): Promise<void> {
	const aside = `${address}.${process.pid}-${attempt}`;
	try {
		renameSync(address, aside);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return;
		}
		throw error;
	}
	if ((await ask(aside)).isAlive) {
		// link fails where rename would take the place of a third process's socket.
		linkSync(aside, address);
	}
	unlinkSync(aside);
}
