/**
 * From a committed command to what it did: one line a kind. Total: no body makes it throw, and the result depends on nothing but the
 * store and the command, so that every member does the same. Called by store-entries.ts, inside the store's transaction.
 */

import { ALARM_ACTION, executeAlarm } from '../alarms/execute.ts';
import { type ActiveAlarms, alarmRefusal } from '../alarms/refusal.ts';
import type { AuthTable } from '../auth/auth-table.ts';
import { executeAuth } from '../auth/execute.ts';
import type { Identity } from '../auth/identity.ts';
import type { AuthOperation } from '../auth/operations.ts';
import type { Index, Term } from '../base/brand.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { executeCheckpoint, executeExpire, executeGrant, executeRevoke, type LeaseChange, type LeaseContext } from '../lease/execute.ts';
import { addMember, promoteMember, removeMember, updateMember } from '../members/changes.ts';
import { decodeAddMember, decodeBootstrap, decodeMemberId, decodePublish, decodeReplaceMember, decodeUpdateMember } from '../members/commands.ts';
import { keepOnly } from '../members/forced.ts';
import { replaceMember } from '../members/replacement.ts';
import { bootstrap, publish } from '../members/table.ts';
import { executeTune } from '../members/tuning-record.ts';
import { executeCompact, executeDeleteRange, executePut, executeTxn } from '../mvcc/execute.ts';
import type { KeyspaceCounts } from '../mvcc/keyspace-counts.ts';
import { LATEST } from '../mvcc/latest-tree.ts';
import type { Refusal } from '../mvcc/operations.ts';
import type { StoreState } from '../mvcc/store-state.ts';
import { COMMAND_KIND, type CommandKind } from '../protocol/command.ts';
import { decodeAlarm, encodeAlarmResponse } from '../rpc/alarm-codec.ts';
import {
	decodeChangePassword,
	decodeDisable,
	decodeEnable,
	decodeGrantPermission,
	decodeGrantRole,
	decodeRevokePermission,
	decodeRevokeRole,
	decodeRoleAdd,
	decodeRoleDelete,
	decodeTokenAssignment,
	decodeUserAdd,
	decodeUserDelete,
	encodeAuthResponse,
	encodeTokenAssigned,
} from '../rpc/auth-codec.ts';
import { decodeCompact, decodeDeleteRange, decodePut, decodeTxn } from '../rpc/kv-codec.ts';
import { encodeCompactionResponse, encodeDeleteRangeResponse, encodePutResponse, encodeTxnResponse } from '../rpc/kv-responses.ts';
import {
	decodeLeaseCheckpoint,
	decodeLeaseExpire,
	decodeLeaseGrant,
	decodeLeaseRevoke,
	encodeLeaseGrantResponse,
	encodeLeaseRevokeResponse,
} from '../rpc/lease-codec.ts';
import type { HeaderIds, ResponseHeader } from '../rpc/response-header.ts';
import { executeV2Auth } from '../v2/auth/execute.ts';
import { executeV2 } from '../v2/execute.ts';
import { executeV2Sync } from '../v2/expiry.ts';
import { judgeAlarm, judgeContent, judgeKind, type KeyspaceOperation } from './command-rules.ts';

export interface ExecutionContext {
	readonly view: WriteView;
	readonly state: StoreState;
	/** Of the command's entry. */
	readonly index: Index;
	readonly term: Term;
	/** Of this member's answer; null: somebody else answers, and no response need be built. */
	readonly ids: HeaderIds | null;
	/** In whose name the command is. */
	readonly who: Identity;
	/** As the store has them before the command, both. */
	readonly auth: AuthTable;
	readonly alarms: ActiveAlarms;
	/** What commands do to leases is added here, for the lessor. */
	readonly leaseChanges: LeaseChange[];
	readonly counts?: KeyspaceCounts;
}

export interface Executed {
	/** 0, or why it did not happen. */
	readonly code: number;
	readonly response: Uint8Array;
	/** The answer waits until compaction has swept up to this revision; null: it need not wait. */
	readonly sweptFirst: number | null;
	readonly membershipChanged: boolean;
	/** A member has told its name and client URLs. */
	readonly namesChanged: boolean;
	readonly alarmsChanged: boolean;
	/** The cluster has given itself other times. */
	readonly tuningChanged: boolean;
	/** Users, roles, or whether they count. */
	readonly authChanged: boolean;
}

type Execute = (context: ExecutionContext, body: Uint8Array) => Executed | null;

