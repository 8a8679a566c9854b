/** How callers are known: tokens, passwords and the audit log, as configured. Made by config/auth-settings.ts; paths and rules, never a secret. */

/** reference/etcd-surface.md 2.10 */
export const SIGN_METHODS = [
	'RS256',
	'RS384',
	'RS512',
	'PS256',
	'PS384',
	'PS512',
	'ES256',
	'ES384',
	'ES512',
	'HS256',
	'HS384',
	'HS512',
	'EdDSA',
] as const;
export type SignMethod = (typeof SIGN_METHODS)[number];

export interface JwtSettings {
	readonly kind: 'jwt';
	/** The only one that a token may be signed with. */
	readonly signMethod: SignMethod;
	/** Paths, empty: none. Of HS both name the same secret, and either will do. */
	readonly publicKey: string;
	readonly privateKey: string;
	readonly ttlMs: number;
}

export interface AuthSettings {
	readonly token: { readonly kind: 'simple'; readonly ttlSeconds: number } | JwtSettings;
	readonly bcryptCost: number;
	/** A path, or `stderr`; empty: no audit log. */
	readonly auditLog: string;
	/** --client-cert-auth: who shows a certificate and no token is the user of its common name. */
	readonly namesByCertificate: boolean;
}
