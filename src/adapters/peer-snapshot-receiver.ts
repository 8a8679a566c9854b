/**
 * Takes snapshots in: streams a body to <directory>/<name>.part, checks length and CRC-32, flushes, and only then gives the file its last
 * name. A stream that is cut leaves nothing behind. One at a time a member: a newer one ends the older. Used by peer-network.ts.
 */
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Slot, toIndex, toTerm } from '../base/brand.ts';
import { FatalError } from '../base/fatal.ts';
import type { Logger } from '../ports/logger.ts';
import type { SnapshotArrival } from '../ports/peer-links.ts';
import { refuse } from './peer-server.ts';
import { SNAPSHOT_CHECKSUM_BYTES, SNAPSHOT_HEADERS } from './peer-snapshot-sender.ts';

const UNFINISHED = '.part';
const FINISHED = '.snapshot';

export interface SnapshotReceiverOptions {
	readonly directory: string;
	readonly stallMilliseconds: number;
	readonly logger: Logger;
	readonly arrived: (arrival: SnapshotArrival) => void;
}

/** What a sender announces. size: of the file, without its checksum. */
type Announced = Omit<SnapshotArrival, 'path'> & { readonly size: number };
type Refusal = { readonly status: number; readonly reason: string };

export class SnapshotReceiver {
	readonly #options: SnapshotReceiverOptions;
	readonly #underway = new Map<Slot, IncomingMessage>();
	#count = 0;

	private constructor(options: SnapshotReceiverOptions) {
		this.#options = options;
	}

	/** Snapshots of a former process belong to nobody: raft knows only those of which it was told. */
	static async open(options: SnapshotReceiverOptions): Promise<SnapshotReceiver> {
		const { directory } = options;
		try {
			await mkdir(directory, { recursive: true, mode: 0o700 });
			for (const name of await readdir(directory)) {
				if (name.endsWith(UNFINISHED) || name.endsWith(FINISHED)) {
					await rm(join(directory, name), { force: true });
				}
			}
		} catch (cause) {
			throw new FatalError('data_dir_unusable', `${directory}: cannot be emptied of old snapshots: ${String(cause)}`, { cause });
		}
		return new SnapshotReceiver(options);
	}

	async receive(from: Slot, request: IncomingMessage, response: ServerResponse): Promise<void> {
		this.#underway.get(from)?.destroy();
		this.#underway.set(from, request);
		request.setTimeout(this.#options.stallMilliseconds, () => request.destroy());
		try {
			const announced = announcement(from, request);
			const refusal = 'status' in announced ? announced : await this.#take(announced, request);
			if (refusal === null) {
				response.writeHead(200, { Connection: 'close' }).end();
			} else {
				this.#options.logger.log('warn', 'refused a snapshot', { from, reason: refusal.reason });
				refuse(request, response, refusal.status, refusal.reason);
			}
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			this.#options.logger.log('warn', 'lost a snapshot on its way', { from, reason });
			refuse(request, response, 500, reason);
		} finally {
			if (this.#underway.get(from) === request) {
				this.#underway.delete(from);
			}
		}
	}

	close(): void {
		for (const request of this.#underway.values()) {
			request.destroy();
		}
	}

	/** null: it is here and was announced to raft. */
	async #take(announced: Announced, request: IncomingMessage): Promise<Refusal | null> {
		const { directory } = this.#options;
		const space = await statfs(directory);
		if (announced.size > space.bavail * space.bsize) {
			return { status: 507, reason: `no room for a snapshot of ${announced.size} bytes` };
		}
		this.#count += 1;
		const name = join(directory, `${announced.index}-${announced.term}-from-${announced.from}-${this.#count}`);
		try {
			const refusal = await writeChecked(`${name}${UNFINISHED}`, announced.size, request);
			if (refusal !== null) {
				return refusal;
			}
			const path = `${name}${FINISHED}`;
			await rename(`${name}${UNFINISHED}`, path);
			await flushDirectory(directory);
			const { from, index, term, leaderTerm } = announced;
			this.#options.arrived({ from, index, term, leaderTerm, path });
			return null;
		} finally {
			await rm(`${name}${UNFINISHED}`, { force: true });
		}
	}
}

function announcement(from: Slot, request: IncomingMessage): Announced | Refusal {
	const number = (name: string): number => {
		const text = request.headers[name.toLowerCase()];
		return typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
	};
	const index = number(SNAPSHOT_HEADERS.index);
	const term = number(SNAPSHOT_HEADERS.term);
	const leaderTerm = number(SNAPSHOT_HEADERS.leaderTerm);
	const length = number('Content-Length');
	const isSound = [index, term, leaderTerm, length].every((value) => Number.isSafeInteger(value) && value > 0);
	if (!isSound || term > leaderTerm || length < SNAPSHOT_CHECKSUM_BYTES) {
		return { status: 400, reason: 'a snapshot needs its index, term, leader term and length' };
	}
	return { from, index: toIndex(index), term: toTerm(term), leaderTerm: toTerm(leaderTerm), size: length - SNAPSHOT_CHECKSUM_BYTES };
}

/** The body, less its last four bytes, to path, flushed; its length was checked by the HTTP parser. Throws when the stream is cut. */
async function writeChecked(path: string, size: number, body: AsyncIterable<Uint8Array>): Promise<Refusal | null> {
	const handle = await open(path, 'wx', 0o600);
	try {
		const trailer = new Uint8Array(SNAPSHOT_CHECKSUM_BYTES);
		let checksum = 0;
		let at = 0;
		for await (const chunk of body) {
			const part = chunk.subarray(0, Math.max(0, size - at));
			trailer.set(chunk.subarray(part.length), Math.max(0, at - size));
			checksum = crc32(part, checksum);
			at += chunk.length;
			if (part.length > 0) {
				await handle.writeFile(part);
			}
		}
		if (at !== size + SNAPSHOT_CHECKSUM_BYTES) {
			return { status: 400, reason: `the snapshot has ${at - SNAPSHOT_CHECKSUM_BYTES} bytes, announced were ${size}` };
		}
		if (checksum !== new DataView(trailer.buffer).getUint32(0)) {
			return { status: 422, reason: 'the checksum of the snapshot is wrong' };
		}
		await handle.sync();
		return null;
	} finally {
		await handle.close();
	}
}

async function flushDirectory(path: string): Promise<void> {
	const handle = await open(path, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
