/** How the door's refusals are told: in the words of the door that was knocked at. Used by all that asks door.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES } from '../../../base/codes.ts';
import { send, sendKeyError, sendMessage } from '../reply.ts';
import type { Admission } from './door.ts';

const TOO_MANY_REQUESTS = 429;
const INSUFFICIENT = 'Insufficient credentials';

type Refused = Extract<Admission, { ok: false }>;

/** Of keys: errorCode 110. */
export function refuseKeys(response: ServerResponse, clusterId: string, { busy }: Refused): void {
	if (busy) {
		sendKeyError(response, clusterId, { error: 'raft_internal', cause: CODES.too_many_requests.text, status: TOO_MANY_REQUESTS });
	} else {
		sendKeyError(response, clusterId, { error: 'unauthorized', cause: INSUFFICIENT });
	}
}

/** Of everything else. What the body says is not read. */
export function refuseMessage(request: IncomingMessage, response: ServerResponse, clusterId: string, { busy }: Refused): void {
	request.resume();
	if (busy) {
		sendMessage(response, clusterId, TOO_MANY_REQUESTS, CODES.too_many_requests.text);
	} else {
		// Without the id of the cluster, as in etcd.
		send(response, 401, { 'Content-Type': 'application/json' }, `{"message":"${INSUFFICIENT}"}`);
	}
}