const EXECUTE: { readonly [K in CommandKind]: Execute } = {
	[COMMAND_KIND.put]: (context, body) => keyspace(context, decodePut(body), executePut, encodePutResponse),
	[COMMAND_KIND.delete_range]: (context, body) => keyspace(context, decodeDeleteRange(body), executeDeleteRange, encodeDeleteRangeResponse),
	[COMMAND_KIND.txn]: (context, body) => keyspace(context, decodeTxn(body), executeTxn, encodeTxnResponse),
	[COMMAND_KIND.compact]: compact,
	[COMMAND_KIND.lease_grant]: (context, body) => keyspace(context, decodeLeaseGrant(body), executeGrant, encodeLeaseGrantResponse),
	[COMMAND_KIND.lease_revoke]: (context, body) => keyspace(context, decodeLeaseRevoke(body), executeRevoke, encodeLeaseRevokeResponse),
	[COMMAND_KIND.lease_checkpoint]: (context, body) => {
		const checkpoints = decodeLeaseCheckpoint(body);
		return checkpoints === null ? null : lessors(context, (leases) => executeCheckpoint(leases, checkpoints));
	},
	[COMMAND_KIND.lease_expire]: (context, body) => {
		const ids = decodeLeaseExpire(body);
		const refusal = alarmRefusal(context.alarms, { kind: 'lease_revoke' });
		return ids === null ? null : refusal !== CODES.ok.code ? refused(refusal) : lessors(context, (leases) => executeExpire(leases, ids));
	},
	[COMMAND_KIND.alarm]: alarm,
	[COMMAND_KIND.bootstrap]: (context, body) => {
		const decoded = parsed(() => decodeBootstrap(body));
		return decoded === null ? null : { ...done(EMPTY_BYTES), membershipChanged: bootstrap(context.view, decoded, context.index) };
	},
	[COMMAND_KIND.publish]: (context, body) => {
		const decoded = parsed(() => decodePublish(body));
		if (decoded === null) {
			return null;
		}
		return publish(context.view, decoded) ? { ...done(EMPTY_BYTES), namesChanged: true } : refused(CODES.member_not_found.code);
	},
	[COMMAND_KIND.add_member]: (context, body) => changeMembers(context, () => decodeAddMember(body), addMember),
	[COMMAND_KIND.remove_member]: (context, body) => changeMembers(context, () => decodeMemberId(body), removeMember),
	[COMMAND_KIND.update_member]: (context, body) => changeMembers(context, () => decodeUpdateMember(body), updateMember),
	[COMMAND_KIND.promote_member]: (context, body) => changeMembers(context, () => decodeMemberId(body), promoteMember),
	[COMMAND_KIND.replace_member]: (context, body) => changeMembers(context, () => decodeReplaceMember(body), replaceMember),
	[COMMAND_KIND.force_new_cluster]: (context, body) => changeMembers(context, () => decodeMemberId(body), keepOnly),
	[COMMAND_KIND.auth_enable]: (context, body) => accessControl(context, decodeEnable(body)),
	[COMMAND_KIND.auth_disable]: (context, body) => accessControl(context, decodeDisable(body)),
	[COMMAND_KIND.auth_user_add]: (context, body) => accessControl(context, decodeUserAdd(body)),
	[COMMAND_KIND.auth_user_delete]: (context, body) => accessControl(context, decodeUserDelete(body)),
	[COMMAND_KIND.auth_user_change_password]: (context, body) => accessControl(context, decodeChangePassword(body)),
	[COMMAND_KIND.auth_user_grant_role]: (context, body) => accessControl(context, decodeGrantRole(body)),
	[COMMAND_KIND.auth_user_revoke_role]: (context, body) => accessControl(context, decodeRevokeRole(body)),
	[COMMAND_KIND.auth_role_add]: (context, body) => accessControl(context, decodeRoleAdd(body)),
	[COMMAND_KIND.auth_role_delete]: (context, body) => accessControl(context, decodeRoleDelete(body)),
	[COMMAND_KIND.auth_role_grant_permission]: (context, body) => accessControl(context, decodeGrantPermission(body)),
	[COMMAND_KIND.auth_role_revoke_permission]: (context, body) => accessControl(context, decodeRevokePermission(body)),
	[COMMAND_KIND.auth_token_assign]: (context, body) => accessControl(context, decodeTokenAssignment(body)),
	[COMMAND_KIND.tune]: ({ view }, body) => (executeTune(view, body) ? { ...done(EMPTY_BYTES), tuningChanged: true } : null),
	[COMMAND_KIND.v2]: (context, body) => done(executeV2(context.view, body, { index: context.index, term: context.term })),
	[COMMAND_KIND.v2_auth]: (context, body) => done(executeV2Auth(context.view, body, { index: context.index, term: context.term })),
	[COMMAND_KIND.v2_sync]: (context, body) => {
		const answer = executeV2Sync(context.view, body);
		return answer === null ? null : done(answer);
	},
};

