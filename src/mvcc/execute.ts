/**
 * Executes the commands of the v3 keyspace. Total: whatever was decoded gets a result or a refusal, the same on every member, since a
 * command that threw would stop every member at every boot. A refusal has changed nothing.
 */
import { assert, must, unreachable } from '../base/assert.ts';
import { CODES } from '../base/codes.ts';
import type { ReadView, WriteView } from '../base/engine.ts';
import { beginCompaction } from './compaction.ts';
import { compareAll } from './compare.ts';
import type { KeyspaceCounts } from './keyspace-counts.ts';
import { LATEST, type LatestTree } from './latest-tree.ts';
import { LEASES } from './lease-tree.ts';
import { Mutation } from './mutation.ts';
import {
	type CompactOperation,
	type DeleteRangeOperation,
	type DeleteRangeResult,
	type Operation,
	type OperationResult,
	type PutOperation,
	type PutResult,
	type Refusal,
	refuse,
	type TxnOperation,
	type TxnResult,
} from './operations.ts';
import { checkRangeShape, checkRevision, type ReadPoint, rangeAt } from './range.ts';
import type { StoreState } from './store-state.ts';

export interface KeyspaceContext {
	readonly view: WriteView;
	/** Changed in place; the caller writes it in the same transaction. */
	readonly state: StoreState;
	readonly latest: LatestTree;
	/** What is done is counted here; default: nowhere. */
	readonly counts?: KeyspaceCounts | undefined;
}

export function executePut(context: KeyspaceContext, operation: PutOperation): PutResult | Refusal {
	// A put on its own looks at the lease first, one in a txn at the key first: as in etcd.
	const code =
		operation.key.length === 0 ? CODES.empty_key.code : checkLease(context.view, operation) || checkPrevious(context.view, operation, context.latest);
	if (code !== CODES.ok.code) {
		return refuse(code);
	}
	const mutation = new Mutation(context.view, context.state, context.latest);
	const result = mutation.put(operation);
	mutation.finish();
	context.counts?.put(operation);
	return result;
}

export function executeDeleteRange(context: KeyspaceContext, operation: DeleteRangeOperation): DeleteRangeResult | Refusal {
	if (operation.key.length === 0) {
		return refuse(CODES.empty_key.code);
	}
	const mutation = new Mutation(context.view, context.state, context.latest);
	const result = mutation.deleteRange(operation);
	mutation.finish();
	countOne(context, 'deletes');
	return result;
}

export function executeTxn(context: KeyspaceContext, operation: TxnOperation): TxnResult | Refusal {
	const { view, state, latest } = context;
	const plan = planTxn(view, operation, latest);
	const code = checkPlan(view, plan, state, latest);
	if (code !== CODES.ok.code) {
		return refuse(code);
	}
	const mutation = new Mutation(view, state, latest);
	const results = runPlan(context, plan, mutation);
	mutation.finish();
	if (results.length > 1) {
		countOne(context, 'txns');
	}
	return { kind: 'txn', revision: mutation.revision, succeeded: plan.succeeded, results };
}

/** A txn that only reads, on a lane's own view. */
export function readTxn(view: ReadView, state: ReadPoint, operation: TxnOperation, latest: LatestTree = LATEST): TxnResult | Refusal {
	assert(isReadOnly(operation), 'a txn that may write is executed by the store alone');
	const plan = planTxn(view, operation, latest);
	const code = checkPlan(view, plan, state, latest);
	return code === CODES.ok.code ? readPlan(view, plan, state, latest) : refuse(code);
}

/** Only ranges in both branches; etcd's rule leaves nested txns to the log. */
export function isReadOnly(operation: TxnOperation): boolean {
	return operation.success.every((each) => each.kind === 'range') && operation.failure.every((each) => each.kind === 'range');
}

/** Logical at once; the old versions go in slices (compaction.ts). */
export function executeCompact(state: StoreState, operation: CompactOperation): number {
	if (operation.revision > state.revision) {
		return CODES.future_revision.code;
	}
	if (operation.revision <= state.compactRevision) {
		return CODES.compacted.code;
	}
	beginCompaction(state, operation.revision);
	return CODES.ok.code;
}

/** Which branch each txn takes: decided for all of them, nested ones too, on the store before the first change. */
interface TxnPlan {
	readonly kind: 'txn';
	readonly succeeded: boolean;
	readonly steps: readonly PlanStep[];
}
type PlanStep = Exclude<Operation, TxnOperation> | TxnPlan;

