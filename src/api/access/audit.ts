/**
 * The audit log: for each request who asked, from where, for what, and whether he was let. Nothing secret is in a line: of a request only its keys are told,
 * never a value, a password or a token. Lines are written by adapters/audit-log.ts; made for guard.ts and http-guard.ts. Those of v2: v2/audit-trail.ts.
 */
import type { Identity } from '../../auth/identity.ts';
import { CODES, type CodeRow } from '../../base/codes.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { type AuditKey, auditedKeys, claimedName } from './audit-keys.ts';

export interface AuditEntry {
	/** Empty: nobody has said who he is, or nobody could be believed. */
	readonly user: string;
	/** Of somebody who logs in: the name that he says is his. */
	readonly claimed?: string;
	readonly from: string;
	/** The path of an RPC, or method and path of HTTP. */
	readonly what: string;
	readonly keys: readonly AuditKey[];
	readonly allowed: boolean;
	/** The text that refused it, whatever the reason; empty: it was done. */
	readonly refusal: string;
}

export interface Audit {
	note(entry: AuditEntry): void;
}

const REFUSALS: readonly CodeRow[] = [
	CODES.user_empty,
	CODES.auth_failed,
	CODES.auth_old_revision,
	CODES.permission_denied,
	CODES.invalid_auth_token,
	CODES.no_password_user,
];
const REFUSED: ReadonlySet<string> = new Set(REFUSALS.map(({ text }) => text));

export interface AuditedRequest {
	readonly path: string;
	readonly request: Uint8Array;
	readonly found: Identity | number;
	readonly from: string;
}

/** text: what refused it; empty: nothing did. */
export function noteRequest(audit: Audit, { path, request, found, from }: AuditedRequest, text: string): void {
	const user = typeof found === 'number' ? '' : found.user;
	audit.note({ user, ...claimedName(path, request), from, what: path, keys: auditedKeys(path, request), allowed: !REFUSED.has(text), refusal: text });
}

/** The same call, whose answer is noted. */
export class AuditedCall implements RpcCall {
	readonly #audit: Audit;
	readonly #asked: AuditedRequest;
	readonly #call: RpcCall;

	constructor(audit: Audit, asked: AuditedRequest, call: RpcCall) {
		this.#audit = audit;
		this.#asked = asked;
		this.#call = call;
	}

	get connection(): object {
		return this.#call.connection;
	}

	get remoteAddress(): string {
		return this.#call.remoteAddress;
	}

	get certificateName(): string | null {
		return this.#call.certificateName;
	}

	get isOver(): boolean {
		return this.#call.isOver;
	}

	get isClogged(): boolean {
		return this.#call.isClogged;
	}

	get isLoaded(): boolean {
		return this.#call.isLoaded;
	}

	metadata(name: string): string | null {
		return this.#call.metadata(name);
	}

	succeed(response: Uint8Array): void {
		noteRequest(this.#audit, this.#asked, '');
		this.#call.succeed(response);
	}

	succeedInPieces(pieces: readonly Uint8Array[]): void {
		noteRequest(this.#audit, this.#asked, '');
		this.#call.succeedInPieces(pieces);
	}

	fail(status: number, message: string): void {
		noteRequest(this.#audit, this.#asked, message);
		this.#call.fail(status, message);
	}
}
