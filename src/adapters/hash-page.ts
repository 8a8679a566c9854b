/**
 * The page on which a member tells another the hash of its store at a revision, from both ends; large stores take minutes. The revision
 * travels in a header, and the answer is checked before it is believed. Used by peer-server.ts, peer-network.ts and initial-corrupt-check.ts.
 */
import type { IncomingMessage } from 'node:http';
import { codeRow } from '../base/codes.ts';
import type { PeerHash, ToldHash } from '../ports/peer-hashes.ts';
import { parseObject } from './lease-page.ts';
import { askText, type PeerTls } from './peer-http-client.ts';

export const HASH_PATH = '/raft/hash';
const REVISION_HEADER = 'x-hash-revision';
/** A store of millions of records is hashed in the background, in a minute or more. */
const ASK_MILLISECONDS = 300_000;

/** null: it names no revision. */
export function readHashQuestion(request: IncomingMessage): number | null {
	const text = request.headers[REVISION_HEADER];
	const revision = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
	return Number.isSafeInteger(revision) ? revision : null;
}

export interface HashQuestion {
	/** Asked one after the other until one answers. */
	readonly urls: readonly string[];
	/** By which the members know each other. */
	readonly headers: Readonly<Record<string, string>>;
	readonly tls: PeerTls;
	readonly revision: number;
	readonly timeoutMilliseconds: number;
}

/** null: there was no answer, or none that makes sense. */
export async function askHash({ urls, headers, tls, revision, timeoutMilliseconds }: HashQuestion): Promise<PeerHash | null> {
	for (const url of urls) {
		const request = {
			url,
			path: HASH_PATH,
			headers: { ...headers, [REVISION_HEADER]: String(revision) },
			expected: {},
			tls,
			timeoutMilliseconds,
		};
		const answer = await askText(request);
		if (answer.ok) {
			return parseHash(answer.body);
		}
	}
	return null;
}

export interface HashSource {
	/** Of the member, as hex. */
	readonly id: string;
	readonly urls: readonly string[];
	readonly headers: Readonly<Record<string, string>>;
	readonly tls: PeerTls;
}

/** Those that answered. */
export async function askAllHashes(sources: readonly HashSource[], revision: number): Promise<readonly ToldHash[]> {
	const told = await Promise.all(
		sources.map(async ({ id, urls, headers, tls }) => {
			const hash = await askHash({ urls, headers, tls, revision, timeoutMilliseconds: ASK_MILLISECONDS });
			return hash === null ? [] : [{ id, ...hash }];
		}),
	);
	return told.flat();
}

function parseHash(text: string): PeerHash | null {
	const { code, applied, revision, compactRevision, hash } = parseObject(text) ?? {};
	const isSound =
		isCount(code, 0) && codeRow(code) !== null && isCount(applied, 0) && isCount(revision, 0) && isCount(compactRevision, -1) && isCount(hash, 0);
	return isSound ? { code, applied, revision, compactRevision, hash } : null;
}

function isCount(value: unknown, least: number): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}
