/**
 * GET /dashboard/events: one stream of server-sent events a page, the state of the cluster once a second (cluster-states.ts); with ?tail=, a prefix
 * in base64, also `tail` events: what changes below it (key-tail.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthTables } from '../../auth/auth-table.ts';
import { checkRange } from '../../auth/check.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import type { ClusterState } from '../../ports/dashboard-state.ts';
import type { TailBatch } from '../../ports/key-tail.ts';
import type { Lane } from '../../ports/lane.ts';
import { allowOnly, type HttpRoute, parametersOf, sendText } from '../http/router.ts';
import type { ClusterStates } from './cluster-states.ts';
import { rangeOfPrefix } from './key-reading.ts';
import { KeyTail } from './key-tail.ts';

/** Pages that are open at a time, on one lane. */
const PAGES_MAX = 100;
/** A page that takes so little is skipped, not waited for. */
const UNSENT_MAX = 2 ** 20;

export interface EventStreams {
	readonly route: HttpRoute;
	/** The member stops: pages connect again by themselves. */
	close(): void;
}

export function eventStreams(states: ClusterStates, lane: Lane): EventStreams {
	const tables = new AuthTables();
	const pages = new Set<ServerResponse>();
	let spelled: { readonly state: ClusterState; readonly event: Buffer } | null = null;
	// Once for all pages.
	const eventOf = (state: ClusterState): Buffer => {
		if (spelled?.state !== state) {
			spelled = { state, event: Buffer.from(`data: ${JSON.stringify(state)}\n\n`) };
		}
		return spelled.event;
	};
	const openTail = (prefix: string, response: ServerResponse, who: Identity): KeyTail => {
		const range = rangeOfPrefix(new Uint8Array(Buffer.from(prefix, 'base64')));
		const judge = (): number => lane.reader.read((view) => checkRange(tables.of(view), who, range));
		const sendTail = (batch: TailBatch): boolean => send(response, Buffer.from(`event: tail\ndata: ${JSON.stringify(batch)}\n\n`));
		return new KeyTail(range, { lane, judge, send: sendTail, again: () => response.end() });
	};
	const handle = (request: IncomingMessage, response: ServerResponse, who: Identity = ANONYMOUS): void => {
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
		const unsubscribe = states.subscribe((state) => void send(response, eventOf(state)));
		const prefix = parametersOf(request.url ?? '/').get('tail');
		const tail = prefix === null ? null : openTail(prefix, response, who);
		response.once('close', () => {
			pages.delete(response);
			unsubscribe();
			tail?.close();
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

/** False: it was not sent. */
function send(response: ServerResponse, event: Buffer): boolean {
	const hasRoom = response.writableLength < UNSENT_MAX;
	if (hasRoom && !response.writableEnded) {
		response.write(event);
	}
	return hasRoom;
}
