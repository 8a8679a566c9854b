/** Rules that ask who it is, and not about which keys (check.ts has those). 0, or the code of the refusal. */
import { CODES } from '../base/codes.ts';
import type { AuthTable } from './auth-table.ts';
import { type Identity, THE_MEMBER } from './identity.ts';

/** A user that there is, whatever his rights. */
export function checkKnown(table: AuthTable, who: Identity): number {
	if (!table.enabled || who === THE_MEMBER) {
		return CODES.ok.code;
	}
	if (who.user === '') {
		return CODES.user_empty.code;
	}
	return table.user(who.user) === null ? CODES.permission_denied.code : CODES.ok.code;
}

/** A user with the role root. By what his roles are now: the revision that his token was made at does not matter, as in etcd. */
export function checkRoot(table: AuthTable, who: Identity): number {
	const code = checkKnown(table, who);
	if (code !== CODES.ok.code || !table.enabled || who === THE_MEMBER) {
		return code;
	}
	return table.grantsOf(who.user)?.isRoot === true ? CODES.ok.code : CODES.permission_denied.code;
}

/** Only what this cluster's members decide by themselves. */
export function checkMember(table: AuthTable, who: Identity): number {
	return !table.enabled || who === THE_MEMBER ? CODES.ok.code : CODES.permission_denied.code;
}
