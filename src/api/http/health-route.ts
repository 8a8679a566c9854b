/**
 * GET /health, /livez and /readyz, as etcd spells questions and answers (reference/etcd-surface.md 6.1). What is asked is health-checks.ts's business.
 */
import { type HealthChecks, PROBES, type ProbeName } from './health-checks.ts';
import { allowOnly, type HttpRoute, parametersOf, sendJson, sendText } from './router.ts';

const UNAVAILABLE = 503;

/** On the client port, and on that of metrics. */
export function healthRoutes(checks: HealthChecks): readonly HttpRoute[] {
	const probes = (Object.keys(PROBES) as ProbeName[]).flatMap((probe) => [
		probeRoute(checks, probe, null),
		...PROBES[probe].map((name) => probeRoute(checks, probe, name)),
	]);
	return [healthRoute(checks), ...probes];
}

function healthRoute(checks: HealthChecks): HttpRoute {
	return {
		path: '/health',
		handle: (request, response) => {
			if (!allowOnly('GET', request, response)) {
				return;
			}
			const parameters = parametersOf(request.url ?? '/');
			const question = { serializable: parameters.get('serializable') === 'true', excluded: new Set(parameters.getAll('exclude')) };
			checks.ask(question, (reason) => {
				sendJson(response, reason === '' ? 200 : UNAVAILABLE, JSON.stringify({ health: String(reason === ''), reason }));
			});
		},
	};
}

/** only: one check, which has a path of its own; null: all but those that the caller leaves out. */
function probeRoute(checks: HealthChecks, probe: ProbeName, only: string | null): HttpRoute {
	return {
		path: only === null ? `/${probe}` : `/${probe}/${only}`,
		handle: (request, response) => {
			if (!allowOnly('GET', request, response)) {
				return;
			}
			const parameters = parametersOf(request.url ?? '/');
			const excluded = new Set(only === null ? parameters.getAll('exclude') : []);
			const names = only === null ? PROBES[probe].filter((name) => !excluded.has(name)) : [only];
			checks.probe(probe, names, (results) => {
				const lines = results.map(({ name, failure }) => (failure === null ? `[+]${name} ok\n` : `[-]${name} failed: ${failure}\n`)).join('');
				if (results.some(({ failure }) => failure !== null)) {
					// With the empty line that Go's http.Error puts behind.
					sendText(response, UNAVAILABLE, `${lines}\n`);
				} else {
					sendText(response, 200, `${parameters.has('verbose') ? lines : ''}ok\n`);
				}
			});
		},
	};
}
