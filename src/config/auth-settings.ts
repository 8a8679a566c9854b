/** What --auth-token says, taken apart, and the settings that the options of auth-options.ts make. Used by check.ts. */
import { assert } from '../base/assert.ts';
import { type AuthSettings, type JwtSettings, SIGN_METHODS, type SignMethod } from '../base/auth-settings.ts';
import { parseDuration } from './duration.ts';
import type { BrokenRule } from './security-check.ts';
import type { Values } from './values.ts';

const FORM = "must be 'simple' or 'jwt,sign-method=METHOD,pub-key=FILE,priv-key=FILE,ttl=5m'";
const PARTS: ReadonlySet<string> = new Set(['sign-method', 'pub-key', 'priv-key', 'ttl']);
/** As etcd's. */
const TTL_MS_DEFAULT = 300_000;

export function brokenAuth(values: Values): BrokenRule | null {
	const read = readTokenOption(values['auth-token']);
	return typeof read === 'string' ? { option: 'auth-token', rule: read } : null;
}

/** Of checked values. */
export function authSettingsOf(values: Values): AuthSettings {
	const read = readTokenOption(values['auth-token']);
	assert(typeof read !== 'string', 'a token option that breaks its rule is refused before');
	return {
		token: read ?? { kind: 'simple', ttlSeconds: values['auth-token-ttl'] },
		bcryptCost: values['bcrypt-cost'],
		auditLog: values['audit-log'],
		namesByCertificate: values['client-cert-auth'],
	};
}

/** null: simple. Text: what is wrong with it. */
function readTokenOption(text: string): JwtSettings | null | string {
	const [kind, ...parts] = text.split(',');
	if (kind === 'simple' && parts.length === 0) {
		return null;
	}
	const given = new Map<string, string>();
	for (const part of parts) {
		const equals = part.indexOf('=');
		const name = part.slice(0, Math.max(equals, 0));
		if (!PARTS.has(name) || given.has(name)) {
			return FORM;
		}
		given.set(name, part.slice(equals + 1));
	}
	return kind === 'jwt' ? jwtOf(given) : FORM;
}

function jwtOf(given: ReadonlyMap<string, string>): JwtSettings | string {
	const signMethod = SIGN_METHODS.find((method) => method === given.get('sign-method'));
	if (signMethod === undefined) {
		return `${FORM}: the method is one of ${SIGN_METHODS.join(' ')}`;
	}
	const publicKey = given.get('pub-key') ?? '';
	const privateKey = given.get('priv-key') ?? '';
	if (publicKey === '' && privateKey === '') {
		return `${FORM}: without a key nothing can be verified`;
	}
	const ttl = given.get('ttl');
	const ttlMs = ttl === undefined ? TTL_MS_DEFAULT : parseDuration(ttl);
	if (ttlMs === null || ttlMs <= 0) {
		return `${FORM}: ttl is a time greater than 0, as 5m`;
	}
	return { kind: 'jwt', signMethod: signMethod satisfies SignMethod, publicKey, privateKey, ttlMs };
}
