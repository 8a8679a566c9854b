/**
 * What can be said about a KV request before it is proposed, on any member and without the store (reference/etcd-surface.md 2.3 to 2.6):
 * 0, or the code of the refusal. The order of checks is etcd's, so that a request with two faults gets the same answer.
 */
import { unreachable } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import type { CompactOperation, DeleteRangeOperation, Operation, PutOperation, RangeOperation, TxnOperation } from '../mvcc/operations.ts';
import { checkRangeShape } from '../mvcc/range.ts';
import { checkDuplicates } from './txn-duplicates.ts';

const OK = CODES.ok.code;

export function checkPut(operation: PutOperation): number {
	if (operation.key.length === 0) {
		return CODES.empty_key.code;
	}
	if (operation.ignoreValue && operation.value.length !== 0) {
		return CODES.value_provided.code;
	}
	return operation.ignoreLease && operation.lease !== 0n ? CODES.lease_provided.code : OK;
}

export function checkDelete(operation: DeleteRangeOperation): number {
	return operation.key.length === 0 ? CODES.empty_key.code : OK;
}

export function checkRange(operation: RangeOperation): number {
	return checkRangeShape(operation);
}

/** Nothing to say without the store; here so that every request has its check. */
export function checkCompact(_operation: CompactOperation): number {
	return OK;
}

/** opsMax: --max-txn-ops. */
export function checkTxn(operation: TxnOperation, opsMax: number): number {
	return checkOps(operation, opsMax) || checkDuplicates(operation.success) || checkDuplicates(operation.failure);
}

/** Nested txns get what the longest list of their parent leaves of the bound. The decoder has bounded the depth. */
function checkOps(operation: TxnOperation, opsMax: number): number {
	const longest = Math.max(operation.compares.length, operation.success.length, operation.failure.length);
	if (longest > opsMax) {
		return CODES.too_many_ops.code;
	}
	if (operation.compares.some((compare) => compare.key.length === 0)) {
		return CODES.empty_key.code;
	}
	for (const each of [...operation.success, ...operation.failure]) {
		const code = checkOp(each, opsMax - longest);
		if (code !== OK) {
			return code;
		}
	}
	return OK;
}

function checkOp(operation: Operation, opsMax: number): number {
	switch (operation.kind) {
		case 'range':
			return checkRange(operation);
		case 'put':
			return checkPut(operation);
		case 'delete_range':
			return checkDelete(operation);
		case 'txn':
			return checkOps(operation, opsMax);
		case 'unset':
			return CODES.key_not_found.code;
		default:
			return unreachable(operation);
	}
}
