/**
 * /v2/keys: reads are served from this lane's snapshot of the store, mutations are proposed. A member that does not lead sends writes and
 * quorum reads to the leader's published client URL with 307, as the classic guide promises (`curl -L`; design section 6).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { assert, must } from '../../base/assert.ts';
import { CODES } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { type KeyAccess, mayAccess } from '../../v2/auth/rights.ts';
import { V2Listing } from '../../v2/listing.ts';
import { openV2, type V2Read } from '../../v2/read.ts';
import { encodeV2Request } from '../../v2/request-codec.ts';
import { decodeV2Response, encodeFailure } from '../../v2/response-codec.ts';
import type { V2Door } from './auth/door.ts';
import { refuseKeys } from './auth/refusals.ts';
import { readBody } from './body.ts';
import { readClusterId } from './cluster-view.ts';
import { parseForm } from './form.ts';
import { LISTING_PIECE_CHARACTERS, type ListingTurns, type OpenListing } from './listing-turns.ts';
import { toMutation } from './mutation.ts';
import { type Parameters, parseParameters } from './parameters.ts';
import type { ReadCounts } from './read-counts.ts';
import { beginListing, sendKeyError, sendNotAllowed, sendRaftError, sendTreeAnswer } from './reply.ts';
import { watchKeys } from './watch.ts';
import { isOurs, type WriteRouting } from './write-routing.ts';

export interface V2Options {
	/** Of one proposal; a body may be longer by what its percent-encoding adds. */
	readonly maxRequestBytes: number;
	/** What a follower does with a write. Default: redirect. */
	readonly writeRouting?: WriteRouting;
	/** Where reads are counted. Default: nowhere. */
	readonly reads?: ReadCounts;
	/** Where large listings wait for their turns. Default: they have none, and are answered at once. */
	readonly listings?: ListingTurns;
}

/** A request on its way through this file. */
interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly door: V2Door;
	readonly options: V2Options;
	readonly clusterId: string;
	/** Below /v2/keys, decoded: a byte string. */
	readonly path: string;
	readonly query: string;
}

/** One that the door has let in. */
interface Admitted extends Exchange {
	readonly user: Uint8Array;
	readonly parameters: Parameters;
}

/** The status of what was found. */
const LISTED = 200;
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
	const { request, clusterId } = exchange;
	const method = request.method ?? '';
	const form = parseForm({ method, contentType: request.headers['content-type'], body, query: exchange.query });
	const parsed = parseParameters(method, form);
	if (!parsed.ok) {
		sendKeyError(exchange.response, clusterId, parsed);
		return;
	}
	const { parameters } = parsed;
	exchange.door.admit(request, exchange.response, accessOf(exchange, parameters), (admission) => {
		if (admission.ok) {
			serveAdmitted({ ...exchange, parameters, user: admission.user });
		} else {
			refuseKeys(exchange.response, clusterId, admission);
		}
	});
}

function accessOf({ request, path }: Exchange, { recursive }: Parameters): KeyAccess {
	return { path: Buffer.from(path, 'latin1'), recursive, write: request.method !== 'GET' && request.method !== 'HEAD' };
}

function serveAdmitted(exchange: Admitted): void {
	const { parameters } = exchange;
	const method = exchange.request.method ?? '';
	if (method === 'GET' && parameters.wait && !parameters.quorum) {
		watchKeys(exchange);
	} else if (method === 'GET' || method === 'HEAD') {
		read(exchange);
	} else {
		mutate(exchange);
	}
}

/** HEAD is a local read whatever `quorum` says, as in etcd. */
function read(exchange: Admitted): void {
	const { parameters } = exchange;
	const what = { path: Buffer.from(exchange.path, 'latin1'), recursive: parameters.recursive };
	if (exchange.request.method !== 'GET' || !parameters.quorum) {
		answerRead(exchange, what);
	} else if (isOurs({ ...exchange, routing: exchange.options.writeRouting })) {
		exchange.lane.awaitLinearizable((code) => {
			if (code === CODES.ok.code) {
				answerRead(exchange, what);
			} else {
				fail(exchange, code);
			}
		});
	}
}

/** A large listing has turns of its own, everything else is answered now. */
function answerRead(exchange: Admitted, what: Omit<V2Read, 'now'>): void {
	const { response, options } = exchange;
	const { listings } = options;
	const found = find(exchange, what, listings === undefined ? Number.POSITIVE_INFINITY : LISTING_PIECE_CHARACTERS);
	if (found === null) {
		return;
	}
	if (found !== 'larger') {
		const body = must(found.listing.print(Number.POSITIVE_INFINITY), 'a listing of something');
		found.begin(body.length);
		response.end(body);
		return;
	}
	listings?.add({
		get isOver(): boolean {
			return response.destroyed;
		},
		write: (piece) => void response.write(piece),
		end: () => void response.end(),
		open: () => {
			const all = find(exchange, what, Number.POSITIVE_INFINITY);
			assert(all !== 'larger', 'nothing is larger than that');
			return all;
		},
	});
}

/** Judged again by the view that is read, which may be a round of heartbeats younger than the one at the door. Null: it has been answered that there is nothing. */
function find(exchange: Admitted, what: Omit<V2Read, 'now'>, bytesMax: number): OpenListing | 'larger' | null {
	const { lane, response, clusterId, user, parameters, options } = exchange;
	const context = { index: lane.applied, term: lane.leaderView.term };
	const access = accessOf(exchange, parameters);
	const found = lane.reader.read((view) => (mayAccess(view, user, access) ? openV2(view, { ...what, now: Date.now() }, bytesMax) : null));
	if (found === 'larger') {
		return found;
	}
	if (found === null) {
		refuseKeys(response, clusterId, { ok: false, busy: false });
		return null;
	}
	if (!(found instanceof V2Listing)) {
		const failure = encodeFailure(found, context);
		options.reads?.note(decodeV2Response(failure).status);
		sendTreeAnswer(response, clusterId, failure);
		return null;
	}
	options.reads?.note(LISTED);
	return { listing: found, begin: (bytes) => beginListing(response, clusterId, { index: found.index, context }, bytes) };
}

function mutate(exchange: Admitted): void {
	const { lane, response, clusterId, options, user, parameters } = exchange;
	const body = encodeV2Request({ ...toMutation(exchange.request.method ?? '', exchange.path, parameters, Date.now()), user });
	if (body.length > options.maxRequestBytes) {
		sendKeyError(response, clusterId, { error: 'invalid_form', cause: CODES.request_too_large.text });
	} else if (isOurs({ ...exchange, routing: exchange.options.writeRouting })) {
		lane.propose(COMMAND_KIND.v2, body, (code, answer) => {
			if (code === CODES.ok.code) {
				sendTreeAnswer(response, clusterId, answer);
			} else {
				fail(exchange, code);
			}
		});
	}
}

function fail({ response, clusterId }: Exchange, code: number): void {
	sendRaftError(response, clusterId, code);
}
