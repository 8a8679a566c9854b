/**
 * The way out: writes what a view of the store holds as a database of etcd's, which `etcdctl snapshot restore` takes. One pass over the history,
 * whose order is that of etcd's bucket of keys, so that a few pages are in memory whatever its size. Synchronous: it runs in the offload pool, off
 * the actors. Not in it: the v2 keyspace, which etcd keeps elsewhere, and members, since a restore founds a new cluster.
 */
import fs from 'node:fs';
import { listAlarms } from '../alarms/table.ts';
import { EMPTY_BYTES, hexToId } from '../base/bytes.ts';
import type { ReadView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { ETCD_BUCKETS, ETCD_META, encodeAlarm, encodeConfState, encodeLease, encodeRevision, encodeUint64 } from '../bbolt/etcd-schema.ts';
import { BboltFileWriter } from '../bbolt/file-writer.ts';
import { META_PAGES, PAGE_BYTES } from '../bbolt/format.ts';
import { list } from '../members/table.ts';
import { readBody, readHeader, readRevisionKey } from '../mvcc/history.ts';
import { LATEST } from '../mvcc/latest-tree.ts';
import { LEASES } from '../mvcc/lease-tree.ts';
import { readStoreState, type StoreState } from '../mvcc/store-state.ts';
import { decodeKeyValue } from '../mvcc/stored-key-value.ts';
import { findVisible } from '../mvcc/visible.ts';
import { authRecords, roleRecords, userRecords } from './etcd-auth.ts';

const BUFFER_BYTES = 2 ** 20;
/** Records between two looks at whether anybody still wants the file. */
const LOOK_RECORDS = 1_000;
const encoder = new TextEncoder();

/** Whether the file is whole: false if it was no longer wanted, and is gone. The file must not be there yet. */
export function exportSnapshot(view: ReadView, file: string, isWanted: () => boolean): boolean {
	const sink = new FileSink(file);
	let isWhole = false;
	try {
		isWhole = writeBuckets(view, sink, isWanted);
		return isWhole;
	} finally {
		sink.close();
		if (!isWhole) {
			fs.rmSync(file, { force: true });
		}
	}
}

function writeBuckets(view: ReadView, sink: FileSink, isWanted: () => boolean): boolean {
	const writer = new BboltFileWriter(sink);
	const state = readStoreState(view);
	for (const bucket of ETCD_BUCKETS) {
		writer.beginBucket(bucket);
		switch (bucket) {
			case 'key':
				if (!putHistory(view, state, writer, isWanted)) {
					return false;
				}
				break;
			case 'lease':
				putLeases(view, writer);
				break;
			case 'auth':
				putAll(writer, authRecords(view));
				break;
			case 'authRoles':
				putAll(writer, roleRecords(view));
				break;
			case 'authUsers':
				putAll(writer, userRecords(view));
				break;
			case 'alarm':
				putAll(writer, alarmRecords(view));
				break;
			case 'meta':
				putAll(writer, metaRecords(view, state));
				break;
			default:
				break;
		}
	}
	sink.finish(writer.finish());
	return true;
}

type Pair = readonly [key: Uint8Array, value: Uint8Array];

function putAll(writer: BboltFileWriter, pairs: readonly Pair[]): void {
	for (const [key, value] of [...pairs].sort(([a], [b]) => Buffer.compare(a, b))) {
		writer.put(key, value);
	}
}

/** In the order of ids as unsigned numbers, which is both trees'. */
function putLeases(view: ReadView, writer: BboltFileWriter): void {
	LEASES.scan(view, null, ({ id, ttl, remaining }) => {
		writer.put(encodeUint64(id), encodeLease({ id, ttl: BigInt(ttl), remaining: BigInt(remaining) }));
		return true;
	});
}

function alarmRecords(view: ReadView): readonly Pair[] {
	return listAlarms(view).map(({ kind, memberId }) => [encodeAlarm(memberId, kind), EMPTY_BYTES]);
}

function metaRecords(view: ReadView, state: StoreState): readonly Pair[] {
	const members = list(view);
	const ids = (learner: boolean): bigint[] => members.filter((each) => each.learner === learner).map(({ id }) => hexToId(id));
	const compacted = encodeRevision({ main: state.compactRevision, sub: 0, tombstone: false });
	const records: [string, Uint8Array][] = [
		[ETCD_META.confState, encodeConfState(ids(false), ids(true))],
		[ETCD_META.consistentIndex, encodeUint64(BigInt(state.appliedIndex))],
		[ETCD_META.term, encodeUint64(BigInt(state.appliedTerm))],
	];
	if (state.compactRevision >= 0) {
		records.push([ETCD_META.finishedCompact, compacted], [ETCD_META.scheduledCompact, compacted]);
	}
	return records.map(([name, value]) => [encoder.encode(name), value]);
}

/** What etcd would have after its compaction, whether or not ours has swept yet; false if nobody wants it any more. */
function putHistory(view: ReadView, state: StoreState, writer: BboltFileWriter, isWanted: () => boolean): boolean {
	let untilLook = LOOK_RECORDS;
	let goesOn = true;
	const isSwept = state.sweptRevision === state.compactRevision;
	view.scan(TREE.history, EMPTY_BYTES, null, (key, record) => {
		const { main, sub } = readRevisionKey(key);
		const { tombstone } = readHeader(main, sub, record);
		const body = readBody(main, sub, record);
		if (main > state.compactRevision || isSwept || survives(view, { main, sub, tombstone }, body, state.compactRevision)) {
			writer.put(encodeRevision({ main, sub, tombstone }), body);
		}
		if (--untilLook === 0) {
			untilLook = LOOK_RECORDS;
			goesOn = isWanted();
		}
		return goesOn;
	});
	return goesOn;
}

/** At or below the compaction: what the key was at it; of tombstones those exactly there, which a watch from it must see. */
function survives(
	view: ReadView,
	{ main, sub, tombstone }: { main: number; sub: number; tombstone: boolean },
	body: Uint8Array,
	compactRevision: number,
): boolean {
	if (tombstone) {
		return main === compactRevision;
	}
	const newest = LATEST.get(view, decodeKeyValue(body).key);
	const visible = newest === null ? null : findVisible(view, newest, compactRevision);
	return visible !== null && visible.main === main && visible.sub === sub;
}

/** Gathers pages, and leaves room for the meta pages at the start, which come last. */
class FileSink {
	readonly #descriptor: number;
	readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
	#filled = 0;
	#at = META_PAGES * PAGE_BYTES;

	constructor(file: string) {
		this.#descriptor = fs.openSync(file, 'wx', 0o600);
	}

	write(bytes: Uint8Array): void {
		if (this.#filled + bytes.length > BUFFER_BYTES) {
			this.#drain();
		}
		if (bytes.length > BUFFER_BYTES) {
			this.#writeOut(bytes);
		} else {
			this.#buffer.set(bytes, this.#filled);
			this.#filled += bytes.length;
		}
	}

	finish(metaPages: Uint8Array): void {
		this.#drain();
		this.#at = 0;
		this.#writeOut(metaPages);
	}

	close(): void {
		fs.closeSync(this.#descriptor);
	}

	#drain(): void {
		this.#writeOut(this.#buffer.subarray(0, this.#filled));
		this.#filled = 0;
	}

	/** A full disk may take a part. */
	#writeOut(bytes: Uint8Array): void {
		for (let written = 0; written < bytes.length; ) {
			const count = fs.writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#at);
			written += count;
			this.#at += count;
		}
	}
}
