/** The store's door to the v2 tree: a command's body in, the finished answer out. Total: no body whatever makes it throw. */
import type { WriteView } from '../base/engine.ts';
import { GUEST, mayAccess } from './auth/rights.ts';
import { readState } from './nodes.ts';
import { decodeV2Request } from './request-codec.ts';
import { encodeEvent, encodeFailure, type V2Context } from './response-codec.ts';
import { countMutation } from './stats.ts';
import { mutate } from './tree.ts';
import { refuse } from './walk.ts';

const INSUFFICIENT = new TextEncoder().encode('Insufficient credentials');
const UNKNOWN_REQUEST = new TextEncoder().encode('etcdserver: unknown method');

/** Runs in the store's transaction; context is the place of the command's entry in the log. */
export function executeV2(view: WriteView, body: Uint8Array, context: V2Context): Uint8Array {
	const request = decodeV2Request(body);
	if (request === null) {
		return encodeFailure(refuse('raft_internal', UNKNOWN_REQUEST, readState(view).index), context);
	}
	// A second time, after the serving door: what it saw may be of before a change that has been answered by now.
	if (!mayAccess(view, request.user ?? GUEST, { path: request.path, recursive: request.recursive, write: true })) {
		return encodeFailure(refuse('unauthorized', INSUFFICIENT, 0), context);
	}
	const result = mutate(view, request);
	countMutation(view, request.operation, result);
	return result.ok ? encodeEvent(result, request.quiet, context) : encodeFailure(result, context);
}
