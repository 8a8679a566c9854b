/**
 * How often mutations of the v2 tree succeeded and failed, as /v2/stats/store tells (reference/etcd-surface.md 1.4). Kept in the store, as
 * etcd keeps its own, so that they survive restarts and are the same on every member. Gets and watchers are a lane's to count.
 *
 *   crc u32 | a counter u48 for each of V2_COUNTERS
 *
 * Written by execute.ts and expiry.ts; read by whoever serves the statistics.
 */
import type { ReadView, WriteView } from '../base/engine.ts';
import { TREE } from '../base/store-trees.ts';
import { readUint48, UINT48_BYTES, writeUint48 } from '../base/uint48.ts';
import type { V2Result } from './event.ts';
import { STATS_KEY } from './layout.ts';
import { seal, verify } from './record.ts';
import { V2_OPERATION, type V2Operation } from './request-codec.ts';

/** In the order of the record: new ones go to the end. The names are etcd's. */
const V2_COUNTERS = [
	'setsSuccess',
	'setsFail',
	'deleteSuccess',
	'deleteFail',
	'updateSuccess',
	'updateFail',
	'createSuccess',
	'createFail',
	'compareAndSwapSuccess',
	'compareAndSwapFail',
	'compareAndDeleteSuccess',
	'compareAndDeleteFail',
	'expireCount',
] as const;
export type V2Counter = (typeof V2_COUNTERS)[number];
export type V2Stats = Readonly<Record<V2Counter, number>>;

const CRC_BYTES = 4;
const STATS_BYTES = CRC_BYTES + V2_COUNTERS.length * UINT48_BYTES;

const SUCCESS: Readonly<Record<V2Operation, V2Counter>> = {
	[V2_OPERATION.set]: 'setsSuccess',
	[V2_OPERATION.create]: 'createSuccess',
	[V2_OPERATION.create_in_order]: 'createSuccess',
	[V2_OPERATION.update]: 'updateSuccess',
	[V2_OPERATION.compare_and_swap]: 'compareAndSwapSuccess',
	[V2_OPERATION.delete]: 'deleteSuccess',
	[V2_OPERATION.compare_and_delete]: 'compareAndDeleteSuccess',
};
const FAIL: Readonly<Record<V2Operation, V2Counter>> = {
	[V2_OPERATION.set]: 'setsFail',
	[V2_OPERATION.create]: 'createFail',
	[V2_OPERATION.create_in_order]: 'createFail',
	[V2_OPERATION.update]: 'updateFail',
	[V2_OPERATION.compare_and_swap]: 'compareAndSwapFail',
	[V2_OPERATION.delete]: 'deleteFail',
	[V2_OPERATION.compare_and_delete]: 'compareAndDeleteFail',
};

export function readV2Stats(view: ReadView): V2Stats {
	const bytes = read(view);
	return Object.fromEntries(V2_COUNTERS.map((name, i) => [name, readUint48(bytes, place(i))])) as V2Stats;
}

/** Also of what failed: a refusal is counted by every member too. etcd counts a creation below a file as a set that failed as well. */
export function countMutation(view: WriteView, operation: V2Operation, result: V2Result): void {
	count(view, (result.ok ? SUCCESS : FAIL)[operation], 1);
	const creates = operation === V2_OPERATION.create || operation === V2_OPERATION.create_in_order;
	if (creates && !result.ok && result.error === 'not_a_directory') {
		count(view, 'setsFail', 1);
	}
}

export function countExpiries(view: WriteView, expired: number): void {
	if (expired > 0) {
		count(view, 'expireCount', expired);
	}
}

function count(view: WriteView, name: V2Counter, more: number): void {
	const bytes = read(view);
	const at = place(V2_COUNTERS.indexOf(name));
	writeUint48(bytes, at, readUint48(bytes, at) + more);
	view.put(TREE.v2, STATS_KEY, seal(STATS_KEY, bytes));
}

/** A copy that may be written to. */
function read(view: ReadView): Uint8Array {
	const bytes = view.get(TREE.v2, STATS_KEY);
	if (bytes === null) {
		return new Uint8Array(STATS_BYTES);
	}
	verify(STATS_KEY, bytes, STATS_BYTES);
	return Uint8Array.from(bytes);
}

function place(counter: number): number {
	return CRC_BYTES + counter * UINT48_BYTES;
}
