/** Builds and runs the load generator (bench/client, in Go). Used by bench/run.ts. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { BenchOptions, Mode } from './options.ts';

export const BINARY = resolve('.prove/bench-client');
const run = promisify(execFile);

/** One line of bench/client/result.go. Latencies in microseconds. */
export interface ClientResult {
	readonly mode: string;
	readonly clients: number;
	readonly connections: number;
	readonly seconds: number;
	readonly ops: number;
	/** Requests before and after the measured time too. */
	readonly answered: number;
	readonly errors: number;
	readonly errorTexts: Readonly<Record<string, number>>;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly max: number;
	readonly cpuSeconds: number;
}

export function buildClient(): void {
	mkdirSync('.prove', { recursive: true });
	try {
		execFileSync('go', ['build', '-o', BINARY, '.'], { cwd: 'bench/client', stdio: ['ignore', 'inherit', 'inherit'] });
	} catch (cause) {
		throw new Error('the load generator could not be built; it needs Go 1.23 or newer: https://go.dev/dl', { cause });
	}
}

export interface Load {
	readonly endpoints: readonly string[];
	readonly mode: Mode | 'preload';
	readonly clients: number;
	/** Of a user, where the server has access control. */
	readonly token?: string;
	readonly options: Pick<BenchOptions, 'connections' | 'keys' | 'valueBytes' | 'seed' | 'warmupSeconds' | 'seconds'>;
}

export async function runClient({ endpoints, mode, clients, token, options }: Load): Promise<ClientResult> {
	const flags: Readonly<Record<string, string | number>> = {
		endpoints: endpoints.join(','),
		mode,
		clients,
		conns: Math.min(options.connections, clients),
		keys: options.keys,
		'value-size': options.valueBytes,
		seed: options.seed,
		warmup: `${options.warmupSeconds}s`,
		duration: `${options.seconds}s`,
		...(token === undefined ? {} : { token }),
	};
	const args = Object.entries(flags).map(([name, value]) => `-${name}=${value}`);
	const { stdout } = await run(BINARY, args, { maxBuffer: 2 ** 20 });
	return JSON.parse(stdout) as ClientResult;
}
