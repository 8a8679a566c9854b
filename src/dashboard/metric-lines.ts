/** Reads lines of /metrics, and what two looks at a counter or a histogram say of the time between them. */

export interface MetricSample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

/** By the line's name with its labels. */
export type Samples = ReadonlyMap<string, MetricSample>;

export interface Look {
	/** performance.now() */
	readonly at: number;
	readonly samples: Samples;
}

const MILLISECONDS_A_SECOND = 1_000;
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:\\.|[^"\\])*)"/g;

export function readSamples(lines: readonly string[]): Samples {
	const samples = new Map<string, MetricSample>();
	for (const line of lines) {
		const parts = LINE.exec(line);
		if (parts !== null) {
			const [, name = '', labelText = '', value = ''] = parts;
			const labels = Object.fromEntries([...labelText.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]));
			samples.set(`${name}{${labelText}}`, { name, labels, value: Number(value) });
		}
	}
	return samples;
}

export function totalOf(samples: Samples, name: string): number {
	let sum = 0;
	for (const sample of samples.values()) {
		if (sample.name === name) {
			sum += sample.value;
		}
	}
	return sum;
}

/** What was counted between two looks, for the samples that `pick` takes, by what it names them. */
export function increases(from: Look, to: Look, pick: (sample: MetricSample) => string | null): ReadonlyMap<string, number> {
	const sums = new Map<string, number>();
	for (const [line, sample] of to.samples) {
		const name = pick(sample);
		if (name !== null) {
			const before = from.samples.get(line)?.value ?? 0;
			sums.set(name, (sums.get(name) ?? 0) + Math.max(0, sample.value - before));
		}
	}
	return sums;
}

/** As Prometheus' histogram_quantile does it; null: nothing was observed between the looks. */
export function quantileBetween(
	from: Look,
	to: Look,
	which: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
	share: number,
): number | null {
	const bucket = `${which.name}_bucket`;
	const wanted = Object.entries(which.labels ?? {});
	const below = increases(from, to, ({ name, labels }) =>
		name === bucket && wanted.every(([key, value]) => labels[key] === value) ? (labels['le'] ?? null) : null,
	);
	const rows = [...below].map(([bound, count]) => ({ bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count }));
	rows.sort((a, b) => a.bound - b.bound);
	const total = rows.at(-1)?.count ?? 0;
	if (total === 0) {
		return null;
	}
	let lo = 0;
	let countLo = 0;
	for (const { bound, count } of rows) {
		if (count >= total * share) {
			return Number.isFinite(bound) && count > countLo ? lo + ((bound - lo) * (total * share - countLo)) / (count - countLo) : lo;
		}
		lo = bound;
		countLo = count;
	}
	return lo;
}

/** The same in milliseconds, of all that the looks span. */
export function millisecondsOf(looks: readonly Look[], which: Parameters<typeof quantileBetween>[2], share: number): number | null {
	const [first, last] = [looks[0], looks.at(-1)];
	const seconds = first === undefined || last === undefined ? null : quantileBetween(first, last, which, share);
	return seconds === null ? null : seconds * MILLISECONDS_A_SECOND;
}
