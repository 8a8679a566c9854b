/**
 * The rules of access-rules.ts for calls over HTTP/2. Only gRPC is spoken there, whose content type no page sends without asking first; this is the
 * second lock. Used by h2-rpc-engine.ts.
 */
import type { AccessRules, Claims, Way } from '../api/http/access-rules.ts';
import { GRPC } from '../base/codes.ts';
import type { RequestHead } from '../h2/request-head.ts';
import type { ResponseEnd } from './h2-response.ts';

/** What is wrong with a call, or null if it may pass. */
export type H2Access = (head: RequestHead) => ResponseEnd | null;

export const NO_ACCESS_RULES: H2Access = () => null;

/** host[:port]: clients up to 3.4 write other things into :authority, which lead nobody anywhere. */
const NAME = /^[A-Za-z0-9._-]+(:\d+)?$/;

/** Of one connection. Heads are kept while a caller repeats itself (request-heads.ts), so that the last good one need not be looked at again. */
export function makeH2Access(rules: AccessRules, way: Way): H2Access {
	let good: RequestHead | null = null;
	return (head) => {
		if (head === good) {
			return null;
		}
		const { authority } = head;
		if (authority !== null && NAME.test(authority) && rules.isForeignHere(authority, way)) {
			return forbidden(`the authority ${JSON.stringify(authority)} is not known to be this member's: --host-whitelist lists the names that are`);
		}
		const refusal = rules.originRefusal(claimsOf(head));
		if (refusal !== null) {
			return forbidden(refusal.text);
		}
		good = head;
		return null;
	};
}

function forbidden(message: string): ResponseEnd {
	return { httpStatus: 403, status: GRPC.permissionDenied, message };
}

function claimsOf({ method, authority, origin, fetchSite }: RequestHead): Claims {
	return { method, host: authority, origin, fetchSite, fetchMode: null, fetchDest: null };
}
