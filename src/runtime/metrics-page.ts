/**
 * The page of metrics of one member: what its threads have counted, added up, and what main alone knows of the process. The only importer of
 * prom-client, which merges, spells and escapes; counting is done without it, by plain numbers where they arise (base/histogram.ts).
 */
import { readdir, readFile } from 'node:fs/promises';
import { AggregatorRegistry, collectDefaultMetrics, type Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { counter, gauge, type Metric } from '../base/metric.ts';
import { ETCD_API_VERSION, ETCD_CLUSTER_VERSION, QUORATE_VERSION } from '../base/version.ts';

export interface MetricsPageOptions {
	/** Hex. */
	readonly memberId: string;
	readonly quotaBytes: number;
}

type Merged = MetricObjectWithValues<MetricValue<string>>;

/** prom-client looks at the delays of the event loop by a timer of this interval. Main's loop carries nothing: no need to wake often for it. */
const LOOP_DELAY_MILLISECONDS = 1_000;
/** What is known of heaps and loops here is of main's thread alone, and would be taken for the member's. */
const OF_PROCESS = /^process_(?!heap)|^nodejs_version_info$/;
const DESCRIPTORS = '/proc/self/fd';
const LIMITS = '/proc/self/limits';

export class MetricsPage {
	readonly #options: MetricsPageOptions;
	readonly #process = new Registry();
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

	/** threads: a list of Metric as JSON from each. */
	async write(threads: readonly string[]): Promise<string> {
		const told = threads.map((text) => JSON.parse(text) as Metric[]);
		const own = [...this.#ofMember(), ...(await descriptors())];
		this.#pages += 1;
		const merged = merge([own, ...told]);
		return `${await merged.metrics()}\n${await this.#process.metrics()}`;
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

/** What one thread alone tells, as most of it is, is taken as it is: adding up is by labels, and costs more than all else. */
function merge(threads: readonly (readonly Metric[])[]): Pick<Registry, 'metrics'> {
	const byName = new Map<string, Metric[]>();
	for (const metric of threads.flat()) {
		const known = byName.get(metric.name);
		if (known === undefined) {
			byName.set(metric.name, [metric]);
		} else {
			known.push(metric);
		}
	}
	const shared = [...byName.values()].filter(({ length }) => length > 1).map((metrics) => metrics as unknown as Merged[]);
	const merged = AggregatorRegistry.aggregate(shared);
	for (const [metric, ...others] of byName.values()) {
		if (metric !== undefined && others.length === 0) {
			merged.registerMetric({ ...metric, get: async () => metric } as unknown as Gauge);
		}
	}
	return merged;
}

/** etcd's label has two places, and /version three. */
function clusterVersion(): string {
	return ETCD_CLUSTER_VERSION.split('.').slice(0, 2).join('.');
}

/** Under etcd's own names, beside process_open_fds and process_max_fds. Nothing where there is no /proc. */
async function descriptors(): Promise<readonly Metric[]> {
	try {
		const [open, limits] = await Promise.all([readdir(DESCRIPTORS), readFile(LIMITS, 'utf8')]);
		const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
		const used = gauge('os_fd_used', 'Open file descriptors.', open.length);
		return limit === undefined ? [used] : [used, gauge('os_fd_limit', 'File descriptors that the process may open.', Number(limit))];
	} catch {
		return [];
	}
}
