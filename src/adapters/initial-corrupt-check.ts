/**
 * --experimental-initial-corrupt-check: before a member serves clients, its store is compared with those of the members that answer, at its own
 * revision. One that differs over the same compacted history ends the process. Members that are not there, or cannot tell, are passed
 * over, as in etcd (reference/etcd-surface.md 7.5). Called by workers/api.worker.ts.
 */
import { setImmediate } from 'node:timers/promises';
import { CODES } from '../base/codes.ts';
import type { EngineReader } from '../base/engine.ts';
import { FatalError } from '../base/fatal.ts';
import { REBUILD } from '../base/rebuild.ts';
import { list } from '../members/table.ts';
import { HashKv, type HashKvResult } from '../mvcc/hash-kv.ts';
import type { Logger } from '../ports/logger.ts';
import { askHash } from './hash-page.ts';
import type { PeerTls } from './peer-http-client.ts';
import { introduce } from './peer-questions.ts';

export interface InitialCheck {
	readonly reader: EngineReader;
	readonly clusterId: string;
	/** This member's id as hex. */
	readonly selfId: string;
	readonly tls: PeerTls;
	readonly logger: Logger;
}

const PAGE_RECORDS = 1_000;
const ASK_MILLISECONDS = 30_000;

export async function checkBeforeServing({ reader, clusterId, selfId, tls, logger }: InitialCheck): Promise<void> {
	const others = reader.read(list).filter(({ id }) => id !== selfId);
	const own = others.length === 0 ? null : await hashStore(reader);
	if (own === null) {
		return;
	}
	logger.log('info', 'starting initial corruption check', { 'local-member-id': selfId, revision: own.hashRevision });
	await Promise.all(
		others.map(async ({ id, peerUrls }) => {
			const headers = introduce({ clusterId, selfId, to: id });
			const told = await askHash({ urls: peerUrls, headers, tls, revision: own.hashRevision, timeoutMilliseconds: ASK_MILLISECONDS });
			if (told === null || told.code !== CODES.ok.code || told.compactRevision !== own.compactRevision) {
				const fields = { 'remote-peer-id': id, code: told?.code ?? null, 'compact-revision': own.compactRevision };
				logger.log('warn', 'the store of a remote peer could not be compared', fields);
			} else if (told.hash !== own.hash) {
				const where = `at revision ${own.hashRevision}, compacted at ${own.compactRevision}`;
				const hashes = `its hash is ${own.hash}, and that of member ${id} is ${told.hash}`;
				throw new FatalError('store_damaged', `store: member ${selfId} found data inconsistency with peers ${where}: ${hashes}; ${REBUILD}`);
			}
		}),
	);
	logger.log('info', 'initial corruption check passed', { 'local-member-id': selfId });
}

/** null: compactions come faster than it can hash. */
async function hashStore(reader: EngineReader): Promise<HashKvResult | null> {
	const hash = new HashKv(0);
	for (;;) {
		const page = reader.read((view) => hash.step(view, PAGE_RECORDS));
		if (page.kind !== 'more') {
			return page.kind === 'hash_kv' ? page : null;
		}
		await setImmediate();
	}
}
