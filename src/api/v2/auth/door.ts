/**
 * The door of the v2 API once its access control is on: who sends a request, and whether he may (reference/etcd-surface.md 1.8). HTTP Basic; or the name in
 * a client certificate that the listener has checked; or nobody, who is a guest. What is in a header that names nobody is never taken for a guest.
 * Used by keys.ts, members.ts, the modules, the discovery service and auth-route.ts. A write is judged once more when it is applied (v2/execute.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { CODES } from '../../../base/codes.ts';
import type { EngineReader } from '../../../base/engine.ts';
import { isV2AuthEnabled, readUser } from '../../../v2/auth/auth-tree.ts';
import { GUEST, type KeyAccess, mayAccess, mayAdminister } from '../../../v2/auth/rights.ts';
import { parseBasic } from '../../http/basic-credentials.ts';
import { addressOf, commonNameOf } from '../../http/connection-caller.ts';
import { noteJudged } from '../audit-trail.ts';

/** Implemented by api/access/credentials.ts: off this thread, with its own memory of what was right, and limits on what was wrong. */
export interface V2Passwords {
	/** storedHash: empty for a user that is not there. done: ok, another code for a password that is wrong, or too_many_requests. */
	verify(attempt: PasswordAttempt, done: (code: number) => void): void;
	/** done gets the hash, or the code of the refusal. */
	hash(password: string, done: (result: string | number) => void): void;
}

export interface PasswordAttempt {
	readonly name: string;
	readonly storedHash: string;
	readonly password: string;
	readonly remoteAddress: string;
}

export interface V2DoorOptions {
	/** --client-cert-auth: who shows a certificate and no password is the user of its common name. */
	readonly namesByCertificate: boolean;
}

export interface V2DoorPorts {
	readonly lane: { readonly reader: EngineReader };
	readonly passwords: V2Passwords;
}

/** What somebody wants: rights on a key, or what is root's alone. */
export type Wanted = KeyAccess | 'root';

export type Admission =
	| { readonly ok: true; readonly user: Uint8Array }
	/** busy: it is not known whether he may, since too many passwords are being looked at, or too many were wrong. */
	| { readonly ok: false; readonly busy: boolean };

const REFUSED: Admission = { ok: false, busy: false };
const BUSY: Admission = { ok: false, busy: true };
/** Users of v3 have the same names, and limits of their own. */
const NAMESPACE = 'v2:';
/** A leaf, what signed it, and so on. */
const CHAIN_MAX = 16;

export class V2Door {
	readonly #ports: V2DoorPorts;
	readonly #options: V2DoorOptions;

	constructor(options: V2DoorOptions, ports: V2DoorPorts) {
		this.#options = options;
		this.#ports = ports;
	}

	/** done comes at once unless a password has to be looked at, and never if the client goes away meanwhile. */
	admit(request: IncomingMessage, response: ServerResponse, wanted: Wanted, done: (admission: Admission) => void): void {
		const { reader } = this.#ports.lane;
		if (!reader.read(isV2AuthEnabled)) {
			noteJudged(response, GUEST, true);
			done({ ok: true, user: GUEST });
			return;
		}
		const judge = (user: Uint8Array): void => {
			const may = reader.read((view) => (wanted === 'root' ? mayAdminister(view, user) : mayAccess(view, user, wanted)));
			noteJudged(response, user, may);
			done(may ? { ok: true, user } : REFUSED);
		};
		const header = request.headers.authorization ?? '';
		if (header === '') {
			judge(this.#userOfCertificate(request) ?? GUEST);
			return;
		}
		const basic = parseBasic(header);
		if (basic === null) {
			done(REFUSED);
			return;
		}
		const stored = reader.read((view) => readUser(view, basic.name));
		const attempt = {
			name: NAMESPACE + basic.name.toString('utf8'),
			storedHash: stored?.hash ?? '',
			password: basic.password,
			remoteAddress: addressOf(request.socket),
		};
		this.#ports.passwords.verify(attempt, (code) => {
			if (response.destroyed) {
				return;
			}
			if (code === CODES.ok.code) {
				judge(basic.name);
			} else {
				done(code === CODES.too_many_requests.code ? BUSY : REFUSED);
			}
		});
	}

	/** The first name in the chain that is a user's. */
	#userOfCertificate({ socket }: IncomingMessage): Uint8Array | null {
		if (!this.#options.namesByCertificate || !(socket instanceof TLSSocket)) {
			return null;
		}
		const names = commonNames(socket);
		return this.#ports.lane.reader.read((view) => names.find((name) => readUser(view, name) !== null) ?? null);
	}
}

/** From the leaf up; the listener has checked the chain (adapters/tls/secure-server.ts). */
function commonNames(socket: TLSSocket): readonly Uint8Array[] {
	const names: Uint8Array[] = [];
	let certificate = socket.getPeerCertificate(true);
	for (let length = 0; length < CHAIN_MAX; length++) {
		const name = commonNameOf(certificate);
		if (name !== null) {
			names.push(Buffer.from(name, 'utf8'));
		}
		const above = certificate.issuerCertificate;
		if (above === undefined || above === certificate) {
			break;
		}
		certificate = above;
	}
	return names;
}
