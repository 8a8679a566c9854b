/**
 * Open dashboards, without browsers: those are on other machines, so what reads for them here is one process in the scheduler's idle class, and nothing
 * is written to the disk that the members flush to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { trackChild } from './cleanup.ts';

const PROGRAM = fileURLToPath(new URL('./page-reader.ts', import.meta.url));

export class PageReaders {
	readonly #child: ChildProcess;

	/** One stream an address. */
	constructor(urls: readonly string[]) {
		const command = [process.execPath, '--import', import.meta.resolve('tsx'), PROGRAM, ...urls];
		this.#child = spawn('chrt', ['--idle', '0', ...command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
		trackChild(this.#child);
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
