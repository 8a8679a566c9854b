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
const MILLISECONDS_A_SECOND = 1_000;

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

/** A certificate of this member's: which port it is shown on, and until when. */
export interface CertificateExpiry {
	readonly endpoint: 'client' | 'peer';
	/** Unix milliseconds. */
	readonly notAfter: number;
}

const EXPIRY = 'quorate_certificate_expiry_timestamp_seconds';

export function metricsRoute(certificates: () => readonly CertificateExpiry[]): HttpRoute {
	return {
		path: '/metrics',
		handle: (request, response) => {
			if (allowOnly('GET', request, response)) {
				const rows = METRICS.map(({ name, type, help, read }) => `${headOf(name, type, help)}${name} ${read()}\n`);
				const body = rows.join('') + expiryText(certificates());
				response.writeHead(200, { 'Content-Type': CONTENT_TYPE, 'Content-Length': Buffer.byteLength(body) }).end(body);
			}
		},
	};
}

function expiryText(certificates: readonly CertificateExpiry[]): string {
	const rows = certificates.map(({ endpoint, notAfter }) => `${EXPIRY}{endpoint="${endpoint}"} ${Math.floor(notAfter / MILLISECONDS_A_SECOND)}\n`);
	return rows.length === 0 ? '' : headOf(EXPIRY, 'gauge', "When this member's certificates expire, in Unix seconds.") + rows.join('');
}

function headOf(name: string, type: string, help: string): string {
	return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}
