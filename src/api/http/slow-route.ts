/**
 * GET /debug/slow: the slowest unary calls of the last minute and hour, as JSON; not etcd's. They name keys and callers: whoever may see the dashboard
 * may see them, with auth on root alone. Of the lane that is asked: each of several has lists of its own.
 */
import type { SlowLists } from '../../ports/dashboard-state.ts';
import { allowOnly, type HttpRoute, sendJson } from './router.ts';

export function slowRoute(lane: number, lists: () => SlowLists): HttpRoute {
	return {
		path: '/debug/slow',
		handle: (request, response) => {
			if (allowOnly('GET', request, response)) {
				sendJson(response, 200, JSON.stringify({ lane, ...lists() }));
			}
		},
	};
}