function planTxn(view: ReadView, operation: TxnOperation, latest: LatestTree): TxnPlan {
	const succeeded = compareAll(view, operation.compares, latest);
	const taken = succeeded ? operation.success : operation.failure;
	return { kind: 'txn', succeeded, steps: taken.map((each) => (each.kind === 'txn' ? planTxn(view, each, latest) : each)) };
}

/** 0, or why a step of the taken path cannot be done: found before anything is written. As in etcd all puts are looked at before all ranges. */
function checkPlan(view: ReadView, plan: TxnPlan, point: ReadPoint, latest: LatestTree): number {
	return checkSteps(plan, (step) => checkWrite(view, step, latest)) || checkSteps(plan, (step) => checkRead(step, point));
}

function checkSteps(plan: TxnPlan, check: (step: Exclude<PlanStep, TxnPlan>) => number): number {
	for (const step of plan.steps) {
		const code = step.kind === 'txn' ? checkSteps(step, check) : check(step);
		if (code !== CODES.ok.code) {
			return code;
		}
	}
	return CODES.ok.code;
}

function checkWrite(view: ReadView, step: Exclude<PlanStep, TxnPlan>, latest: LatestTree): number {
	switch (step.kind) {
		case 'put':
			return step.key.length === 0 ? CODES.empty_key.code : checkPrevious(view, step, latest) || checkLease(view, step);
		case 'delete_range':
			return step.key.length === 0 ? CODES.empty_key.code : CODES.ok.code;
		case 'unset':
			return CODES.key_not_found.code;
		case 'range':
			return CODES.ok.code;
		default:
			return unreachable(step);
	}
}

function checkRead(step: Exclude<PlanStep, TxnPlan>, point: ReadPoint): number {
	if (step.kind !== 'range') {
		return CODES.ok.code;
	}
	// Less than 0 is "now" for a range on its own; in a txn etcd takes it for a revision, and for one that is compacted.
	const isBelow = step.revision < 0 && step.revision < point.compactRevision;
	return checkRangeShape(step) || (isBelow ? CODES.compacted.code : checkRevision(step.revision, point));
}

/** One that is over and not revoked yet is there still. */
function checkLease(view: ReadView, operation: PutOperation): number {
	return operation.lease === 0n || LEASES.has(view, operation.lease) ? CODES.ok.code : CODES.lease_not_found.code;
}

/** What is to be kept of the key must be there. */
function checkPrevious(view: ReadView, operation: PutOperation, latest: LatestTree): number {
	if (!operation.ignoreValue && !operation.ignoreLease) {
		return CODES.ok.code;
	}
	const record = latest.get(view, operation.key);
	return record === null || record.tombstone ? CODES.key_not_found.code : CODES.ok.code;
}

function runPlan(context: KeyspaceContext, plan: TxnPlan, mutation: Mutation): OperationResult[] {
	return plan.steps.map((step): OperationResult => {
		switch (step.kind) {
			case 'put':
				context.counts?.put(step);
				return mutation.put(step);
			case 'delete_range':
				countOne(context, 'deletes');
				return mutation.deleteRange(step);
			case 'range':
				countOne(context, 'ranges');
				return accepted(rangeAt(context.view, step, mutation.point, context.latest));
			case 'txn':
				return { kind: 'txn', revision: mutation.revision, succeeded: step.succeeded, results: runPlan(context, step, mutation) };
			case 'unset':
				return must<OperationResult>(null, 'an unset operation is refused by the check');
			default:
				return unreachable(step);
		}
	});
}

function countOne({ counts }: KeyspaceContext, what: 'deletes' | 'ranges' | 'txns'): void {
	if (counts !== undefined) {
		counts[what] += 1;
	}
}

function readPlan(view: ReadView, plan: TxnPlan, point: ReadPoint, latest: LatestTree): TxnResult {
	const results = plan.steps.map((step) => {
		assert(step.kind === 'range', 'a txn that only reads has only ranges');
		return accepted(rangeAt(view, step, point, latest));
	});
	return { kind: 'txn', revision: point.revision, succeeded: plan.succeeded, results };
}

function accepted<T extends OperationResult>(result: T | Refusal): T {
	assert(result.kind !== 'refusal', 'a checked step was refused');
	return result as T;
}
