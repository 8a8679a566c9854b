/**
 * The page of metrics of one member: what its threads have counted, added up, and what main alone knows of the process. The only importer of
 * prom-client, which knows how to ask the process; the rest is counted without it, by plain numbers where they arise (base/histogram.ts), and
 * spelled here: with a thousand lines, a page each second is what an idle member does most.
 */
import { readFile } from 'node:fs/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { counter, gauge, type Metric } from '../base/metric.ts';
import { sampleName, spellHead, spellNumber } from '../base/metric-line.ts';
import { isShown } from '../base/shown-metrics.ts';
import { ETCD_API_VERSION, ETCD_CLUSTER_VERSION, QUORATE_VERSION } from '../base/version.ts';

export interface MetricsPageOptions {
	/** Hex. */
	readonly memberId: string;
	readonly quotaBytes: number;
}

/** prom-client looks at the delays of the event loop by a timer of this interval. Main's loop carries nothing: no need to wake often for it. */
const LOOP_DELAY_MILLISECONDS = 1_000;
/** What is known of heaps and loops here is of main's thread alone, and would be taken for the member's. */
const OF_PROCESS = /^process_(?!heap)|^nodejs_version_info$/;
const CPU_MEASURED = 'process_cpu_user_seconds_total';
const SHOWN_OF_PROCESS = ['process_cpu_seconds_total', 'process_resident_memory_bytes'];
const ZERO = ' 0';
const LIMITS = '/proc/self/limits';

export class MetricsPage {
	readonly #options: MetricsPageOptions;
	readonly #process = new Registry();
	/** By thread and metric, the lines of zero that it has told last. */
	readonly #zeros = new Map<string, string>();
	/** Read once: it does not change. */
	readonly #limit = descriptorLimit();
	#pages = 0;

	constructor(options: MetricsPageOptions) {
		this.#options = options;
		collectDefaultMetrics({ register: this.#process, eventLoopMonitoringPrecision: LOOP_DELAY_MILLISECONDS });
		for (const { name } of this.#process.getMetricsAsArray()) {
			if (!OF_PROCESS.test(name)) {
				this.#process.removeSingleMetric(name);
			}
		}
	}

	/** threads: a list of Metric as JSON from each, always in the same order. */
	async write(threads: readonly string[]): Promise<string> {
		const told = this.#read(threads);
		const ofProcess = await this.#process.metrics();
		const own = [...this.#ofMember(), ...descriptors(ofProcess, await this.#limit)];
		this.#pages += 1;
		return `${spell([own, ...told])}\n${ofProcess}`;
	}

	/** Only what dashboards show, without samples of zero: a fraction of the whole page's work. threads: as for write, of which others may be left out. */
	async writeShown(threads: readonly string[]): Promise<string> {
		const told = this.#read(threads).map((metrics) => metrics.filter(({ name }) => isShown(name)).map((metric) => ({ ...metric, zeros: '' })));
		const own = this.#ofMember().filter(({ name }) => isShown(name));
		// prom-client sets all three figures of the CPU when it is asked for this one.
		await this.#process.getSingleMetric(CPU_MEASURED)?.get();
		const ofProcess = await Promise.all(SHOWN_OF_PROCESS.map((name) => this.#process.getSingleMetricAsString(name)));
		return `${spell([own, ...told])}\n${ofProcess.join('\n')}\n`;
	}

	#read(threads: readonly string[]): readonly (readonly Metric[])[] {
		return threads.map((text, thread) => (JSON.parse(text) as Metric[]).map((metric) => this.#withZeros(metric, thread)));
	}

	#withZeros(metric: Metric, thread: number): Metric {
		if (metric.zeros === undefined) {
			return metric;
		}
		const key = `${thread} ${metric.name}`;
		const zeros = metric.zeros ?? this.#zeros.get(key) ?? '';
		this.#zeros.set(key, zeros);
		return { ...metric, zeros };
	}

	#ofMember(): readonly Metric[] {
		const { memberId, quotaBytes } = this.#options;
		const one = (labels: Readonly<Record<string, string>>) => [{ labels, value: 1 }];
		return [
			gauge('etcd_server_id', "1, with this member's id in hex as a label.", one({ server_id: memberId })),
			gauge('etcd_server_version', "1, with the version of etcd's API as a label.", one({ server_version: ETCD_API_VERSION })),
			gauge('etcd_cluster_version', "1, with the cluster's version of etcd's API as a label.", one({ cluster_version: clusterVersion() })),
			gauge('quorate_version', '1, with the version of quorate and of Node as labels.', one({ version: QUORATE_VERSION, node: process.version })),
			gauge('etcd_server_quota_backend_bytes', 'The quota of the store, in bytes.', quotaBytes),
			counter('promhttp_metric_handler_requests_total', 'Pages of metrics that were asked for before this one, by status.', [
				{ labels: { code: '200' }, value: this.#pages },
			]),
		];
	}
}

function spell(threads: readonly (readonly Metric[])[]): string {
	const byName = new Map<string, Metric[]>();
	for (const metric of threads.flat()) {
		const known = byName.get(metric.name);
		if (known === undefined) {
			byName.set(metric.name, [metric]);
		} else {
			known.push(metric);
		}
	}
	let page = '';
	for (const metrics of byName.values()) {
		page += metrics.length === 1 ? spellOne(metrics[0] as Metric) : spellShared(metrics);
	}
	return page;
}

/** What one thread alone tells, as most of it is, is taken as it is: adding up is by labels, and costs more than all else. */
function spellOne({ name, help, type, values, zeros }: Metric): string {
	let lines = spellHead(name, help, type);
	for (const { labels, value, metricName } of values) {
		lines += `${sampleName(metricName ?? name, labels)} ${spellNumber(value)}\n`;
	}
	return lines + (zeros ?? '');
}

function spellShared(metrics: readonly Metric[]): string {
	const { name, help, type, aggregator } = metrics[0] as Metric;
	const sums = new Map<string, number>();
	for (const { values } of metrics) {
		for (const { labels, value, metricName } of values) {
			const line = sampleName(metricName ?? name, labels);
			const known = sums.get(line);
			sums.set(line, known === undefined ? value : aggregator === 'max' ? Math.max(known, value) : known + value);
		}
	}
	for (const zero of metrics.flatMap(({ zeros }) => zeros?.split('\n') ?? [])) {
		const line = zero.slice(0, -ZERO.length);
		if (line !== '' && !sums.has(line)) {
			sums.set(line, 0);
		}
	}
	let lines = spellHead(name, help, type);
	for (const [line, value] of sums) {
		lines += `${line} ${spellNumber(value)}\n`;
	}
	return lines;
}

/** etcd's label has two places, and /version three. */
function clusterVersion(): string {
	return ETCD_CLUSTER_VERSION.split('.').slice(0, 2).join('.');
}

/** Under etcd's own names, beside process_open_fds and process_max_fds. Nothing where there is no /proc. */
function descriptors(ofProcess: string, limit: number | null): readonly Metric[] {
	const open = /^process_open_fds (\d+)/m.exec(ofProcess)?.[1];
	return [
		...(open === undefined ? [] : [gauge('os_fd_used', 'Open file descriptors.', Number(open))]),
		...(limit === null ? [] : [gauge('os_fd_limit', 'File descriptors that the process may open.', limit)]),
	];
}

async function descriptorLimit(): Promise<number | null> {
	try {
		const limit = /^Max open files +(\d+)/m.exec(await readFile(LIMITS, 'utf8'))?.[1];
		return limit === undefined ? null : Number(limit);
	} catch {
		return null;
	}
}
