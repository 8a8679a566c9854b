/**
 * The way in: an etcd snapshot file becomes a store and a log of a new cluster, at entry 1 of term 1, which is where its founding members are known.
 * The same file and the same members give the same state, so that each founding member imports for itself and they start as one cluster.
 * Nothing is written before the whole file was read and checked once. Synchronous; used by cli/import.ts, which has the process to itself.
 */
import { randomInt } from 'node:crypto';
import type { Index, Term } from '../base/brand.ts';
import { NOBODY } from '../base/brand.ts';
import { crc32c } from '../base/crc32c.ts';
import type { Engine, WriteView } from '../base/engine.ts';
import { damagedFile } from '../bbolt/damage.ts';
import { ETCD_META } from '../bbolt/etcd-schema.ts';
import type { BboltFileReader, Entry } from '../bbolt/file-reader.ts';
import type { BootstrapBody } from '../members/commands.ts';
import { bootstrap } from '../members/table.ts';
import { importRecord, stateBeforeImport } from '../mvcc/history-import.ts';
import { LEASES } from '../mvcc/lease-tree.ts';
import type { NewRecord } from '../mvcc/record-append.ts';
import { type StoreState, writeStoreState } from '../mvcc/store-state.ts';
import { SILENT } from '../ports/logger.ts';
import { openDaemonStore } from './daemon-store.ts';
import { type ImportedAuth, importAuth, readEtcdAuth } from './etcd-auth.ts';
import { toCompactRevision, toLease, toRecord } from './etcd-records.ts';
import { openJournaledLog } from './journaled-log.ts';
import type { StoreDirectory } from './store-directory.ts';

/** What `etcdctl snapshot status` says of a file, and what an import is of it. */
export interface SnapshotStatus {
	/** CRC-32C over the names, keys and values of all buckets. */
	readonly hash: number;
	readonly revision: number;
	/** Records of all buckets. */
	readonly totalKeys: number;
	readonly records: number;
	readonly leases: number;
	/** Users and roles; null: none were ever made. */
	readonly auth: ImportedAuth | null;
}

/** Called now and then: records done, of so many (0: not known yet). */
export type Progress = (done: number, of: number) => void;

/** Where the founding members' log begins, the same on all of them. */
const FOUNDED = { index: 1 as Index, term: 1 as Term };
const BATCH_RECORDS = 2_000;
const BATCH_BYTES = 8 * 2 ** 20;
const NOTHING_APPLIED = { index: 0 as Index, term: 0 as Term };
const encoder = new TextEncoder();

/** Reads the whole file and checks every record that an import takes. */
export function inspectSnapshot(reader: BboltFileReader, progress: Progress): SnapshotStatus {
	if (!reader.bucketNames.includes('key')) {
		throw damagedFile('it has no bucket "key": it is no database of etcd 3');
	}
	let hash = 0;
	let totalKeys = 0;
	const counts = { key: 0, lease: 0 };
	let before: NewRecord | null = null;
	for (const bucket of reader.bucketNames) {
		hash = crc32c(encoder.encode(bucket), hash);
		for (const entry of reader.entries(bucket)) {
			hash = crc32c(entry.value, crc32c(entry.key, hash));
			totalKeys++;
			if (bucket === 'key') {
				before = toRecord(entry, before);
				counts.key++;
			} else if (bucket === 'lease') {
				toLease(entry);
				counts.lease++;
			}
			if (totalKeys % BATCH_RECORDS === 0) {
				progress(totalKeys, 0);
			}
		}
	}
	return {
		hash,
		revision: before?.main ?? 0,
		totalKeys,
		records: counts.key,
		leases: counts.lease,
		auth: readEtcdAuth(reader),
	};
}

export interface ImportOptions {
	readonly dataDirectory: string;
	readonly founding: BootstrapBody;
	/** Of the file; null: it has none, or is imported without. */
	readonly auth: ImportedAuth | null;
}

/** Into a data directory without log and store, which a member then starts from. Its applied revision is given back. */
export function importSnapshot(reader: BboltFileReader, { dataDirectory, founding, auth }: ImportOptions, progress: Progress): number {
	const environment = openDaemonStore(dataDirectory, true, { turn: { run: (work) => work() }, now: () => performance.now(), logger: SILENT });
	let state: StoreState;
	try {
		state = fillStore(reader, environment, progress);
		const final = { ...state, appliedIndex: FOUNDED.index, appliedTerm: FOUNDED.term };
		environment.engine.write((view) => {
			bootstrap(view, founding, FOUNDED.index);
			if (auth !== null) {
				importAuth(view, auth);
			}
			writeStoreState(view, final);
		});
		environment.checkpointNow(FOUNDED);
	} finally {
		environment.close();
	}
	beginLog(dataDirectory);
	return state.revision;
}

function fillStore(reader: BboltFileReader, environment: StoreDirectory, progress: Progress): StoreState {
	const { engine } = environment;
	const finished = toCompactRevision(find(reader, 'meta', ETCD_META.finishedCompact));
	const scheduled = toCompactRevision(find(reader, 'meta', ETCD_META.scheduledCompact));
	const state = stateBeforeImport({ finished, scheduled });
	// First, since a key hangs only on a lease that is there.
	inBatches(environment, reader.entries('lease'), (view, entry) => LEASES.put(view, toLease(entry)));
	let before: NewRecord | null = null;
	let done = 0;
	inBatches(environment, reader.entries('key'), (view, entry) => {
		before = toRecord(entry, before);
		importRecord(view, state, before);
		done++;
		if (done % BATCH_RECORDS === 0) {
			progress(done, done);
		}
	});
	engine.write((view) => writeStoreState(view, state));
	return state;
}

/** A transaction a batch, and a checkpoint when one is due: pages that no checkpoint holds are used again, so that the file does not grow for nothing. */
function inBatches(environment: StoreDirectory, entries: Iterator<Entry>, take: (view: WriteView, entry: Entry) => void): void {
	for (let isMore = true; isMore; ) {
		isMore = (environment.engine as Engine).write((view) => {
			let bytes = 0;
			for (let count = 0; count < BATCH_RECORDS && bytes < BATCH_BYTES; count++) {
				const next = entries.next();
				if (next.done === true) {
					return false;
				}
				bytes += next.value.value.length;
				take(view, next.value);
			}
			return true;
		});
		if (environment.isCheckpointDue()) {
			environment.checkpointNow(NOTHING_APPLIED);
		}
	}
}

/** A log without entries that begins after the founding, as one that was compacted there. */
function beginLog(dataDirectory: string): void {
	const log = openJournaledLog(dataDirectory, randomInt(2 ** 32));
	try {
		log.append([
			{
				resetTo: FOUNDED,
				truncateFrom: null,
				entries: { first: (FOUNDED.index + 1) as Index, terms: [], kinds: [], payloads: [] },
				hardState: { term: FOUNDED.term, vote: NOBODY, commit: FOUNDED.index },
				mark: null,
			},
		]);
	} finally {
		log.close();
	}
}

function find(reader: BboltFileReader, bucket: string, key: string): Entry | null {
	for (const entry of reader.entries(bucket)) {
		if (Buffer.from(entry.key).toString() === key) {
			return entry;
		}
	}
	return null;
}
