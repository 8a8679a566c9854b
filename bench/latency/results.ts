/** What the leader-latency bench keeps: the file in bench/results, and how a run's figures come from what the load generator said. Pure. */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Machine } from '../load/machine.ts';
import type { OpenResult, Sample } from '../load/open-client.ts';

/** One run at one rate. Latencies in microseconds, from the intended time, of good answers. */
export interface RateRun {
	readonly scenario: string;
	readonly mode: string;
	readonly system: string;
	readonly rate: number;
	/** Runs with the same number followed one another, system by system. -1: a step of a knee's search. */
	readonly run: number;
	readonly intended: number;
	readonly ops: number;
	readonly opsPerSecond: number;
	readonly errors: number;
	readonly errorTexts: Readonly<Record<string, number>>;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly p999: number;
	readonly max: number;
	/** The whole of it: HdrHistogram V2, compressed, base64. */
	readonly histogram: string;
	/** Of the generator's own sending. */
	readonly lateP99: number;
	/** CPU microseconds a request. */
	readonly serverCpu: number;
	readonly clientCpu: number;
	readonly anonymousMiB: number;
	/** Of one thread's time, by actor of the leader; empty for etcd. */
	readonly actors: Readonly<Record<string, number>>;
	/** Another one led after the run than before. */
	readonly hasLeaderChanged: boolean;
}

export interface Knee {
	readonly scenario: string;
	readonly mode: string;
	readonly system: string;
	readonly limitMs: number;
	readonly run: number;
	readonly rate: number;
}

export interface FailOver {
	readonly scenario: string;
	readonly system: string;
	readonly kill: number;
	/** Milliseconds from the kill to the first good answer to a write that was meant to be sent after it; null: none came in time. */
	readonly firstWriteMs: number | null;
	readonly errors: number;
	readonly slices: readonly TimeSlice[];
}

/** Writes around a kill by when they were answered, and by when those that failed were to be sent. */
export interface TimeSlice {
	/** Milliseconds since the kill at which it begins. */
	readonly at: number;
	readonly answered: number;
	readonly failed: number;
}

export interface LatencyResults {
	readonly kind: 'leader-latency';
	readonly machine: Machine & { readonly filesystem: string };
	readonly options: unknown;
	/** Milliseconds that bytes were really held, one way, by scenario and system. */
	readonly heldMs: Readonly<Record<string, number>>;
	readonly runs: readonly RateRun[];
	readonly knees: readonly Knee[];
	readonly failOvers: readonly FailOver[];
}

/** Nearly all: a knee is where fewer are within the limit. Errors and requests without an answer are in the sum. */
export const HELD_SHARE = 0.99;
const DIGITS = 3;
const SLICE_MS = 20;

/** latencies: value, count, value, count, ... */
export function shareWithin({ latencies, intended }: Pick<OpenResult, 'latencies' | 'intended'>, limitMs: number): number {
	let within = 0;
	for (let i = 0; i + 1 < (latencies?.length ?? 0); i += 2) {
		within += (latencies?.[i] ?? 0) <= limitMs * 1_000 ? (latencies?.[i + 1] ?? 0) : 0;
	}
	return intended === 0 ? 0 : within / intended;
}

export function isHeld(result: Pick<OpenResult, 'latencies' | 'intended'>, limitMs: number): boolean {
	return shareWithin(result, limitMs) >= HELD_SHARE;
}

/** Percentiles and the whole distribution; all NaN where nothing was answered well. */
export function distributionOf(latencies: readonly number[] | null): Pick<RateRun, 'p50' | 'p90' | 'p99' | 'p999' | 'max' | 'histogram'> {
	const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 2, autoResize: true, numberOfSignificantValueDigits: DIGITS });
	for (let i = 0; i + 1 < (latencies?.length ?? 0); i += 2) {
		histogram.recordValueWithCount(latencies?.[i] ?? 0, latencies?.[i + 1] ?? 0);
	}
	const at = (percentile: number): number => (histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(percentile));
	return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100), histogram: encodeIntoCompressedBase64(histogram) };
}

/** killedAt: microseconds since the samples' zero. */
export function firstWriteMs(samples: readonly Sample[], killedAt: number): number | null {
	const after = samples.filter(([intended, , good]) => good === 1 && intended >= killedAt).map(([intended, latency]) => intended + latency);
	return after.length === 0 ? null : (after.reduce((a, b) => Math.min(a, b)) - killedAt) / 1_000;
}

export function sliced(samples: readonly Sample[], killedAt: number): readonly TimeSlice[] {
	const slices = new Map<number, { answered: number; failed: number }>();
	for (const [intended, latency, good] of samples) {
		const when = (good === 1 ? intended + latency : intended) - killedAt;
		const at = Math.floor(when / 1_000 / SLICE_MS) * SLICE_MS;
		const slice = slices.get(at) ?? { answered: 0, failed: 0 };
		slices.set(at, { answered: slice.answered + good, failed: slice.failed + 1 - good });
	}
	return [...slices].sort(([a], [b]) => a - b).map(([at, counts]) => ({ at, ...counts }));
}

/** In the order in which each key came first. */
export function grouped<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, readonly T[]> {
	const groups = new Map<K, T[]>();
	for (const value of values) {
		const key = keyOf(value);
		groups.set(key, [...(groups.get(key) ?? []), value]);
	}
	return groups;
}
