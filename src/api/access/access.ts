/**
 * What one lane knows and keeps about who calls: its image of users and roles, tokens, passwords, the audit log. One object, made with the lane's front end,
 * for all doors: gRPC, the JSON gateway, the dashboard, v2.
 */
import type { AuthTables } from '../../auth/auth-table.ts';
import { must } from '../../base/assert.ts';
import type { AuthSettings } from '../../base/auth-settings.ts';
import type { Lane } from '../../ports/lane.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Audit } from './audit.ts';
import { Callers, type LookAtAuth } from './callers.ts';
import { type CredentialPorts, Credentials } from './credentials.ts';
import { type JwtPorts, type JwtSigner, JwtTokens } from './jwt-tokens.ts';
import { SimpleTokens } from './simple-tokens.ts';
import type { Tokens } from './tokens.ts';

const MILLISECONDS_A_SECOND = 1_000;

export interface AccessPorts extends CredentialPorts {
	readonly lane: Lane;
	readonly tables: AuthTables;
	/** For tokens of the kind jwt. */
	readonly signer: JwtSigner | null;
	readonly audit: Audit | null;
	readonly randomLetters: (count: number) => string;
	readonly sha256: (text: string) => Uint8Array;
	readonly unixSeconds: () => number;
	readonly later: (milliseconds: number, work: () => void) => void;
	readonly logger: Logger;
}

export interface Access {
	readonly callers: Callers;
	readonly tokens: Tokens;
	readonly credentials: Credentials;
	/** One look at the store, with the image of users and roles of the same moment. */
	readonly look: LookAtAuth;
	readonly audit: Audit | null;
	readonly logger: Logger;
	/** Once the lane has begun, before anybody calls. */
	begin(): void;
}

export function openAccess(settings: AuthSettings, ports: AccessPorts): Access {
	const { lane, tables, audit, logger } = ports;
	const look: LookAtAuth = (work) => lane.reader.read((view) => work({ view, table: tables.of(view) }));
	const simple = new SimpleTokens(settings.token.kind === 'simple' ? settings.token.ttlSeconds : 1, { ...ports, look });
	const tokens = settings.token.kind === 'jwt' ? new JwtTokens(settings.token.ttlMs / MILLISECONDS_A_SECOND, jwtPorts(ports)) : simple;
	return {
		callers: new Callers(tokens, look, lane),
		tokens,
		credentials: new Credentials(settings.bcryptCost, ports),
		look,
		audit,
		logger,
		begin: () => {
			if (tokens === simple) {
				simple.start();
			}
		},
	};
}

function jwtPorts({ signer, unixSeconds, logger }: AccessPorts): JwtPorts {
	return { signer: must(signer, 'tokens of the kind jwt are configured'), unixSeconds, logger };
}