/** null: the body cannot be decoded; nothing was done, and nobody is answered. */
export function executeCommand(context: ExecutionContext, kind: CommandKind, body: Uint8Array): Executed | null {
	const refusal = judgeKind(context, kind);
	return refusal === CODES.ok.code ? EXECUTE[kind](context, body) : refused(refusal);
}

/** The command was not looked at: code says why. */
export function refused(code: number): Executed {
	return { ...NOTHING_DONE, code };
}

const NOTHING_DONE: Executed = {
	code: CODES.ok.code,
	response: EMPTY_BYTES,
	sweptFirst: null,
	membershipChanged: false,
	namesChanged: false,
	alarmsChanged: false,
	tuningChanged: false,
	authChanged: false,
};

function done(response: Uint8Array): Executed {
	return { ...NOTHING_DONE, response };
}

function changeMembers<Body extends object>(
	context: ExecutionContext,
	decode: () => Body,
	change: (view: WriteView, body: Body, index: Index) => number,
): Executed | null {
	const decoded = parsed(decode);
	if (decoded === null) {
		return null;
	}
	const code = change(context.view, decoded, context.index);
	return code === CODES.ok.code ? { ...done(EMPTY_BYTES), membershipChanged: true } : refused(code);
}

function keyspace<Operation extends KeyspaceOperation, Result extends { readonly kind: string; readonly revision: number }>(
	context: ExecutionContext,
	operation: Operation | null,
	execute: (context: LeaseContext, operation: Operation) => Result | Refusal,
	encode: (header: ResponseHeader, result: Result) => Uint8Array,
): Executed | null {
	if (operation === null) {
		return null;
	}
	const refusal = alarmRefusal(context.alarms, operation) || judgeContent(context, operation);
	if (refusal !== CODES.ok.code) {
		return refused(refusal);
	}
	const result = execute(leaseContext(context), operation);
	if (isRefusal(result)) {
		return refused(result.code);
	}
	return done(context.ids === null ? EMPTY_BYTES : encode({ ids: context.ids, revision: result.revision, term: context.term }, result));
}

function leaseContext({ view, state, leaseChanges, counts }: ExecutionContext): LeaseContext {
	return { view, state, latest: LATEST, changes: leaseChanges, counts };
}

/** A lessor's command: it is told that it is done, and there is nothing else to tell. */
function lessors(context: ExecutionContext, execute: (leases: LeaseContext) => void): Executed {
	execute(leaseContext(context));
	return done(EMPTY_BYTES);
}

function isRefusal(result: { readonly kind: string }): result is Refusal {
	return result.kind === 'refusal';
}

function compact(context: ExecutionContext, body: Uint8Array): Executed | null {
	const operation = decodeCompact(body);
	if (operation === null) {
		return null;
	}
	const code = alarmRefusal(context.alarms, operation) || executeCompact(context.state, operation);
	if (code !== CODES.ok.code) {
		return refused(code);
	}
	const header = context.ids === null ? null : { ids: context.ids, revision: context.state.revision, term: context.term };
	const answer = done(header === null ? EMPTY_BYTES : encodeCompactionResponse(header));
	return operation.physical ? { ...answer, sweptFirst: operation.revision } : answer;
}

function alarm(context: ExecutionContext, body: Uint8Array): Executed | null {
	const operation = decodeAlarm(body);
	if (operation === null) {
		return null;
	}
	const isLook = operation.action === ALARM_ACTION.get;
	const code = judgeAlarm(context, isLook);
	if (code !== CODES.ok.code) {
		return refused(code);
	}
	const alarms = executeAlarm(context.view, operation);
	const header = context.ids === null ? null : { ids: context.ids, revision: context.state.revision, term: context.term };
	return { ...done(header === null ? EMPTY_BYTES : encodeAlarmResponse(header, alarms)), alarmsChanged: !isLook };
}

/** A token that is assigned is no change of the table: images of it need not be made anew for each login. */
function accessControl(context: ExecutionContext, operation: AuthOperation | null): Executed | null {
	if (operation === null) {
		return null;
	}
	const code = executeAuth(context.view, operation, context.index);
	if (code !== CODES.ok.code) {
		return refused(code);
	}
	const header = context.ids === null ? null : { ids: context.ids, revision: context.state.revision, term: context.term };
	if (operation.kind === 'auth_token_assign') {
		return done(header === null ? EMPTY_BYTES : encodeTokenAssigned(header, context.index));
	}
	return { ...done(header === null ? EMPTY_BYTES : encodeAuthResponse(header)), authChanged: true };
}

/** Commands of the members table are JSON, whose parser throws. */
function parsed<T extends object>(decode: () => T): T | null {
	try {
		const body = decode();
		return typeof body === 'object' && body !== null ? body : null;
	} catch {
		return null;
	}
}
