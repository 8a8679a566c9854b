/**
 * GET /health (reference/etcd-surface.md 6.1): alarms, then the leader, then a read through the same path that clients take.
 * There are no alarms yet, so that `exclude` has nothing to exclude.
 */
import { NOBODY } from '../../base/brand.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import { allowOnly, type HttpRoute, parametersOf, sendJson } from './router.ts';

export function healthRoute(lane: Lane): HttpRoute {
	return {
		path: '/health',
		handle: (request, response) => {
			if (!allowOnly('GET', request, response)) {
				return;
			}
			const answer = (reason: string): void => {
				const isHealthy = reason === '';
				sendJson(response, isHealthy ? 200 : 503, JSON.stringify({ health: String(isHealthy), reason }));
			};
			if (parametersOf(request.url ?? '/').get('serializable') === 'true') {
				answer('');
			} else if (lane.leaderView.leader === NOBODY) {
				answer('RAFT NO LEADER');
			} else {
				lane.awaitLinearizable((code) => answer(code === 0 ? '' : `RANGE ERROR:${codeRow(code)?.text ?? CODES.timeout.text}`));
			}
		},
	};
}
