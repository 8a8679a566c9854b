/**
 * What a thread tells when its metrics are asked for: plain data, in the shape in which prom-client merges and writes them
 * (runtime/metrics-page.ts). Names and labels are etcd's (reference/etcd-surface.md 6.3), or begin with quorate_.
 */
import type { Histogram } from './histogram.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
	readonly labels: Labels;
	readonly value: number;
	/** Of a histogram's parts. */
	readonly metricName?: string;
}

export interface Metric {
	readonly name: string;
	readonly help: string;
	readonly type: 'counter' | 'gauge' | 'histogram';
	/** What becomes of the same name and labels on several threads. */
	readonly aggregator: 'sum' | 'max';
	readonly values: readonly Sample[];
	/** Samples beside these that are zero: their lines as they stand on the page, spelled once since there are a thousand of them. null: as this thread has told before. */
	readonly zeros?: string | null;
}

const NO_LABELS: Labels = {};
/** From a million on, Go writes an exponent. */
const GO_EXPONENT_MIN = 6;

export function counter(name: string, help: string, values: number | readonly Sample[]): Metric {
	return { name, help, type: 'counter', aggregator: 'sum', values: samplesOf(values) };
}

/** Several threads' are added up, unless they speak of the same thing. */
export function gauge(name: string, help: string, values: number | readonly Sample[], aggregator: Metric['aggregator'] = 'sum'): Metric {
	return { name, help, type: 'gauge', aggregator, values: samplesOf(values) };
}

export function histogram(name: string, help: string, values: Histogram | readonly (readonly [Labels, Histogram])[]): Metric {
	const all = 'bounds' in values ? [[NO_LABELS, values] as const] : values;
	return { name, help, type: 'histogram', aggregator: 'sum', values: all.flatMap(([labels, each]) => partsOf(name, labels, each)) };
}

/** As Go spells it: the label has to be the same, for boards that name a bucket. */
function goNumber(value: number): string {
	const [digits, exponent = ''] = value.toExponential().split('e');
	return Number(exponent) < GO_EXPONENT_MIN ? String(value) : `${digits}e+${exponent.slice(1).padStart(2, '0')}`;
}

function samplesOf(values: number | readonly Sample[]): readonly Sample[] {
	return typeof values === 'number' ? [{ labels: NO_LABELS, value: values }] : values;
}

function partsOf(name: string, labels: Labels, { bounds, counts, sum }: Histogram): readonly Sample[] {
	const samples: Sample[] = [];
	let below = 0;
	for (const [i, count] of counts.entries()) {
		below += count;
		const bound = bounds[i];
		samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: bound === undefined ? '+Inf' : goNumber(bound) }, value: below });
	}
	samples.push({ metricName: `${name}_sum`, labels, value: sum });
	samples.push({ metricName: `${name}_count`, labels, value: below });
	return samples;
}
