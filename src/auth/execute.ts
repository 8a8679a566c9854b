/** One command of access control on the store, whichever it is. Total. Called by actors/command-execution.ts, which has checked who asks. */
import { unreachable } from '../base/assert.ts';
import type { Index } from '../base/brand.ts';
import type { WriteView } from '../base/engine.ts';
import { executeGrantPermission, executeRevokePermission, executeRoleAdd, executeRoleDelete } from './execute-roles.ts';
import { executeAssignToken, executeDisable, executeEnable } from './execute-switch.ts';
import { executeChangePassword, executeGrantRole, executeRevokeRole, executeUserAdd, executeUserDelete } from './execute-users.ts';
import type { AuthOperation } from './operations.ts';

/** index: of its entry. 0, or the code of the refusal, which has changed nothing. */
export function executeAuth(view: WriteView, operation: AuthOperation, index: Index): number {
	switch (operation.kind) {
		case 'auth_enable':
			return executeEnable(view);
		case 'auth_disable':
			return executeDisable(view);
		case 'auth_user_add':
			return executeUserAdd(view, operation);
		case 'auth_user_delete':
			return executeUserDelete(view, operation);
		case 'auth_user_change_password':
			return executeChangePassword(view, operation);
		case 'auth_user_grant_role':
			return executeGrantRole(view, operation);
		case 'auth_user_revoke_role':
			return executeRevokeRole(view, operation);
		case 'auth_role_add':
			return executeRoleAdd(view, operation);
		case 'auth_role_delete':
			return executeRoleDelete(view, operation);
		case 'auth_role_grant_permission':
			return executeGrantPermission(view, operation);
		case 'auth_role_revoke_permission':
			return executeRevokePermission(view, operation);
		case 'auth_token_assign':
			return executeAssignToken(view, operation, index);
		default:
			return unreachable(operation);
	}
}
