/** Answers of the v2 API as bytes on an HTTP response; HEAD gets the headers alone, which node:http sees to. */
import type { ServerResponse } from 'node:http';
import { codeRow } from '../../base/codes.ts';
import { V2_ERRORS, type V2ErrorName } from '../../v2/errors.ts';
import { failureJson } from '../../v2/event-json.ts';
import { goJsonString } from '../../v2/go-json.ts';
import { decodeV2Response, type V2Context } from '../../v2/response-codec.ts';
import { noteAnswered } from './audit-trail.ts';

type Headers = Readonly<Record<string, string>>;

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export function send(response: ServerResponse, status: number, headers: Headers, body: string | Uint8Array): void {
	const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
	noteAnswered(response, status, bytes);
	response.writeHead(status, { ...headers, 'Content-Length': String(bytes.length) });
	response.end(bytes);
}

/** What the tree has answered. Refusals do not carry raft's place in the log (1.3). */
export function sendTreeAnswer(response: ServerResponse, clusterId: string, answer: Uint8Array): void {
	const { status, index, raftIndex, raftTerm, body } = decodeV2Response(answer);
	const raft = status < 400 ? { 'X-Raft-Index': String(raftIndex), 'X-Raft-Term': String(raftTerm) } : null;
	send(response, status, { 'Content-Type': JSON_TYPE, 'X-Etcd-Cluster-Id': clusterId, 'X-Etcd-Index': String(index), ...raft }, body);
}

/** The head of what was found in the tree; a body of so many bytes follows. */
export function beginListing(
	response: ServerResponse,
	clusterId: string,
	found: { readonly index: number; readonly context: V2Context },
	bytes: number,
): void {
	noteAnswered(response, 200);
	response.writeHead(200, {
		'Content-Type': JSON_TYPE,
		'X-Etcd-Cluster-Id': clusterId,
		'X-Etcd-Index': String(found.index),
		'X-Raft-Index': String(found.context.index),
		'X-Raft-Term': String(found.context.term),
		'Content-Length': String(bytes),
	});
}

export interface KeyError {
	readonly error: V2ErrorName;
	/** A byte string: JS characters 0 to 255. */
	readonly cause: string;
	/** Instead of the error's own. */
	readonly status?: number;
	/** Default 0: of a request that never got to the tree. */
	readonly index?: number;
}

export function sendKeyError(response: ServerResponse, clusterId: string, failure: KeyError): void {
	const { error, index = 0 } = failure;
	const body = failureJson({ ok: false, error, cause: Buffer.from(failure.cause, 'latin1'), index });
	const headers = { 'Content-Type': JSON_TYPE, 'X-Etcd-Cluster-Id': clusterId, 'X-Etcd-Index': String(index) };
	send(response, failure.status ?? V2_ERRORS[error].status, headers, body);
}

/** The cluster did not do it, or nobody knows: a code of base/codes.ts. */
export function sendRaftError(response: ServerResponse, clusterId: string, code: number): void {
	sendKeyError(response, clusterId, { error: 'raft_internal', cause: codeRow(code)?.text ?? `etcdserver: error ${code}` });
}

/** Errors of everything but keys. */
export function sendMessage(response: ServerResponse, clusterId: string, status: number, message: string): void {
	send(response, status, { 'Content-Type': JSON_TYPE, 'X-Etcd-Cluster-Id': clusterId }, `{"message":${goJsonString(Buffer.from(message, 'utf8'))}}`);
}

export function sendJson(response: ServerResponse, clusterId: string, value: unknown, status = 200): void {
	send(response, status, { 'Content-Type': JSON_TYPE, 'X-Etcd-Cluster-Id': clusterId }, `${JSON.stringify(value)}\n`);
}

/** Go's http.Error. */
export function sendText(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
	send(response, status, { 'Content-Type': TEXT_TYPE, 'X-Content-Type-Options': 'nosniff', ...headers }, `${text}\n`);
}

export function sendNotFound(response: ServerResponse): void {
	sendText(response, 404, '404 page not found');
}

export function sendNotAllowed(response: ServerResponse, allowed: readonly string[], headers: Headers = {}): void {
	sendText(response, 405, 'Method Not Allowed', allowed.length === 0 ? headers : { Allow: allowed.join(','), ...headers });
}
