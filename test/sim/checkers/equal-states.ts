/**
 * Members that have applied the same entries hold the same: HashKV as etcd computes it, the times that the cluster has given itself, and every record of the
 * trees that compaction does not sweep (reliability.md I5; etcd issues 13766, 11651). Looked at now and then, since it reads the whole store.
 */
import { crc32 } from 'node:zlib';
import type { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { TREE } from '../../../src/base/store-trees.ts';
import { tunedElection } from '../../../src/members/tuning-record.ts';
import { HashKv } from '../../../src/mvcc/hash-kv.ts';
import { readStoreState } from '../../../src/mvcc/store-state.ts';
import { demand } from '../verdict.ts';
import { Blind, type Place } from '../witness.ts';

const EVERY = 8;
const WHOLE_TREES = [TREE.leases, TREE.v2, TREE.auth, TREE.alarms, TREE.members];
const RECORDS_MAX = 1_000_000;

export class EqualStates extends Blind {
	readonly #hashes = new Map<number, { readonly hash: string; readonly place: Place }>();
	compared = 0;

	override committed(place: Place, engine: MemoryEngine): void {
		const { appliedIndex } = engine.read(readStoreState);
		if (appliedIndex % EVERY === 0) {
			this.compare(place, engine);
		}
	}

	compare(place: Place, engine: MemoryEngine): void {
		const state = engine.read(readStoreState);
		const hash = `applied ${state.appliedIndex}/${state.appliedTerm} revision ${state.revision} compacted ${state.compactRevision} ${contentOf(engine)}`;
		const former = this.#hashes.get(state.appliedIndex);
		if (former === undefined) {
			this.#hashes.set(state.appliedIndex, { hash, place });
			return;
		}
		this.compared++;
		demand(former.hash === hash, 'equal states', () => `member ${former.place.slot} holds "${former.hash}", member ${place.slot} "${hash}"`);
	}
}

function contentOf(engine: MemoryEngine): string {
	let records = 0;
	let sum = 0;
	engine.read((view) => {
		for (const tree of WHOLE_TREES) {
			view.scan(tree, new Uint8Array(0), null, (key, value) => {
				records++;
				sum = crc32(value, crc32(key, sum));
				return true;
			});
		}
	});
	return `${records} records ${sum} hashkv ${hashKv(engine)} tuned ${engine.read(tunedElection)}`;
}

function hashKv(engine: MemoryEngine): string {
	const hash = new HashKv(0);
	for (;;) {
		const outcome = engine.read((view) => hash.step(view, RECORDS_MAX));
		if (outcome.kind !== 'more') {
			return outcome.kind === 'hash_kv' ? `${outcome.hash}` : `refused ${outcome.code}`;
		}
	}
}
