/**
 * GET /dashboard/events: one stream of server-sent events a page, the state of the cluster once a second (cluster-states.ts); with ?tail=, a prefix
 * in base64, also `tail` events: what changes below it (key-tail.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthTables } from '../../auth/auth-table.ts';
import { checkRange } from '../../auth/check.ts';
import { checkRoot } from '../../auth/check-user.ts';
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { CODES } from '../../base/codes.ts';
import type { ClusterState, SlowLists } from '../../ports/dashboard-state.ts';
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
const NO_CALLS: SlowLists = { minute: [], hour: [] };

export interface EventStreams {
	readonly route: HttpRoute;
	/** The member stops: pages connect again by themselves. */
	close(): void;
}

export function eventStreams(states: ClusterStates, lane: Lane): EventStreams {
	const tables = new AuthTables();
	const pages = new Set<ServerResponse>();
	// Slow calls name keys and callers: while access control is on they are root's, as at /debug/slow.
	const whole = new SpelledOnce((state) => state);
	const withoutCalls = new SpelledOnce(hideCalls);
	const eventFor = (who: Identity, state: ClusterState): Buffer => {
		const code = lane.reader.read((view) => checkRoot(tables.of(view), who));
		return (code === CODES.ok.code ? whole : withoutCalls).eventOf(state);
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
		const unsubscribe = states.subscribe((state) => void send(response, eventFor(who, state)));
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

/** A state is spelled once for all pages that are shown the same of it. */
class SpelledOnce {
	readonly #shown: (state: ClusterState) => ClusterState;
	#last: { readonly state: ClusterState; readonly event: Buffer } | null = null;

	constructor(shown: (state: ClusterState) => ClusterState) {
		this.#shown = shown;
	}

	eventOf(state: ClusterState): Buffer {
		if (this.#last?.state !== state) {
			this.#last = { state, event: Buffer.from(`data: ${JSON.stringify(this.#shown(state))}\n\n`) };
		}
		return this.#last.event;
	}
}

function hideCalls(state: ClusterState): ClusterState {
	const members = state.members.map((row) => (row.state === null ? row : { ...row, state: { ...row.state, slow: NO_CALLS } }));
	return { ...state, members };
}

/** False: it was not sent. */
function send(response: ServerResponse, event: Buffer): boolean {
	const hasRoom = response.writableLength < UNSENT_MAX;
	if (hasRoom && !response.writableEnded) {
		response.write(event);
	}
	return hasRoom;
}
