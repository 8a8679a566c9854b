/** GET /dashboard/events: one stream of server-sent events a page, the state of the cluster once a second (cluster-states.ts). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClusterState } from '../../ports/dashboard-state.ts';
import { allowOnly, type HttpRoute, sendText } from '../http/router.ts';
import type { ClusterStates } from './cluster-states.ts';

/** Pages that are open at a time, on one lane. */
const PAGES_MAX = 100;
/** A page that takes so little is skipped, not waited for. */
const UNSENT_MAX = 2 ** 20;

export interface EventStreams {
	readonly route: HttpRoute;
	/** The member stops: pages connect again by themselves. */
	close(): void;
}

export function eventStreams(states: ClusterStates): EventStreams {
	const pages = new Set<ServerResponse>();
	let spelled: { readonly state: ClusterState; readonly event: Buffer } | null = null;
	// Once for all pages.
	const eventOf = (state: ClusterState): Buffer => {
		if (spelled?.state !== state) {
			spelled = { state, event: Buffer.from(`data: ${JSON.stringify(state)}\n\n`) };
		}
		return spelled.event;
	};
	const handle = (request: IncomingMessage, response: ServerResponse): void => {
		if (!allowOnly('GET', request, response)) {
			return;
		}
		if (pages.size >= PAGES_MAX) {
			sendText(response, 503, `this member already serves ${PAGES_MAX} dashboards\n`);
			return;
		}
		pages.add(response);
		response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
		response.flushHeaders();
		const unsubscribe = states.subscribe((state) => send(response, eventOf(state)));
		response.once('close', () => {
			pages.delete(response);
			unsubscribe();
		});
	};
	const close = (): void => {
		states.close();
		for (const page of pages) {
			page.end();
		}
	};
	return { route: { path: '/dashboard/events', handle }, close };
}

function send(response: ServerResponse, event: Buffer): void {
	if (response.writableLength < UNSENT_MAX) {
		response.write(event);
	}
}
