/**
 * Runs the load generator at a constant rate (bench/client/open.go): latencies count from the time at which each request was meant to be sent, and
 * requests that were not answered well stay in the sum. Used by bench/latency.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BINARY } from './client.ts';
import type { Mode } from './options.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 256 * 2 ** 20;
/** A sending thread and the readers of answers. */
const GO_THREADS = 2;

export interface OpenLoadOptions {
	readonly endpoints: readonly string[];
	readonly mode: Mode;
	/** Requests a second. */
	readonly rate: number;
	readonly seconds: number;
	readonly warmupSeconds: number;
	/** How long answers are awaited after the last request. */
	readonly drainSeconds: number;
	readonly connections: number;
	readonly outstandingMax: number;
	readonly keys: number;
	readonly valueBytes: number;
	readonly seed: number;
	/** Whether every single request is told, for a time line. */
	readonly hasSamples: boolean;
}

/** One line of bench/client/open_result.go. Times in microseconds. */
export interface OpenResult {
	readonly mode: string;
	readonly rate: number;
	readonly seconds: number;
	readonly intended: number;
	readonly ops: number;
	/** Good answers that came in the measured time: what throughput is. */
	readonly completed: number;
	readonly errors: number;
	readonly errorTexts: Readonly<Record<string, number>>;
	/** Latency, count, latency, count, ...; null: nothing was answered well. */
	readonly latencies: readonly number[] | null;
	readonly lateP99: number;
	readonly lateMax: number;
	readonly cpuSeconds: number;
	readonly beganMicros: number;
	readonly samples?: readonly Sample[];
}

/** Intended time since the measured part began, latency, 1 for a good answer or 0. */
export type Sample = readonly [intended: number, latency: number, good: number];

export async function runOpenClient(options: OpenLoadOptions): Promise<OpenResult> {
	const { endpoints, mode, rate, connections, outstandingMax, keys, valueBytes, seed } = options;
	const flags: Readonly<Record<string, string | number | boolean>> = {
		endpoints: endpoints.join(','),
		mode,
		rate,
		conns: connections,
		clients: outstandingMax,
		keys,
		'value-size': valueBytes,
		seed,
		warmup: `${options.warmupSeconds}s`,
		duration: `${options.seconds}s`,
		drain: `${options.drainSeconds}s`,
		samples: options.hasSamples,
		procs: GO_THREADS,
	};
	const args = Object.entries(flags).map(([name, value]) => `-${name}=${value}`);
	const { stdout } = await run(BINARY, args, { maxBuffer: OUTPUT_BYTES_MAX });
	return JSON.parse(stdout) as OpenResult;
}
