/** The access control of one lane with what it needs of the machine: chance, hashes, clocks, keys and the audit log's file. Called by workers/api.worker.ts. */
import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';
import { type Access, openAccess } from '../api/access/access.ts';
import { AuthTables } from '../auth/auth-table.ts';
import type { AuthSettings } from '../base/auth-settings.ts';
import type { Lane } from '../ports/lane.ts';
import type { Logger } from '../ports/logger.ts';
import type { OffloadResult, PasswordJob } from '../protocol/offload-jobs.ts';
import { AuditLog } from './audit-log.ts';
import { openJwtSigner } from './jwt-library.ts';

export interface LaneAccessPorts {
	readonly lane: Lane;
	readonly offload: (job: PasswordJob) => Promise<OffloadResult>;
	readonly logger: Logger;
}

export interface LaneAccess extends Access {
	readonly tables: AuthTables;
	close(): Promise<void>;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY_BYTES = 32;
const MILLISECONDS_A_SECOND = 1_000;

/** Throws FatalError where the configuration names files that cannot be used. */
export async function openLaneAccess(settings: AuthSettings, { lane, offload, logger }: LaneAccessPorts): Promise<LaneAccess> {
	const key = randomBytes(KEY_BYTES);
	const tables = new AuthTables();
	const audit = settings.auditLog === '' ? null : await AuditLog.open(settings.auditLog, logger);
	const access = openAccess(settings, {
		lane,
		tables,
		offload,
		logger,
		audit,
		signer: settings.token.kind === 'jwt' ? openJwtSigner(settings.token) : null,
		keyedHash: (text) => createHmac('sha256', key).update(text).digest('base64'),
		sha256: (text) => createHash('sha256').update(text).digest(),
		randomLetters,
		now: () => performance.now() / MILLISECONDS_A_SECOND,
		unixSeconds: () => Date.now() / MILLISECONDS_A_SECOND,
		later: (milliseconds, work) => void setTimeout(work, milliseconds).unref(),
	});
	return { ...access, tables, close: async () => audit?.close() };
}

function randomLetters(count: number): string {
	return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
