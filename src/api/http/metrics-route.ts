/**
 * GET /metrics in the text format of Prometheus (reference/etcd-surface.md 6.3). The page is the whole member's, whichever lane is asked, and is
 * written by main (runtime/metrics-page.ts).
 */
import { gauge, type Metric } from '../../base/metric.ts';
import type { MetricsScope } from '../../base/shown-metrics.ts';
import { allowOnly, type HttpRoute } from './router.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const MILLISECONDS_A_SECOND = 1_000;

/** scrape never rejects, and never settles once the member ends. */
export function metricsRoute(scrape: (scope: MetricsScope) => Promise<string>): HttpRoute {
	return {
		path: '/metrics',
		handle: (request, response) => {
			if (allowOnly('GET', request, response)) {
				void scrape('all').then((page) => {
					response.writeHead(200, { 'Content-Type': CONTENT_TYPE, 'Content-Length': Buffer.byteLength(page) }).end(page);
				});
			}
		},
	};
}

/** A certificate of this member's: which port it is shown on, and until when. */
export interface CertificateExpiry {
	readonly endpoint: 'client' | 'peer';
	/** Unix milliseconds. */
	readonly notAfter: number;
}

/** Every lane tells of the same files. */
export function expiryMetrics(certificates: readonly CertificateExpiry[]): readonly Metric[] {
	const values = certificates.map(({ endpoint, notAfter }) => ({ labels: { endpoint }, value: Math.floor(notAfter / MILLISECONDS_A_SECOND) }));
	const help = "When this member's certificates expire, in Unix seconds.";
	return values.length === 0 ? [] : [gauge('quorate_certificate_expiry_timestamp_seconds', help, values, 'max')];
}
