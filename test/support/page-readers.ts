/**
 * Open dashboards, without browsers: those are on other machines, so what reads for them here is one idle process (idle-process.ts), and nothing is written
 * to the disk that the members flush to.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startIdle } from './idle-process.ts';

const PROGRAM = fileURLToPath(new URL('./page-reader.ts', import.meta.url));

export class PageReaders {
	readonly #child: ChildProcess;

	/** One stream an address. */
	constructor(urls: readonly string[]) {
		this.#child = startIdle(PROGRAM, urls);
	}

	/** Bytes that each has taken so far. */
	async bytes(): Promise<readonly number[]> {
		const heard = once(this.#child, 'message') as Promise<[readonly number[]]>;
		this.#child.send('bytes');
		return (await heard)[0];
	}

	end(): void {
		this.#child.kill('SIGKILL');
	}
}
