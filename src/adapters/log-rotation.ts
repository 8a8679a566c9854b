/**
 * Begins a new log file when one has grown to its size, and tidies the old ones, by lumberjack's rules and names, which etcd's users know:
 * `etcd-2026-11-23T22-45-01.123.log` beside `etcd.log`, then `.gz`. One for the process, in main; the threads open the new file when they are told.
 * The size is looked at every second, so that a file may be larger by what is written in one.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RotationSettings } from '../base/log-settings.ts';

export interface RotationPorts {
	/** All threads open the file by its name again. */
	reopen(): void;
	now(): Date;
	/** What could not be done: the next look tries again. */
	failed(error: unknown): void;
}

const LOOK_MILLISECONDS = 1_000;
/** For a busy thread to let go of the renamed file: what it writes to it after it was compressed would be lost. */
const SETTLE_MILLISECONDS = 10_000;
const DAY_MILLISECONDS = 24 * 3_600_000;
const MEGABYTE = 2 ** 20;
const STAMP = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)\.(\d{3})$/;

export class LogRotation {
	readonly #file: string;
	readonly #settings: RotationSettings;
	readonly #ports: RotationPorts;
	#timer: NodeJS.Timeout | null = null;
	#isLooking = false;

	constructor(file: string, settings: RotationSettings, ports: RotationPorts) {
		this.#file = file;
		this.#settings = settings;
		this.#ports = ports;
	}

	start(): void {
		this.#timer = setInterval(() => void this.#lookOnce(), LOOK_MILLISECONDS).unref();
	}

	stop(): void {
		clearInterval(this.#timer ?? undefined);
	}

	/** Renames the file if it is large enough, then sees to the old ones. */
	async look(): Promise<void> {
		const { size } = await stat(this.#file);
		if (size >= this.#settings.megabytesMax * MEGABYTE) {
			await rename(this.#file, path.join(path.dirname(this.#file), `${this.#prefix}${stampOf(this.#ports.now(), this.#settings)}${this.#extension}`));
			this.#ports.reopen();
		}
		await this.#tidy();
	}

	/** One look at a time: compressing takes longer than a second. */
	async #lookOnce(): Promise<void> {
		if (this.#isLooking) {
			return;
		}
		this.#isLooking = true;
		try {
			await this.look();
		} catch (error) {
			this.#ports.failed(error);
		} finally {
			this.#isLooking = false;
		}
	}

	async #tidy(): Promise<void> {
		const { backupsMax, daysMax, compresses } = this.#settings;
		const now = this.#ports.now().getTime();
		const backups = await this.#backups();
		for (const [i, { name, at }] of backups.entries()) {
			const old = path.join(path.dirname(this.#file), name);
			if ((backupsMax > 0 && i >= backupsMax) || (daysMax > 0 && now - at > daysMax * DAY_MILLISECONDS)) {
				await rm(old, { force: true });
			} else if (compresses && !name.endsWith('.gz') && now - at > SETTLE_MILLISECONDS) {
				await compress(old);
			}
		}
	}

	/** Newest first. */
	async #backups(): Promise<readonly { readonly name: string; readonly at: number }[]> {
		const found = [];
		for (const name of await readdir(path.dirname(this.#file))) {
			const at = this.#timeIn(name);
			if (at !== null) {
				found.push({ name, at });
			}
		}
		return found.sort((a, b) => b.at - a.at);
	}

	/** null: no old file of ours. */
	#timeIn(name: string): number | null {
		const plain = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name;
		if (!plain.startsWith(this.#prefix) || !plain.endsWith(this.#extension)) {
			return null;
		}
		const match = STAMP.exec(plain.slice(this.#prefix.length, plain.length - this.#extension.length));
		if (match === null) {
			return null;
		}
		const [, day, hours, minutes, seconds, milliseconds] = match;
		return Date.parse(`${day}T${hours}:${minutes}:${seconds}.${milliseconds}${this.#settings.isLocalTime ? '' : 'Z'}`);
	}

	get #extension(): string {
		return path.extname(this.#file);
	}

	get #prefix(): string {
		return `${path.basename(this.#file, this.#extension)}-`;
	}
}

function stampOf(now: Date, { isLocalTime }: RotationSettings): string {
	const shown = isLocalTime ? new Date(now.getTime() - now.getTimezoneOffset() * 60_000) : now;
	return shown.toISOString().replace('Z', '').replaceAll(':', '-');
}

/** Under another name first, so that half a file is never taken for one. */
async function compress(file: string): Promise<void> {
	const temporary = `${file}.gz.tmp`;
	await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary, { mode: 0o600 }));
	await rename(temporary, `${file}.gz`);
	await rm(file, { force: true });
}
