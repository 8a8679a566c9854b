/**
 * GET /metrics in the text format of Prometheus: what is known of the process alone, under the names that etcd's clients read
 * (reference/etcd-surface.md 6.3); `etcdctl check datascale` asks for its memory. Not yet the metrics of etcd and of quorate itself.
 */
import { allowOnly, type HttpRoute } from './router.ts';

interface Metric {
	readonly name: string;
	readonly type: 'gauge' | 'counter';
	readonly help: string;
	read(): number;
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const MICROSECONDS_A_SECOND = 1_000_000;

/** As Prometheus' client of Go describes them. Pages of the database that are mapped count as resident. */
const METRICS: readonly Metric[] = [
	{
		name: 'process_cpu_seconds_total',
		type: 'counter',
		help: 'Total user and system CPU time spent in seconds.',
		read: () => {
			const { user, system } = process.cpuUsage();
			return (user + system) / MICROSECONDS_A_SECOND;
		},
	},
	{
		name: 'process_resident_memory_bytes',
		type: 'gauge',
		help: 'Resident memory size in bytes.',
		read: () => process.memoryUsage.rss(),
	},
];

export const metricsRoute: HttpRoute = {
	path: '/metrics',
	handle: (request, response) => {
		if (allowOnly('GET', request, response)) {
			const body = METRICS.map(({ name, type, help, read }) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${read()}\n`).join('');
			response.writeHead(200, { 'Content-Type': CONTENT_TYPE, 'Content-Length': Buffer.byteLength(body) }).end(body);
		}
	},
};
