/** Reads a page of metrics in the text format of Prometheus, strictly enough to notice what is spelled wrong. */
import assert from 'node:assert/strict';

export interface Family {
	readonly type: string;
	readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?/g;
const PARTS = /_(?:bucket|sum|count)$/;

export function readMetrics(page: string): ReadonlyMap<string, Family> {
	const families = new Map<string, { type: string; samples: Family['samples'][number][] }>();
	for (const line of page.split('\n')) {
		const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
		if (typed !== undefined && type !== undefined) {
			assert.ok(!families.has(typed), `${typed} is told twice`);
			families.set(typed, { type, samples: [] });
		} else if (line !== '' && !line.startsWith('#')) {
			const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? assert.fail(`not a sample: ${line}`);
			const family = families.get(name) ?? families.get(name.replace(PARTS, '')) ?? assert.fail(`a sample without a type: ${line}`);
			family.samples.push({ name, labels: Object.fromEntries([...labels.matchAll(LABEL)].map((each) => [each[1], each[2]])), value: Number(value) });
		}
	}
	return families;
}

export async function fetchMetrics(clientUrl: string): Promise<ReadonlyMap<string, Family>> {
	const response = await fetch(`${clientUrl}/metrics`);
	assert.equal(response.status, 200);
	return readMetrics(await response.text());
}

/** Of the only sample with these labels. */
export function figure(families: ReadonlyMap<string, Family>, name: string, labels: Readonly<Record<string, string>> = {}): number {
	const family = families.get(name.replace(PARTS, '')) ?? families.get(name);
	const found = family?.samples.filter(
		(sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
	);
	assert.equal(found?.length, 1, `samples of ${name} ${JSON.stringify(labels)}`);
	return found?.[0]?.value ?? Number.NaN;
}
