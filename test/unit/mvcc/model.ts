/**
 * The keyspace as a person would describe it: a whole copy of the map for every revision. The keyspace under test is held against it.
 * It uses nothing of the product but the shapes of operations.
 */
import type { Compare, DeleteRangeOperation, Operation, PutOperation, RangeOperation, TxnOperation } from '../../../src/mvcc/operations.ts';

export interface ModelKv {
	readonly key: string;
	readonly create: number;
	readonly mod: number;
	readonly version: number;
	readonly value: string;
}

export interface ModelEvent {
	readonly main: number;
	readonly sub: number;
	readonly key: string;
	/** null: a delete. */
	readonly kv: ModelKv | null;
}

type ModelMap = ReadonlyMap<string, ModelKv>;

export type ModelResult =
	| { readonly kind: 'put'; readonly revision: number; readonly prevKv: ModelKv | null }
	| { readonly kind: 'delete_range'; readonly revision: number; readonly deleted: number; readonly prevKvs: readonly ModelKv[] }
	| { readonly kind: 'range'; readonly revision: number; readonly kvs: readonly ModelKv[]; readonly more: boolean; readonly count: number }
	| { readonly kind: 'txn'; readonly revision: number; readonly succeeded: boolean; readonly results: readonly ModelResult[] }
	| { readonly kind: 'refusal'; readonly code: number };

/** Bytes as text, one character a byte: strings then sort as bytes do. */
export function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('latin1');
}

function inRange(key: string, lo: string, end: string): boolean {
	return end === '' ? key === lo : key >= lo && (end === '\0' || key < end);
}

export class Model {
	/** By revision; a place is empty for revisions that never were. */
	readonly maps: ModelMap[] = [new Map(), new Map()];
	readonly events: ModelEvent[] = [];
	compactRevision = -1;

	get revision(): number {
		return this.maps.length - 1;
	}

	get #now(): ModelMap {
		return this.maps.at(-1) as ModelMap;
	}

	run(operation: Operation): ModelResult {
		if (operation.kind === 'range') {
			return this.range(operation, this.#now, this.revision);
		}
		const work = new ModelWork(this, this.#now, this.revision + 1);
		const plan = operation.kind === 'txn' ? work.plan(operation) : operation;
		const code = work.check(plan);
		if (code !== 0) {
			return { kind: 'refusal', code };
		}
		const result = work.do(plan);
		if (work.events.length > 0) {
			this.maps.push(work.map);
			this.events.push(...work.events);
		}
		return operation.kind === 'txn' ? ({ ...result, revision: this.revision } as ModelResult) : result;
	}

	compact(revision: number): number {
		if (revision > this.revision) {
			return 12;
		}
		if (revision <= this.compactRevision) {
			return 11;
		}
		this.compactRevision = revision;
		return 0;
	}

	/** now: the map that revision 0 means, and the revision that the answer shows. */
	range(operation: RangeOperation, now: ModelMap, revision: number): ModelResult {
		const code = this.checkRange(operation, revision);
		if (code !== 0) {
			return { kind: 'refusal', code };
		}
		const map = operation.revision > 0 && operation.revision <= this.revision ? (this.maps[operation.revision] as ModelMap) : now;
		const lo = textOf(operation.key);
		const end = textOf(operation.rangeEnd);
		const found = [...map.values()].filter((kv) => inRange(kv.key, lo, end)).sort((a, b) => (a.key < b.key ? -1 : 1));
		const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision, sortOrder, sortTarget, limit } = operation;
		let kvs = found.filter(
			(kv) =>
				kv.mod >= (minModRevision || 0) &&
				kv.mod <= (maxModRevision || Infinity) &&
				kv.create >= (minCreateRevision || 0) &&
				kv.create <= (maxCreateRevision || Infinity),
		);
		const filtered = minModRevision !== 0 || maxModRevision !== 0 || minCreateRevision !== 0 || maxCreateRevision !== 0;
		if (sortOrder === 0 && limit > 0 && !filtered) {
			kvs = kvs.slice(0, limit + 1);
		}
		const by = [(kv: ModelKv) => kv.key, (kv: ModelKv) => kv.version, (kv: ModelKv) => kv.create, (kv: ModelKv) => kv.mod, (kv: ModelKv) => kv.value][
			sortTarget
		];
		const sign = sortOrder === 2 ? -1 : 1;
		if (by !== undefined) {
			kvs.sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
		}
		const more = limit > 0 && kvs.length > limit && !operation.countOnly;
		kvs = operation.countOnly ? [] : limit > 0 ? kvs.slice(0, limit) : kvs;
		return { kind: 'range', revision, kvs: kvs.map((kv) => (operation.keysOnly ? { ...kv, value: '' } : kv)), more, count: found.length };
	}

	checkRange(operation: RangeOperation, revision: number): number {
		if (operation.revision > revision) {
			return 12;
		}
		return operation.revision > 0 && operation.revision < this.compactRevision ? 11 : 0;
	}
}

