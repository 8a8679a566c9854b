/**
 * The entries that the killed storage is given, each following from a seed and its index alone, and what a store must hold after so many of them: by
 * executing them on an engine in memory. Used by kill-storage.ts, which is killed, and by kill-storage.test.ts, which judges it.
 */

import Long from 'long';
import { LaneAnswers } from '../../src/actors/lane-answers.ts';
import { StoreEntries } from '../../src/actors/store-entries.ts';
import { ANONYMOUS } from '../../src/auth/identity.ts';
import { assert } from '../../src/base/assert.ts';
import { type Index, type Slot, type Term, toRequestId } from '../../src/base/brand.ts';
import type { ReadView } from '../../src/base/engine.ts';
import { MemoryEngine } from '../../src/base/memory-engine.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { STORE_TREE_NAMES, TREE } from '../../src/base/store-trees.ts';
import { encodeBootstrap } from '../../src/members/commands.ts';
import { HashKv } from '../../src/mvcc/hash-kv.ts';
import { SILENT } from '../../src/ports/logger.ts';
import { COMMAND_KIND, type CommandKind, encodeCommand } from '../../src/protocol/command.ts';
import type { EntryColumns } from '../../src/protocol/messages.ts';
import { ENTRY_KIND } from '../../src/raft/state.ts';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';

export const TERM = 1 as Term;
export const SELF_ID = 'a1';
const KEYS = 400;
const PAGE = 10_000;
const encoder = new TextEncoder();

/** Entries [first, first + count). */
export function entriesOf(seed: number, first: number, count: number): EntryColumns {
	const indexes = Array.from({ length: count }, (_, i) => first + i);
	return {
		first: first as Index,
		terms: indexes.map(() => TERM),
		kinds: indexes.map((index) => (index === 1 ? ENTRY_KIND.membership : ENTRY_KIND.command)),
		payloads: indexes.map((index) => commandOf(seed, index)),
	};
}

function commandOf(seed: number, index: number): Uint8Array {
	if (index === 1) {
		const member = { slot: 1 as Slot, id: SELF_ID, name: '', peerUrls: ['http://127.0.0.1:1'], clientUrls: [], learner: false };
		return envelope(COMMAND_KIND.bootstrap, encodeBootstrap({ clusterId: 'c1', members: [member] }));
	}
	const random = new SeededRandom(seed * 1_000_003 + index);
	const key = encoder.encode(`key/${random.below(KEYS)}`);
	const choice = random.below(40);
	if (choice < 33) {
		const value = new Uint8Array(random.below(random.below(20) === 0 ? 9_000 : 400)).fill(index);
		return envelope(COMMAND_KIND.put, pb.PutRequest.encode({ key, value }).finish());
	}
	if (choice < 37) {
		return envelope(COMMAND_KIND.delete_range, pb.DeleteRangeRequest.encode({ key }).finish());
	}
	if (choice === 37) {
		return envelope(COMMAND_KIND.compact, pb.CompactionRequest.encode({ revision: Long.fromNumber(Math.floor(index / 2)) }).finish());
	}
	return envelope(
		COMMAND_KIND.lease_grant,
		pb.LeaseGrantRequest.encode({ ID: Long.fromNumber(1 + random.below(60)), TTL: Long.fromNumber(1_000) }).finish(),
	);
}

/** Of another process: nobody waits for an answer. */
function envelope(kind: CommandKind, body: Uint8Array): Uint8Array {
	const origin = { slot: 9 as Slot, boot: 1, requestId: toRequestId(0, 1) };
	return encodeCommand({ kind, origin, term: 0 as Term, who: ANONYMOUS, body });
}

/** Everything that clients could see of a store, whatever a compaction has swept yet. */
export function describeStore(view: ReadView): string {
	const hash = new HashKv(0);
	let outcome = hash.step(view, PAGE);
	while (outcome.kind === 'more') {
		outcome = hash.step(view, PAGE);
	}
	assert(outcome.kind === 'hash_kv', 'the newest revision is not compacted');
	let others = 0;
	let sum = 0;
	for (const tree of [TREE.leases, TREE.members]) {
		view.scan(tree, new Uint8Array(0), null, (key, bytes) => {
			others++;
			for (const byte of [...key, ...bytes]) {
				sum = (sum * 31 + byte) % 1_000_000_007;
			}
			return true;
		});
	}
	return `${outcome.hash}/${outcome.revision}/${outcome.compactRevision}/${others}/${sum}`;
}

export class Replay {
	readonly engine = new MemoryEngine(STORE_TREE_NAMES);
	readonly #seed: number;
	readonly #entries = new StoreEntries({ id: SELF_ID, boot: 2 }, SILENT);
	#applied = 0;

	constructor(seed: number) {
		this.#seed = seed;
	}

	/** On to this entry, which must not be behind. */
	advance(to: number): string {
		assert(to >= this.#applied, () => `replay to ${to} after ${this.#applied}`);
		while (this.#applied < to) {
			const count = Math.min(500, to - this.#applied);
			const columns = entriesOf(this.#seed, this.#applied + 1, count);
			this.engine.write((view) => this.#entries.execute(view, [columns], new LaneAnswers(1)));
			this.#applied += count;
		}
		return this.engine.read(describeStore);
	}
}
