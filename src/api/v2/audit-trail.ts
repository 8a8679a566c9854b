/**
 * The audit log's line for a request of the v2 API, whether access control is on or not: one each, written with the head of the answer, or when the caller goes
 * without one. Of a request it tells method, path and key, never what its query, its body or its password is. Not who may do what: auth/door.ts, which tells it
 * whom it has let in. Begun in routes.ts; answers are noted by reply.ts and watch.ts.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { CODES } from '../../base/codes.ts';
import { V2_ERRORS } from '../../v2/errors.ts';
import type { Audit } from '../access/audit.ts';
import { type AuditKey, auditedKey, shortened } from '../access/audit-keys.ts';
import { parseBasic } from '../http/basic-credentials.ts';
import { addressOf } from '../http/connection-caller.ts';
import { type HttpRoute, pathOf } from '../http/router.ts';
import { locate } from './location.ts';

const KEYS = /^\/v2\/keys(?=\/|$)/;
const UNAUTHORIZED = 401;
const TOO_MANY_REQUESTS = 429;
/** Of an error's body so much is looked at: more may hold values. */
const ERROR_CHARACTERS = 256;
const ERROR = /^\{"errorCode":(\d+),"message":"[^"]*"(?:,"cause":"([^"\\]*)")?/;
const MESSAGES: ReadonlyMap<number, string> = new Map(Object.values(V2_ERRORS).map(({ code, message }) => [code, message]));

/** Of this thread: answers are written far from where a request came in. */
const trails = new WeakMap<ServerResponse, AuditTrail>();

class AuditTrail {
	readonly #audit: Audit;
	readonly #asked: {
		readonly from: string;
		readonly what: string;
		readonly keys: readonly AuditKey[];
		readonly claimed: string | null;
	};
	#user = '';
	#isLetIn = false;
	#isWritten = false;

	constructor(audit: Audit, { method = 'GET', url = '/', headers, socket }: IncomingMessage) {
		this.#audit = audit;
		const name = parseBasic(headers.authorization ?? '')?.name.toString('utf8') ?? '';
		this.#asked = {
			from: addressOf(socket),
			what: `${method} ${shortened(pathOf(url))}`,
			keys: keysOf(url),
			claimed: name === '' ? null : shortened(name),
		};
	}

	judged(user: Uint8Array, isLetIn: boolean): void {
		this.#user = Buffer.from(user).toString('utf8');
		this.#isLetIn = isLetIn;
	}

	answered(status: number, body: string | Uint8Array): void {
		// Too many passwords are being looked at: it is not known who he is. Whom the door knew was let in, and met another bound.
		const isRefused = status === UNAUTHORIZED || (status === TOO_MANY_REQUESTS && !this.#isLetIn);
		this.#write(!isRefused, status < 300 ? '' : refusalOf(status, body));
	}

	/** What came of a write that was let in is not known. */
	gone(): void {
		this.#write(this.#isLetIn, 'the caller was gone before it was answered');
	}

	#write(allowed: boolean, refusal: string): void {
		if (!this.#isWritten) {
			this.#isWritten = true;
			const { claimed, from, what, keys } = this.#asked;
			this.#audit.note({ user: this.#user, ...(claimed === null ? {} : { claimed }), from, what, keys, allowed, refusal });
		}
	}
}

/** null: nobody wants to know. */
export function auditedRoutes(audit: Audit | null, routes: readonly HttpRoute[]): readonly HttpRoute[] {
	return audit === null ? routes : routes.map(({ path, handle }) => ({ path, handle: auditedHandle(audit, handle) }));
}

function auditedHandle(audit: Audit, handle: HttpRoute['handle']): HttpRoute['handle'] {
	return (request, response) => {
		const trail = new AuditTrail(audit, request);
		trails.set(response, trail);
		response.once('close', () => (response.headersSent ? trail.answered(response.statusCode, '') : trail.gone()));
		handle(request, response);
	};
}

/** user: who is believed to ask; empty: a guest, or anybody while access control is off. */
export function noteJudged(response: ServerResponse, user: Uint8Array, isLetIn: boolean): void {
	trails.get(response)?.judged(user, isLetIn);
}

/** Before the head is written. body: of a refusal. */
export function noteAnswered(response: ServerResponse, status: number, body: string | Uint8Array = ''): void {
	trails.get(response)?.answered(status, body);
}

function keysOf(url: string): readonly AuditKey[] {
	const location = locate(url);
	if (location.kind !== 'path' || !KEYS.test(location.path)) {
		return [];
	}
	return [auditedKey(Buffer.from(location.path.replace(KEYS, '') || '/', 'latin1'))];
}

/** Never an error's cause, in which values are compared; but that of errorCode 300 is a text of base/codes.ts. */
function refusalOf(status: number, body: string | Uint8Array): string {
	if (status === UNAUTHORIZED) {
		return 'Insufficient credentials';
	}
	if (status === TOO_MANY_REQUESTS) {
		return CODES.too_many_requests.text;
	}
	const start = typeof body === 'string' ? body.slice(0, ERROR_CHARACTERS) : Buffer.from(body.subarray(0, ERROR_CHARACTERS)).toString('latin1');
	const [, digits = '', cause = ''] = ERROR.exec(start) ?? [];
	const code = Number(digits);
	return (code === V2_ERRORS.raft_internal.code && cause) || (MESSAGES.get(code) ?? STATUS_CODES[status] ?? String(status));
}
