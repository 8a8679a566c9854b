/** What etcd reckons that a request will add to the store (reference/etcd-surface.md 2.9): by this the quota is watched, and a txn is known to put. */
import type { Operation, PutOperation, TxnOperation } from '../mvcc/operations.ts';

const PUT_OVERHEAD_BYTES = 256;
export const LEASE_COST_BYTES = 64;

export function putCost({ key, value }: Pick<PutOperation, 'key' | 'value'>): number {
	return PUT_OVERHEAD_BYTES + key.length + value.length;
}

/** The larger branch; 0: it puts nothing, whichever way it goes. */
export function txnCost(operation: TxnOperation): number {
	return Math.max(branchCost(operation.success), branchCost(operation.failure));
}

function branchCost(operations: readonly Operation[]): number {
	let cost = 0;
	for (const each of operations) {
		cost += each.kind === 'put' ? putCost(each) : each.kind === 'txn' ? txnCost(each) : 0;
	}
	return cost;
}
