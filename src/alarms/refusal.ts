/**
 * Which commands an active alarm refuses, as etcd's two appliers do (reference/etcd-surface.md 2.9): NOSPACE what would put, CORRUPT whatever
 * changes the keyspace. Asked when a command is executed, on every member alike. Deletes, compactions and revokes pass NOSPACE, since
 * they are the way out of it; ranges are no commands.
 */
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import type { TxnOperation } from '../mvcc/operations.ts';
import { txnCost } from './cost.ts';
import { ALARM, listAlarms } from './table.ts';

export interface ActiveAlarms {
	readonly noSpace: boolean;
	readonly corrupt: boolean;
}

export const NO_ALARMS: ActiveAlarms = { noSpace: false, corrupt: false };

export function activeAlarms(view: ReadView): ActiveAlarms {
	const alarms = listAlarms(view);
	return { noSpace: alarms.some(({ kind }) => kind === ALARM.noSpace), corrupt: alarms.some(({ kind }) => kind === ALARM.corrupt) };
}

/** A command of the keyspace or of its leases. */
export type Alarmed = TxnOperation | { readonly kind: 'put' | 'delete_range' | 'compact' | 'lease_grant' | 'lease_revoke' };

/** 0, or why it is not executed. */
export function alarmRefusal(active: ActiveAlarms, command: Alarmed): number {
	if (active.corrupt) {
		return CODES.corrupt.code;
	}
	return active.noSpace && putsSomething(command) ? CODES.no_space.code : CODES.ok.code;
}

function putsSomething(command: Alarmed): boolean {
	switch (command.kind) {
		case 'put':
		case 'lease_grant':
			return true;
		case 'txn':
			return txnCost(command) > 0;
		default:
			return false;
	}
}
