/**
 * /v2/keys: reads are served from this lane's snapshot of the store, mutations are proposed. A member that does not lead sends writes and
 * quorum reads to the leader's published client URL with 307, as the classic guide promises (`curl -L`; design section 6).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NOBODY } from '../../base/brand.ts';
import { CODES, codeRow } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { readV2, type V2Read } from '../../v2/read.ts';
import { encodeV2Request } from '../../v2/request-codec.ts';
import { readBody } from './body.ts';
import { readCluster, readClusterId } from './cluster-view.ts';
import { parseForm } from './form.ts';
import { toMutation } from './mutation.ts';
import { type Parameters, parseParameters } from './parameters.ts';
import { send, sendKeyError, sendNotAllowed, sendTreeAnswer } from './reply.ts';
import { watchKeys } from './watch.ts';

export interface V2Options {
	/** Of one proposal; a body may be longer by what its percent-encoding adds. */
	readonly maxRequestBytes: number;
	/** What a follower does with a write. Default: redirect. */
	readonly writeRouting?: 'redirect' | 'forward';
}

/** A request on its way through this file. */
interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly options: V2Options;
	readonly clusterId: string;
	/** Below /v2/keys, decoded: a byte string. */
	readonly path: string;
	readonly query: string;
}

const METHODS = ['HEAD', 'GET', 'PUT', 'POST', 'DELETE'];
/** Percent-encoding makes three bytes of one; names of parameters and short values fit in the rest. */
const ENCODED_BYTES_PER_BYTE = 3;
const PARAMETER_BYTES_MAX = 65_536;

export function handleKeys(parts: Omit<Exchange, 'clusterId'>): void {
	const { request, response, lane, options } = parts;
	const method = request.method ?? '';
	if (!METHODS.includes(method)) {
		request.resume();
		sendNotAllowed(response, METHODS);
		return;
	}
	const exchange = { ...parts, clusterId: lane.reader.read(readClusterId) };
	if (method !== 'PUT' && method !== 'POST') {
		request.resume();
		serve(exchange, '');
		return;
	}
	readBody(request, options.maxRequestBytes * ENCODED_BYTES_PER_BYTE + PARAMETER_BYTES_MAX, (body) => {
		if (body === null) {
			sendKeyError(response, exchange.clusterId, { error: 'invalid_form', cause: 'http: POST too large' });
		} else {
			serve(exchange, body);
		}
	});
}

function serve(exchange: Exchange, body: string): void {
	const { request, response, clusterId } = exchange;
	const method = request.method ?? '';
	const form = parseForm({ method, contentType: request.headers['content-type'], body, query: exchange.query });
	const parsed = parseParameters(method, form);
	if (!parsed.ok) {
		sendKeyError(response, clusterId, parsed);
		return;
	}
	const { parameters } = parsed;
	if (method === 'GET' && parameters.wait && !parameters.quorum) {
		watchKeys({ ...exchange, parameters });
	} else if (method === 'GET' || method === 'HEAD') {
		read(exchange, parameters);
	} else {
		mutate(exchange, parameters);
	}
}

/** HEAD is a local read whatever `quorum` says, as in etcd. */
function read(exchange: Exchange, parameters: Parameters): void {
	const what = { path: Buffer.from(exchange.path, 'latin1'), recursive: parameters.recursive };
	if (exchange.request.method !== 'GET' || !parameters.quorum) {
		answerRead(exchange, what);
	} else if (isOurs(exchange)) {
		exchange.lane.awaitLinearizable((code) => {
			if (code === CODES.ok.code) {
				answerRead(exchange, what);
			} else {
				fail(exchange, code);
			}
		});
	}
}

function answerRead(exchange: Exchange, what: Omit<V2Read, 'now'>): void {
	const { lane, response, clusterId } = exchange;
	const context = { index: lane.applied, term: lane.leaderView.term };
	sendTreeAnswer(
		response,
		clusterId,
		lane.reader.read((view) => readV2(view, { ...what, now: Date.now() }, context)),
	);
}

function mutate(exchange: Exchange, parameters: Parameters): void {
	const { lane, response, clusterId, options } = exchange;
	const body = encodeV2Request(toMutation(exchange.request.method ?? '', exchange.path, parameters, Date.now()));
	if (body.length > options.maxRequestBytes) {
		sendKeyError(response, clusterId, { error: 'invalid_form', cause: CODES.request_too_large.text });
	} else if (isOurs(exchange)) {
		lane.propose(COMMAND_KIND.v2, body, (code, answer) => {
			if (code === CODES.ok.code) {
				sendTreeAnswer(response, clusterId, answer);
			} else {
				fail(exchange, code);
			}
		});
	}
}

/** Whether this member does it itself: it leads, or it sends such requests to the leader as it does those of v3. If not, the client has been told where to go. */
function isOurs(exchange: Exchange): boolean {
	const { lane, request, response, options } = exchange;
	const { leader } = lane.leaderView;
	if (options.writeRouting === 'forward' || (leader !== NOBODY && leader === lane.selfSlot)) {
		return true;
	}
	const { members } = lane.reader.read(readCluster);
	const urls = leader === NOBODY ? [] : (members.find((member) => member.slot === leader)?.clientUrls ?? []);
	const url = urls.find((each) => each.startsWith(`${schemeOf(request)}:`)) ?? urls.find((each) => /^https?:/.test(each));
	if (url === undefined) {
		fail(exchange, CODES.no_leader.code);
	} else {
		send(response, 307, { Location: url.replace(/\/+$/, '') + pathAndQuery(request.url ?? '/'), 'X-Etcd-Cluster-Id': exchange.clusterId }, '');
	}
	return false;
}

/** Where a leader serves both, a client that came by https stays there. */
function schemeOf({ socket }: IncomingMessage): 'https' | 'http' {
	return 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
}

/** The raw target, without the origin that a proxy's client puts before it. */
function pathAndQuery(target: string): string {
	return target.replace(/^https?:\/\/[^/?]*/i, '');
}

function fail(exchange: Exchange, code: number): void {
	const cause = codeRow(code)?.text ?? `etcdserver: error ${code}`;
	sendKeyError(exchange.response, exchange.clusterId, { error: 'raft_internal', cause });
}
