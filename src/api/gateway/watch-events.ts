/**
 * Beyond etcd: a watch as server-sent events (HTML standard, 9.2), for a browser's EventSource (GET, the fields of create_request as parameters) or any script line by
 * line (POST). One watcher a stream; the id of an event is the revision up to which all is told, so that who has lost the connection says in Last-Event-ID what he
 * has seen, and goes on behind it. Called by gateway-route.ts.
 */
import type { ServerResponse } from 'node:http';
import { GRPC } from '../../base/codes.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { longFromBigint } from '../../rpc/long-id.ts';
import { parametersOf } from '../http/router.ts';
import { readLastEventId } from '../v2/event-stream.ts';
import type { Exchange } from './exchange.ts';
import { type Failure, failureBody, httpStatusOf } from './failures.ts';
import { messageFromJson } from './from-json.ts';
import type { GatewayCall } from './gateway-call.ts';
import { type Sink, sendFailure } from './sinks.ts';

const HEARTBEAT_MILLISECONDS = 15_000;
const HEARTBEAT = ': heartbeat\n\n';
const TEXTS: ReadonlySet<string> = new Set(['key', 'range_end', 'start_revision']);
const BOOLEANS: ReadonlySet<string> = new Set(['prev_kv', 'progress_notify']);

/** What a GET asks for, as the body of a POST would say it; null: there is a parameter of another name. */
export function watchOfParameters(url: string): string | null {
	const create: Record<string, string | boolean | string[]> = {};
	for (const [name, value] of parametersOf(url)) {
		if (name === 'filters') {
			create[name] = value.split(',');
		} else if (TEXTS.has(name)) {
			create[name] = value;
		} else if (BOOLEANS.has(name)) {
			create[name] = value === 'true';
		} else if (name !== 'encoding') {
			return null;
		}
	}
	return JSON.stringify({ create_request: create });
}

/** currentRevision: what this lane can read. */
export function openWatchEvents(exchange: Exchange, json: string, makeCall: (sink: Sink) => GatewayCall, currentRevision: () => number): void {
	const { request, response, method, handler, encoding } = exchange;
	const last = readLastEventId(request);
	const refuse = (message: string): void => sendFailure(response, 400, { status: GRPC.invalidArgument, message });
	const asked = messageFromJson(method.request, json, encoding);
	if (asked.kind === 'mistake' || last === 'bad') {
		refuse(asked.kind === 'mistake' ? asked.text : 'the Last-Event-ID is not a revision');
		return;
	}
	const message = etcdserverpb.WatchRequest.decode(asked.bytes);
	const create = message.create_request;
	if (create === null || create === undefined) {
		refuse('a stream of events begins with a create_request');
		return;
	}
	const asksFrom = BigInt(create.start_revision?.toString() ?? '0');
	// Said out loud, so that who is cut off before the first event has a revision to go on from.
	const start = last !== null ? last + 1n : asksFrom > 0n ? asksFrom : BigInt(currentRevision()) + 1n;
	create.start_revision = longFromBigint(start);
	const call = makeCall(new EventsSink(response, start - 1n));
	call.begin(handler);
	call.hand(etcdserverpb.WatchRequest.encode(message).finish());
}

export class EventsSink implements Sink {
	readonly #response: ServerResponse;
	readonly #before: bigint;

	/** before: the revision before the first one that is watched. */
	constructor(response: ServerResponse, before: bigint) {
		this.#response = response;
		this.#before = before;
	}

	message(json: string, bytes: Uint8Array): boolean {
		const watched = etcdserverpb.WatchResponse.decode(bytes);
		const id = seenUpTo(watched, this.#before);
		if (!this.#response.headersSent) {
			this.#begin();
		}
		const hasRoom = this.#response.write(`${id === null ? '' : `id: ${id}\n`}data: ${json}\n\n`);
		if (watched.canceled) {
			this.#response.end();
		}
		return hasRoom;
	}

	end(failure: Failure): void {
		if (this.#response.headersSent) {
			this.#response.end(failure.status === GRPC.ok ? '' : `event: failure\ndata: ${failureBody(failure)}\n\n`);
		} else {
			sendFailure(this.#response, httpStatusOf(failure.status), failure);
		}
	}

	#begin(): void {
		this.#response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
		const timer = setInterval(() => this.#response.write(HEARTBEAT), HEARTBEAT_MILLISECONDS).unref();
		this.#response.once('close', () => clearInterval(timer));
	}
}

/** Everything up to this revision has been told; null: this message does not say. */
function seenUpTo({ created, canceled, fragment, events, header }: etcdserverpb.WatchResponse, before: bigint): bigint | null {
	if (canceled || fragment) {
		return null;
	}
	if (created) {
		return before;
	}
	const revision = events.length === 0 ? header?.revision : events.at(-1)?.kv?.mod_revision;
	return revision === null || revision === undefined ? null : BigInt(revision.toString());
}
