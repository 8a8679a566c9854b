/** The disk that misbehaves (disk-faults.c), built with the C compiler and controlled while a process runs under it. Linux only. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDirectory } from './cleanup.ts';

export const CALLS = { flush: 1, write: 2, rename: 4 } as const;
export const ERRNO = { EIO: 5, ENOSPC: 28 } as const;

export interface Fault {
	readonly kind: 'delay' | 'refuse' | 'kill_before' | 'kill_after';
	readonly calls: readonly (keyof typeof CALLS)[];
	/** Of the paths that it concerns; default: all below the directory. */
	readonly part?: string;
	/** So many calls pass first. */
	readonly skip?: number;
	/** Milliseconds, or the errno. */
	readonly argument?: number;
}

const KINDS = { delay: 1, refuse: 2, kill_before: 3, kill_after: 4 } as const;
const CONTROL_BYTES = 256;
const AT = { mode: 0, calls: 4, argument: 8, skip: 12, hits: 16, part: 32 } as const;
const SOURCE = fileURLToPath(new URL('./disk-faults.c', import.meta.url));

let built: string | null = null;

function library(): string {
	if (built === null) {
		built = path.join(makeTempDirectory('disk-faults'), 'disk-faults.so');
		execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', built, SOURCE, '-ldl']);
	}
	return built;
}

export class DiskFaults {
	readonly #file: string;
	readonly #descriptor: number;
	/** For the process that is to run on such a disk. */
	readonly environment: Readonly<Record<string, string>>;

	/** Of the files below the directory. */
	constructor(directory: string) {
		this.#file = path.join(makeTempDirectory('disk-control'), 'control');
		this.#descriptor = openSync(this.#file, 'w+');
		writeSync(this.#descriptor, Buffer.alloc(CONTROL_BYTES));
		this.environment = { LD_PRELOAD: library(), FAULT_DIRECTORY: directory, FAULT_CONTROL: this.#file };
	}

	/** From the next call on. */
	begin(fault: Fault): void {
		this.end();
		const control = Buffer.alloc(CONTROL_BYTES);
		const calls = fault.calls.reduce((mask, call) => mask | CALLS[call], 0);
		control.writeUInt32LE(calls, AT.calls);
		control.writeUInt32LE(fault.argument ?? 0, AT.argument);
		control.writeUInt32LE(fault.skip ?? 0, AT.skip);
		control.write(fault.part ?? '', AT.part, 'latin1');
		writeSync(this.#descriptor, control, AT.calls, CONTROL_BYTES - AT.calls, AT.calls);
		// Last: what it needs is there.
		this.#put(AT.mode, KINDS[fault.kind]);
	}

	/** The disk is sound again. */
	end(): void {
		this.#put(AT.mode, 0);
	}

	/** Calls that it has met since it began. */
	get hits(): number {
		const bytes = Buffer.alloc(4);
		readSync(this.#descriptor, bytes, 0, 4, AT.hits);
		return bytes.readUInt32LE(0);
	}

	close(): void {
		if (existsSync(this.#file)) {
			this.end();
		}
		closeSync(this.#descriptor);
	}

	#put(at: number, value: number): void {
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32LE(value);
		writeSync(this.#descriptor, bytes, 0, 4, at);
	}
}
