/**
 * Writes the audit log: a line of JSON for each entry, added to a file that only its owner reads, or to standard error. Never in the way of a request: what a
 * slow disk has not taken waits, up to a bound, and beyond it entries are only counted, with a line that says how many. Opened by workers/api.worker.ts.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Audit, AuditEntry } from '../api/access/audit.ts';
import { FatalError } from '../base/fatal.ts';
import type { Logger } from '../ports/logger.ts';

const OWNER_ONLY = 0o600;
const WAITING_MAX = 16_384;
const LINES_AT_A_TIME = 1_024;
const STANDARD_ERROR = 'stderr';

/** Takes text whole. */
export interface AuditTarget {
	write(text: string): Promise<void>;
	close(): Promise<void>;
}

export class AuditLog implements Audit {
	readonly #target: AuditTarget;
	readonly #logger: Logger;
	#waiting: string[] = [];
	#dropped = 0;
	/** Settles when all that waited is written. */
	#writing: Promise<void> | null = null;

	/** Throws FatalError if the file cannot be opened. */
	static async open(path: string, logger: Logger): Promise<AuditLog> {
		if (path === STANDARD_ERROR) {
			return new AuditLog({ write: writeToStandardError, close: async () => {} }, logger);
		}
		try {
			return new AuditLog(fileTarget(await open(path, 'a', OWNER_ONLY)), logger);
		} catch (error) {
			throw new FatalError('bad_config', `--audit-log: ${path} cannot be opened: ${textOf(error)}`, { cause: error });
		}
	}

	constructor(target: AuditTarget, logger: Logger) {
		this.#target = target;
		this.#logger = logger;
	}

	note(entry: AuditEntry): void {
		if (this.#waiting.length >= WAITING_MAX) {
			this.#dropped += 1;
			return;
		}
		this.#waiting.push(`${JSON.stringify({ ts: new Date().toISOString(), ...entry })}\n`);
		this.#writing ??= this.#write();
	}

	async close(): Promise<void> {
		await this.#writing;
		await this.#target.close();
	}

	async #write(): Promise<void> {
		while (this.#waiting.length > 0) {
			const lines = this.#waiting.splice(0, LINES_AT_A_TIME);
			if (this.#dropped > 0) {
				lines.push(`${JSON.stringify({ ts: new Date().toISOString(), lost: this.#dropped })}\n`);
				this.#dropped = 0;
			}
			try {
				await this.#target.write(lines.join(''));
			} catch (error) {
				this.#dropped += lines.length;
				this.#logger.log('error', 'the audit log could not be written', { error: textOf(error), lines: lines.length });
			}
		}
		this.#writing = null;
	}
}

function fileTarget(file: FileHandle): AuditTarget {
	return { write: (text) => file.appendFile(text), close: () => file.close() };
}

function writeToStandardError(text: string): Promise<void> {
	return new Promise((resolve) => {
		process.stderr.write(text, () => resolve());
	});
}

function textOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
