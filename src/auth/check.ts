/**
 * Who may do what (reference/reliability.md 6.3): each function gives 0 or the code of the refusal, from nothing but the table, the identity and the
 * request, so that it is the same on every member when a command is applied. Lanes ask it about reads. Leases are check-lease.ts, rules that know no keys
 * check-user.ts; which rule a command goes by is actors/command-rules.ts.
 */
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import type { DeleteRangeOperation, Operation, PutOperation, TxnOperation } from '../mvcc/operations.ts';
import type { AuthTable } from './auth-table.ts';
import { checkKeys } from './check-keys.ts';
import { checkAttach } from './check-lease.ts';
import { checkKnown } from './check-user.ts';
import type { Identity } from './identity.ts';

/** What decides: of one snapshot. */
export interface Judge {
	readonly auth: AuthTable;
	readonly who: Identity;
	/** Of the store: which keys hang on a lease. */
	readonly view: ReadView;
}

/** A range, a watch, a compare. */
export function checkRange(table: AuthTable, who: Identity, range: { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }): number {
	return checkKeys(table, who, 'read', range.key, range.rangeEnd);
}

/** prevKv is a read of the key. A lease may be attached by whoever could revoke it: who may write all that hangs on it (CVE-2026-44283). */
export function checkPut({ auth, who, view }: Judge, { key, prevKv, lease }: PutOperation): number {
	return (
		checkKeys(auth, who, 'write', key, NO_END) ||
		(lease === 0n ? CODES.ok.code : checkAttach(auth, who, view, lease)) ||
		(prevKv ? checkKeys(auth, who, 'read', key, NO_END) : CODES.ok.code)
	);
}

export function checkDeleteRange({ auth, who }: Judge, { key, rangeEnd, prevKv }: DeleteRangeOperation): number {
	return checkKeys(auth, who, 'write', key, rangeEnd) || (prevKv ? checkKeys(auth, who, 'read', key, rangeEnd) : CODES.ok.code);
}

/** Both branches, whichever is taken, and all txns in them (CVE-2026-33343): the answer says which branch it was. */
export function checkTxn(judge: Judge, txn: TxnOperation): number {
	return checkKnown(judge.auth, judge.who) || checkBranches(judge, txn);
}

function checkBranches(judge: Judge, { compares, success, failure }: TxnOperation): number {
	for (const compare of compares) {
		const code = checkRange(judge.auth, judge.who, compare);
		if (code !== CODES.ok.code) {
			return code;
		}
	}
	return checkEach(judge, success) || checkEach(judge, failure);
}

function checkEach(judge: Judge, operations: readonly Operation[]): number {
	for (const operation of operations) {
		const code = checkOne(judge, operation);
		if (code !== CODES.ok.code) {
			return code;
		}
	}
	return CODES.ok.code;
}

function checkOne(judge: Judge, operation: Operation): number {
	switch (operation.kind) {
		case 'range':
			return checkRange(judge.auth, judge.who, operation);
		case 'put':
			return checkPut(judge, operation);
		case 'delete_range':
			return checkDeleteRange(judge, operation);
		case 'txn':
			return checkBranches(judge, operation);
		case 'unset':
			return CODES.ok.code;
	}
}

const NO_END = new Uint8Array(0);
