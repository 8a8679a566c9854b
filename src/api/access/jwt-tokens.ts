/**
 * Tokens that say themselves who their holder is, signed (reference/etcd-surface.md 2.10). Verifying takes another thread's time, so that what was verified
 * is remembered until it expires. One that was made before the last change of users or roles is refused where its revision is looked at (auth/check-keys.ts).
 */
import type { AuthTable } from '../../auth/auth-table.ts';
import type { Identity } from '../../auth/identity.ts';
import type { User } from '../../auth/operations.ts';
import { CODES } from '../../base/codes.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Tokens } from './tokens.ts';

export interface JwtClaims {
	readonly username: string;
	readonly revision: number;
	/** Seconds of the epoch. */
	readonly exp: number;
}

/** The keys, and the one method that they are for: adapters/jwt-library.ts. */
export interface JwtSigner {
	/** False: this member has nothing to sign with, and only verifies. */
	readonly canSign: boolean;
	sign(claims: JwtClaims): Promise<string>;
	/** The claims as they came, of a token whose signature is right and whose time is not over; null: of no other. */
	verify(token: string, unixSeconds: number): Promise<Readonly<Record<string, unknown>> | null>;
}

export interface JwtPorts {
	readonly signer: JwtSigner;
	readonly unixSeconds: () => number;
	readonly logger: Logger;
}

const VERIFIED_MAX = 4_096;
const VERIFYING_MAX = 256;
/** Of names and a signature: some 4,096 bits of RSA and the longest name. */
const TOKEN_CHARACTERS_MAX = 8_192;

interface Verified {
	readonly who: Identity;
	readonly exp: number;
}

export class JwtTokens implements Tokens {
	readonly #ttlSeconds: number;
	readonly #ports: JwtPorts;
	/** Oldest first. */
	readonly #verified = new Map<string, Verified>();
	#verifying = 0;

	constructor(ttlSeconds: number, ports: JwtPorts) {
		this.#ttlSeconds = ttlSeconds;
		this.#ports = ports;
	}

	/** The store says nothing about them. */
	recall(token: string): Identity | number | null {
		return this.find(token);
	}

	find(token: string): Identity | number | null {
		const known = this.#verified.get(token);
		if (known === undefined) {
			return token.length > TOKEN_CHARACTERS_MAX ? CODES.invalid_auth_token.code : null;
		}
		if (known.exp > this.#ports.unixSeconds()) {
			return known.who;
		}
		this.#verified.delete(token);
		return CODES.invalid_auth_token.code;
	}

	findLater(token: string, done: (found: Identity | number) => void): void {
		if (this.#verifying >= VERIFYING_MAX) {
			done(CODES.too_many_requests.code);
			return;
		}
		this.#verifying += 1;
		const now = this.#ports.unixSeconds();
		void this.#ports.signer.verify(token, now).then((claims) => {
			this.#verifying -= 1;
			const read = claims === null ? null : readClaims(claims);
			if (read === null || read.exp <= now) {
				done(CODES.invalid_auth_token.code);
				return;
			}
			const who = { user: read.username, revision: read.revision };
			this.#remember(token, { who, exp: read.exp });
			done(who);
		});
	}

	issue(user: User, table: AuthTable, done: (code: number, token: string) => void): void {
		const { signer, unixSeconds, logger } = this.#ports;
		if (!signer.canSign) {
			logger.log('warn', 'a token was asked for, and this member has no key to sign with');
			done(CODES.auth_failed.code, '');
			return;
		}
		const exp = Math.ceil(unixSeconds() + this.#ttlSeconds);
		signer.sign({ username: user.name, revision: table.revision, exp }).then(
			(token) => done(CODES.ok.code, token),
			(error: unknown) => {
				logger.log('error', 'a token could not be signed', { error: error instanceof Error ? error.message : String(error) });
				done(CODES.auth_failed.code, '');
			},
		);
	}

	#remember(token: string, verified: Verified): void {
		this.#verified.set(token, verified);
		if (this.#verified.size > VERIFIED_MAX) {
			const [oldest] = this.#verified.keys();
			this.#verified.delete(oldest ?? token);
		}
	}
}

/** null: a claim is missing, or is something else than it should be (etcd issue 15676). */
export function readClaims({ username, revision, exp }: Readonly<Record<string, unknown>>): JwtClaims | null {
	if (typeof username !== 'string' || username === '' || typeof revision !== 'number' || typeof exp !== 'number') {
		return null;
	}
	return Number.isSafeInteger(revision) && revision > 0 && Number.isFinite(exp) ? { username, revision, exp } : null;
}
