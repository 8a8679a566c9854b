/**
 * A snapshot file of etcd's on disk: the database, and behind it the SHA-256 that `etcdctl snapshot save` puts there. A database that was copied
 * out of a data directory has none. Whatever is wrong with it is told as snapshot_unusable. Used by etcd-import.ts.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { damagedFile } from '../bbolt/damage.ts';
import type { PageSource } from '../bbolt/file-reader.ts';

const DIGEST_BYTES = 32;
/** A database is whole pages, whatever their size; what is over is the digest. */
const PAGE_BYTES_MIN = 512;
const READ_BYTES = 2 ** 20;

export class EtcdSnapshotFile implements PageSource {
	/** Of the database. */
	readonly size: number;
	readonly #path: string;
	readonly #descriptor: number;
	readonly #digest: Buffer | null;

	constructor(path: string) {
		this.#path = path;
		try {
			this.#descriptor = fs.openSync(path, 'r');
		} catch (error) {
			throw damagedFile(`${path}: it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
		}
		const stat = fs.fstatSync(this.#descriptor);
		if (!stat.isFile()) {
			this.close();
			throw damagedFile(`${path}: it must be a file`);
		}
		const { size } = stat;
		const hasDigest = size % PAGE_BYTES_MIN === DIGEST_BYTES;
		this.size = hasDigest ? size - DIGEST_BYTES : size;
		this.#digest = hasDigest ? Buffer.from(this.read(this.size, DIGEST_BYTES)) : null;
	}

	read(offset: number, length: number): Uint8Array {
		const bytes = Buffer.allocUnsafe(length);
		for (let filled = 0; filled < length; ) {
			const count = this.#readAt(bytes, filled, offset + filled);
			if (count === 0) {
				throw damagedFile(`${this.#path}: it ends at byte ${offset + filled}, and had ${this.size} when it was opened`);
			}
			filled += count;
		}
		return bytes;
	}

	/** Reads the whole file once; throws if it has no digest or another one. */
	verifyDigest(): void {
		if (this.#digest === null) {
			const rule = 'it must end with the SHA-256 that etcdctl snapshot save puts there';
			throw damagedFile(`${this.#path}: ${rule}, and does not; for a database that was copied as a file there is --skip-hash-check`);
		}
		const hash = createHash('sha256');
		for (let at = 0; at < this.size; at += READ_BYTES) {
			hash.update(this.read(at, Math.min(READ_BYTES, this.size - at)));
		}
		const found = hash.digest();
		if (!found.equals(this.#digest)) {
			const says = `its SHA-256 must be ${this.#digest.toString('hex')} and is ${found.toString('hex')}`;
			throw damagedFile(`${this.#path}: ${says}: it is damaged or was cut`);
		}
	}

	close(): void {
		fs.closeSync(this.#descriptor);
	}

	#readAt(bytes: Buffer, filled: number, offset: number): number {
		try {
			return fs.readSync(this.#descriptor, bytes, filled, bytes.length - filled, offset);
		} catch (error) {
			throw damagedFile(`${this.#path}: byte ${offset} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
		}
	}
}
