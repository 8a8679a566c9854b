/**
 * Who calls: by the token that a request brings, or by the name in the certificate of its connection, as in etcd. While access control is off nobody is
 * anybody. The store is looked at only where the lane has applied something since the last look: between two writes a read costs one look, its own. Used by guard.ts and http-guard.ts.
 */
import { type AuthTable, NO_AUTH } from '../../auth/auth-table.ts';
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
	readonly #lane: { readonly applied: number };
	/** What the lane had applied before the last look, and what that has shown: at least as new. */
	#lookedAt = -1;
	#table = NO_AUTH;
	/** Of the request that is being looked at, so that none needs a function of its own. */
	#token: string | null = null;
	#certificateName: string | null = null;

	constructor(tokens: Tokens, look: LookAtAuth, lane: { readonly applied: number }) {
		this.#tokens = tokens;
		this.#lane = lane;
		this.#look = look;
	}

	/** The code that refuses it, or who it is; null: that takes a while. */
	identify(peer: RpcPeer): Identity | number | null {
		this.#token = tokenOf(peer);
		this.#certificateName = peer.certificateName;
		if (this.#token === null && this.#certificateName === null) {
			return ANONYMOUS;
		}
		const { applied } = this.#lane;
		if (applied === this.#lookedAt) {
			const found = this.#identifyBy(this.#table);
			if (found !== null) {
				return found;
			}
		}
		const found = this.#look(this.#identify);
		this.#lookedAt = applied;
		return found;
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
		this.#table = table;
		return table.enabled && this.#token !== null ? this.#tokens.find(this.#token, sight) : this.#identifyBy(table);
	}

	#identifyBy(table: AuthTable): Identity | number | null {
		if (!table.enabled) {
			return ANONYMOUS;
		}
		if (this.#token !== null) {
			return this.#tokens.recall(this.#token, table);
		}
		return this.#certificateName === null ? CODES.invalid_auth_token.code : { user: this.#certificateName, revision: table.revision };
	}
}

export function tokenOf(peer: RpcPeer): string | null {
	const token = peer.metadata('token') ?? peer.metadata('authorization');
	return token?.startsWith(BEARER) === true ? token.slice(BEARER.length) : token;
}
