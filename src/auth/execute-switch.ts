/** Access control on and off, and who has a simple token. Total, as all execution. 0, or the code of the refusal, which has changed nothing. */
import type { Index } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { WriteView } from '../base/engine.ts';
import { noteChange, readAuthState, readUser } from './auth-tree.ts';
import { ROOT, type TokenAssignment } from './operations.ts';
import { dropAllTokens, putToken } from './token-tree.ts';

/** Twice is once. The revision stays, as in etcd: who was told it may still use it. */
export function executeEnable(view: WriteView): number {
	if (readAuthState(view).enabled) {
		return CODES.ok.code;
	}
	const root = readUser(view, ROOT);
	if (root === null) {
		return CODES.root_user_missing.code;
	}
	if (!root.roles.includes(ROOT)) {
		return CODES.root_role_missing.code;
	}
	noteChange(view, { enabled: true });
	return CODES.ok.code;
}

export function executeDisable(view: WriteView): number {
	if (readAuthState(view).enabled) {
		dropAllTokens(view);
		noteChange(view, { enabled: false, isNewRevision: true });
	}
	return CODES.ok.code;
}

/** The password was verified before, by a lane; between then and now the user may have been given another one, or be another one. */
export function executeAssignToken(view: WriteView, { user, credential, hash }: TokenAssignment, index: Index): number {
	if (!readAuthState(view).enabled) {
		return CODES.auth_not_enabled.code;
	}
	const known = readUser(view, user);
	if (known === null || known.noPassword) {
		return CODES.auth_failed.code;
	}
	if (known.credential !== credential) {
		return CODES.credential_changed.code;
	}
	putToken(view, { user, index, hash });
	return CODES.ok.code;
}
