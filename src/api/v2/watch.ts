/**
 * GET /v2/keys/...?wait=true: the headers leave at once, with the index at which the watch began; the body is an event, or with stream=true
 * all of them, one a line (reference/etcd-surface.md 1.3, 1.7). A browser that asks for text/event-stream gets its events as
 * event-stream.ts prints them. Served by any member, from what its lane sees. Called by keys.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lane } from '../../ports/lane.ts';
import type { V2Watch, V2WatchEvent, V2WatchOpened } from '../../ports/v2-watches.ts';
import { noteAnswered } from './audit-trail.ts';
import { EventStream, readLastEventId, wantsEventStream } from './event-stream.ts';
import type { Parameters } from './parameters.ts';
import { PollAnswers } from './poll-answers.ts';
import { type KeyError, sendKeyError, sendRaftError } from './reply.ts';

/** A request to watch, its parameters checked. */
export interface WatchExchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly clusterId: string;
	/** Below /v2/keys, decoded: a byte string. */
	readonly path: string;
	readonly parameters: Pick<Parameters, 'recursive' | 'stream' | 'waitIndex'>;
}

/** Of this lane's thread. */
const pollAnswers = new PollAnswers();

/** What the events are written as. */
interface Body {
	/** False: no room for now. */
	write(event: V2WatchEvent): boolean;
	/** No event comes after this. */
	end(): void;
}

export function watchKeys(exchange: WatchExchange): void {
	const { request, parameters } = exchange;
	if (!parameters.stream || !wantsEventStream(request)) {
		open(exchange, { since: parameters.waitIndex, resumes: false }, (response) => plainBody(response, parameters.stream), 'application/json');
		return;
	}
	const last = readLastEventId(request);
	if (last === 'bad') {
		refuse(exchange, { error: 'index_not_a_number', cause: 'invalid value for "Last-Event-ID"' });
		return;
	}
	const since = last === null ? parameters.waitIndex : last + 1n;
	open(exchange, { since, resumes: true }, (response) => new EventStream(response), 'text/event-stream');
}

interface Start {
	readonly since: bigint;
	readonly resumes: boolean;
}

function open(exchange: WatchExchange, start: Start, makeBody: (response: ServerResponse) => Body, contentType: string): void {
	const { lane, response, parameters } = exchange;
	let body: Body | null = null;
	const path = Buffer.from(exchange.path.replace(/\/+$/, ''), 'latin1');
	const opened = lane.v2Watches.open(
		{ path, recursive: parameters.recursive, stream: parameters.stream, ...start },
		{
			event: (event) => body?.write(event) ?? true,
			// With the headers on their way, an end without an event is all that is left to say: etcd's clients take it for "ask again".
			ended: () => body?.end(),
		},
	);
	if (opened.kind !== 'open') {
		refuseToWatch(exchange, start, opened);
		return;
	}
	const { watch } = opened;
	sendHead(exchange, watch, contentType);
	body = makeBody(response);
	response.on('drain', () => watch.drained());
	response.once('close', () => watch.close());
}

function sendHead({ response, lane, clusterId }: WatchExchange, watch: V2Watch, contentType: string): void {
	noteAnswered(response, 200);
	response.writeHead(200, {
		'Content-Type': contentType,
		...(contentType === 'text/event-stream' ? { 'Cache-Control': 'no-store' } : null),
		'X-Etcd-Cluster-Id': clusterId,
		'X-Etcd-Index': String(watch.startIndex),
		'X-Raft-Index': String(lane.applied),
		'X-Raft-Term': String(lane.leaderView.term),
	});
	response.flushHeaders();
}

function plainBody(response: ServerResponse, isStream: boolean): Body {
	return {
		write: (event) => {
			if (isStream) {
				return response.write(event.json);
			}
			pollAnswers.answer(response, event);
			return true;
		},
		end: () => void response.end(),
	};
}

function refuseToWatch(exchange: WatchExchange, { since }: Start, refused: Exclude<V2WatchOpened, { kind: 'open' }>): void {
	if (refused.kind === 'cleared') {
		const cause = `the requested history has been cleared [${refused.oldest}/${since}]`;
		refuse(exchange, { error: 'event_index_cleared', cause, index: refused.index });
	} else {
		sendRaftError(exchange.response, exchange.clusterId, refused.code);
	}
}

function refuse({ response, clusterId }: WatchExchange, failure: KeyError): void {
	sendKeyError(response, clusterId, failure);
}
