/** The keyspace on an engine, in memory unless the test has another, one transaction an operation, and its results in the model's words. */

import type { Engine, ReadView, WriteView } from '../../../src/base/engine.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { STORE_TREE_NAMES } from '../../../src/base/store-trees.ts';
import { compactSlice, isSweepPending } from '../../../src/mvcc/compaction.ts';
import { executeCompact, executeDeleteRange, executePut, executeTxn } from '../../../src/mvcc/execute.ts';
import type { HashKvOutcome } from '../../../src/mvcc/hash-kv.ts';
import { HashKv } from '../../../src/mvcc/hash-kv.ts';
import { LatestTree } from '../../../src/mvcc/latest-tree.ts';
import type { Operation, OperationResult, RangeOperation, RangeResult, Refusal } from '../../../src/mvcc/operations.ts';
import { readRange } from '../../../src/mvcc/range.ts';
import { readStoreState, type StoreState, writeStoreState } from '../../../src/mvcc/store-state.ts';
import { decodeKeyValue } from '../../../src/mvcc/stored-key-value.ts';
import { type ModelKv, type ModelResult, textOf } from './model.ts';

export class Subject {
	readonly engine: Engine;
	readonly latest: LatestTree;

	constructor(keyLimit?: number, engine: Engine = new MemoryEngine(STORE_TREE_NAMES)) {
		this.engine = engine;
		this.latest = new LatestTree(keyLimit);
	}

	run(operation: Operation): ModelResult {
		return inWords(this.raw(operation));
	}

	raw(operation: Operation): OperationResult | Refusal {
		const { latest } = this;
		switch (operation.kind) {
			case 'put':
				return this.write((view, state) => executePut({ view, state, latest }, operation));
			case 'delete_range':
				return this.write((view, state) => executeDeleteRange({ view, state, latest }, operation));
			case 'txn':
				return this.write((view, state) => executeTxn({ view, state, latest }, operation));
			case 'range':
				return this.engine.read((view) => readRange(view, operation, latest));
			default:
				throw new Error(`not an operation of its own: ${operation.kind}`);
		}
	}

	/** On a view of the test's own. */
	readOn(view: ReadView, operation: RangeOperation): RangeResult | Refusal {
		return readRange(view, operation, this.latest);
	}

	compact(revision: number): number {
		return this.write((_view, state) => executeCompact(state, { kind: 'compact', revision, physical: false }));
	}

	/** One slice of so many records, if a sweep is pending; whether it still is. */
	sweep(budget: number, heldAt = Number.MAX_SAFE_INTEGER): boolean {
		return this.write((view, state) => {
			if (isSweepPending(state)) {
				compactSlice(view, state, { isSpent: () => true }, { heldAt, latest: this.latest, pageRecords: budget });
			}
			return isSweepPending(state);
		});
	}

	hash(revision: number, budget: number): HashKvOutcome {
		const hash = new HashKv(revision, this.latest);
		for (let page = 0; page < 10_000; page++) {
			const outcome = this.engine.read((view) => hash.step(view, budget));
			if (outcome.kind !== 'more') {
				return outcome;
			}
		}
		throw new Error('a hash that does not end');
	}

	write<T>(work: (view: WriteView, state: StoreState) => T): T {
		return this.engine.write((view) => {
			const state = readStoreState(view);
			const result = work(view, state);
			writeStoreState(view, state);
			return result;
		});
	}

	state(): StoreState {
		return this.engine.read(readStoreState);
	}
}

function toModelKv(bytes: Uint8Array): ModelKv {
	const kv = decodeKeyValue(bytes);
	return { key: textOf(kv.key), create: kv.createRevision, mod: kv.modRevision, version: kv.version, value: textOf(kv.value) };
}

function inWords(result: OperationResult | Refusal): ModelResult {
	switch (result.kind) {
		case 'put':
			return { kind: 'put', revision: result.revision, prevKv: result.prevKv === null ? null : toModelKv(result.prevKv) };
		case 'delete_range':
			return { ...result, prevKvs: result.prevKvs.map(toModelKv) };
		case 'range':
			return { ...result, kvs: result.kvs.map(toModelKv) };
		case 'txn':
			return { ...result, results: result.results.map(inWords).map((each) => (each.kind === 'txn' ? { ...each, revision: 0 } : each)) };
		default:
			return result;
	}
}
