/**
 * Who calls: by the token that a request brings, or by the name in the certificate of its connection, as in etcd. While access control is off nobody is
 * anybody. Used by guard.ts and http-guard.ts.
 */
import { ANONYMOUS, type Identity } from '../../auth/identity.ts';
import { CODES } from '../../base/codes.ts';
import type { RpcPeer } from '../../ports/rpc-engine.ts';
import type { AuthSight, Tokens } from './tokens.ts';

export type LookAtAuth = <T>(work: (sight: AuthSight) => T) => T;

const BEARER = 'Bearer ';

export class Callers {
	readonly #tokens: Tokens;
	readonly #look: LookAtAuth;
	readonly #identify = (sight: AuthSight): Identity | number | null => this.#identifyAt(sight);
	/** Of the request that is being looked at, so that none needs a function of its own. */
	#token: string | null = null;
	#certificateName: string | null = null;

	constructor(tokens: Tokens, look: LookAtAuth) {
		this.#tokens = tokens;
		this.#look = look;
	}

	/** The code that refuses it, or who it is; null: that takes a while. */
	identify(peer: RpcPeer): Identity | number | null {
		this.#token = tokenOf(peer);
		this.#certificateName = peer.certificateName;
		if (this.#token === null && this.#certificateName === null) {
			return ANONYMOUS;
		}
		return this.#look(this.#identify);
	}

	/** For a request of which identify could not say it at once. */
	identifyLater(peer: RpcPeer, done: (found: Identity | number) => void): void {
		this.#tokens.findLater(tokenOf(peer) ?? '', done);
	}

	/** Of a token that came by another way than metadata. */
	identifyToken(token: string, done: (found: Identity | number) => void): void {
		const found = this.#look((sight) => (sight.table.enabled ? this.#tokens.find(token, sight) : ANONYMOUS));
		if (found === null) {
			this.#tokens.findLater(token, done);
		} else {
			done(found);
		}
	}

	#identifyAt(sight: AuthSight): Identity | number | null {
		const { table } = sight;
		if (!table.enabled) {
			return ANONYMOUS;
		}
		if (this.#token !== null) {
			return this.#tokens.find(this.#token, sight);
		}
		return this.#certificateName === null ? CODES.invalid_auth_token.code : { user: this.#certificateName, revision: table.revision };
	}
}

export function tokenOf(peer: RpcPeer): string | null {
	const token = peer.metadata('token') ?? peer.metadata('authorization');
	return token?.startsWith(BEARER) === true ? token.slice(BEARER.length) : token;
}
