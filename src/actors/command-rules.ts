/**
 * By which rule each command is judged when it is executed, on every member alike, once access control is on (reference/reliability.md 6.3). A kind
 * without a rule does not compile. The rules themselves are in src/auth. Used by command-execution.ts.
 */
import { checkDeleteRange, checkPut, checkTxn, type Judge } from '../auth/check.ts';
import { checkLeaseWrite } from '../auth/check-lease.ts';
import { checkKnown, checkMember, checkRoot } from '../auth/check-user.ts';
import { CODES } from '../base/codes.ts';
import type { GrantOperation, RevokeOperation } from '../lease/execute.ts';
import type { DeleteRangeOperation, PutOperation, TxnOperation } from '../mvcc/operations.ts';
import { COMMAND_KIND, type CommandKind } from '../protocol/command.ts';

/**
 * content: by what is asked for, once it is decoded. known: any user that there is. root: whoever has the role root. member: what a member decides by
 * itself, and no client. elsewhere: the v2 keyspace has users of its own.
 */
type CommandRule = 'content' | 'known' | 'root' | 'member' | 'elsewhere';

const RULES: { readonly [K in CommandKind]: CommandRule } = {
	[COMMAND_KIND.put]: 'content',
	[COMMAND_KIND.delete_range]: 'content',
	[COMMAND_KIND.txn]: 'content',
	[COMMAND_KIND.compact]: 'root',
	[COMMAND_KIND.alarm]: 'content',
	[COMMAND_KIND.lease_grant]: 'known',
	[COMMAND_KIND.lease_revoke]: 'content',
	[COMMAND_KIND.lease_checkpoint]: 'member',
	[COMMAND_KIND.lease_expire]: 'member',
	[COMMAND_KIND.bootstrap]: 'member',
	[COMMAND_KIND.publish]: 'member',
	[COMMAND_KIND.add_member]: 'root',
	[COMMAND_KIND.remove_member]: 'root',
	[COMMAND_KIND.update_member]: 'root',
	[COMMAND_KIND.promote_member]: 'root',
	[COMMAND_KIND.replace_member]: 'root',
	[COMMAND_KIND.force_new_cluster]: 'member',
	[COMMAND_KIND.auth_enable]: 'root',
	[COMMAND_KIND.auth_disable]: 'root',
	[COMMAND_KIND.auth_user_add]: 'root',
	[COMMAND_KIND.auth_user_delete]: 'root',
	[COMMAND_KIND.auth_user_change_password]: 'root',
	[COMMAND_KIND.auth_user_grant_role]: 'root',
	[COMMAND_KIND.auth_user_revoke_role]: 'root',
	[COMMAND_KIND.auth_role_add]: 'root',
	[COMMAND_KIND.auth_role_delete]: 'root',
	[COMMAND_KIND.auth_role_grant_permission]: 'root',
	[COMMAND_KIND.auth_role_revoke_permission]: 'root',
	[COMMAND_KIND.auth_token_assign]: 'member',
	[COMMAND_KIND.v2]: 'elsewhere',
	[COMMAND_KIND.v2_sync]: 'elsewhere',
	[COMMAND_KIND.tune]: 'member',
	[COMMAND_KIND.v2_auth]: 'elsewhere',
};

/** What can be said before the body is decoded: 0, or the code of the refusal. */
export function judgeKind({ auth, who }: Judge, kind: CommandKind): number {
	if (!auth.enabled) {
		return CODES.ok.code;
	}
	switch (RULES[kind]) {
		case 'known':
			return checkKnown(auth, who);
		case 'root':
			return checkRoot(auth, who);
		case 'member':
			return checkMember(auth, who);
		case 'content':
		case 'elsewhere':
			return CODES.ok.code;
	}
}

/** A command of the keyspace or of a client's lease. */
export type KeyspaceOperation = PutOperation | DeleteRangeOperation | TxnOperation | GrantOperation | RevokeOperation;

export function judgeContent(judge: Judge, operation: KeyspaceOperation): number {
	if (!judge.auth.enabled) {
		return CODES.ok.code;
	}
	switch (operation.kind) {
		case 'put':
			return checkPut(judge, operation);
		case 'delete_range':
			return checkDeleteRange(judge, operation);
		case 'txn':
			return checkTxn(judge, operation);
		case 'lease_revoke':
			return checkLeaseWrite(judge.auth, judge.who, judge.view, operation.id);
		case 'lease_grant':
			return CODES.ok.code;
	}
}

/** To look at alarms is for any user, to raise and clear them for root. */
export function judgeAlarm({ auth, who }: Judge, isLook: boolean): number {
	return isLook ? checkKnown(auth, who) : checkRoot(auth, who);
}