type Planned = Exclude<Operation, TxnOperation> | { readonly kind: 'planned'; readonly succeeded: boolean; readonly steps: readonly Planned[] };

class ModelWork {
	readonly map: Map<string, ModelKv>;
	readonly events: ModelEvent[] = [];
	readonly #model: Model;
	readonly #before: ModelMap;
	readonly #main: number;

	constructor(model: Model, before: ModelMap, main: number) {
		this.#model = model;
		this.#before = before;
		this.map = new Map(before);
		this.#main = main;
	}

	plan(txn: TxnOperation): Planned {
		const succeeded = txn.compares.every((compare) => this.#holds(compare));
		const steps = (succeeded ? txn.success : txn.failure).map((each): Planned => (each.kind === 'txn' ? this.plan(each) : each));
		return { kind: 'planned', succeeded, steps };
	}

	check(operation: Planned | Operation): number {
		if (operation.kind === 'planned') {
			const steps = leaves(operation);
			const puts = steps.map((step) => this.#checkPut(step, false));
			const ranges = steps.map((step) => (step.kind === 'range' ? this.#model.checkRange(step, this.#model.revision) : 0));
			return [...puts, ...ranges].find((code) => code !== 0) ?? 0;
		}
		return this.#checkPut(operation, true);
	}

	#checkPut(operation: Planned | Operation, leaseFirst: boolean): number {
		if (operation.kind !== 'put') {
			return 0;
		}
		const lease = operation.lease === 0n ? 0 : 9;
		const previous = (operation.ignoreValue || operation.ignoreLease) && !this.#before.has(textOf(operation.key)) ? 2 : 0;
		return leaseFirst ? lease || previous : previous || lease;
	}

	do(operation: Planned | Operation): ModelResult {
		const revision = (): number => (this.events.length > 0 ? this.#main : this.#main - 1);
		switch (operation.kind) {
			case 'put':
				return this.#put(operation);
			case 'delete_range':
				return this.#delete(operation, revision);
			case 'range':
				return this.#model.range(operation, this.map, revision());
			case 'planned':
				return { kind: 'txn', revision: 0, succeeded: operation.succeeded, results: operation.steps.map((step) => this.do(step)) };
			default:
				throw new Error(`the model cannot do ${operation.kind}`);
		}
	}

	#put(operation: PutOperation): ModelResult {
		const key = textOf(operation.key);
		const old = this.map.get(key) ?? null;
		const value = operation.ignoreValue ? (old?.value ?? '') : textOf(operation.value);
		const kv = { key, create: old?.create ?? this.#main, mod: this.#main, version: (old?.version ?? 0) + 1, value };
		this.map.set(key, kv);
		this.events.push({ main: this.#main, sub: this.events.length, key, kv });
		return { kind: 'put', revision: this.#main, prevKv: operation.prevKv ? old : null };
	}

	#delete(operation: DeleteRangeOperation, revision: () => number): ModelResult {
		const lo = textOf(operation.key);
		const end = textOf(operation.rangeEnd);
		const doomed = [...this.map.values()].filter((kv) => inRange(kv.key, lo, end)).sort((a, b) => (a.key < b.key ? -1 : 1));
		for (const { key } of doomed) {
			this.map.delete(key);
			this.events.push({ main: this.#main, sub: this.events.length, key, kv: null });
		}
		return { kind: 'delete_range', revision: revision(), deleted: doomed.length, prevKvs: operation.prevKv ? doomed : [] };
	}

	#holds(compare: Compare): boolean {
		const lo = textOf(compare.key);
		const end = textOf(compare.rangeEnd);
		const found = [...this.#before.values()].filter((kv) => inRange(kv.key, lo, end));
		if (found.length === 0) {
			return compare.target !== 3 && this.#is(compare, [0, 0, 0, '', 0][compare.target] as number);
		}
		return found.every((kv) => this.#is(compare, [kv.version, kv.create, kv.mod, kv.value, 0][compare.target] as number | string));
	}

	#is(compare: Compare, left: number | string): boolean {
		const right = compare.target === 3 ? textOf(compare.value) : compare.target === 4 ? Number(compare.lease) : compare.number;
		return [left === right, left > right, left < right, left !== right][compare.result] as boolean;
	}
}

function leaves(operation: Planned): readonly Planned[] {
	return operation.kind === 'planned' ? operation.steps.flatMap(leaves) : [operation];
}
