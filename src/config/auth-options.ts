/** The part of the option table (options.ts) about access control: tokens, passwords, and the log of who did what. The rules are in auth-settings.ts. */
import type { OptionSpec } from './option-spec.ts';

const DAY_SECONDS = 86_400;
/** bcrypt's own bounds. */
const COST_MIN = 4;
const COST_MAX = 31;

export const AUTH_OPTIONS = {
	'auth-token': {
		group: 'security',
		type: 'text',
		default: 'simple',
		help: "Tokens that users log in for: 'simple', or 'jwt,sign-method=RS256,pub-key=FILE,priv-key=FILE,ttl=5m'. Methods: RS, PS, ES, HS with 256, 384, 512, and EdDSA. Without priv-key this member only verifies.",
	},
	'auth-token-ttl': {
		group: 'security',
		type: 'integer',
		unit: 'seconds',
		min: 1,
		max: 365 * DAY_SECONDS,
		default: 300,
		help: 'How long a simple token is good after it was used last.',
	},
	'bcrypt-cost': {
		group: 'security',
		type: 'integer',
		unit: 'cost',
		min: COST_MIN,
		max: COST_MAX,
		default: 10,
		help: 'Work that goes into hashing a password; one more is twice as much.',
	},
	'audit-log': {
		group: 'quorate',
		type: 'text',
		default: '',
		help: "File that a line of JSON is added to for each request of the APIs of v3 and v2, and of paths that want a user: who, from where, what, allowed or not; 'stderr': with the log. Default: none.",
	},
} as const satisfies Record<string, OptionSpec>;
