/** Whether a user may read or write a key or a range: what every other rule about keys comes down to (check.ts, check-lease.ts). */
import { CODES } from '../base/codes.ts';
import type { AuthTable } from './auth-table.ts';
import { type Identity, THE_MEMBER } from './identity.ts';

export type Access = 'read' | 'write';

/** rangeEnd: as it came on the wire. 0, or the code of the refusal. */
export function checkKeys(table: AuthTable, who: Identity, access: Access, key: Uint8Array, rangeEnd: Uint8Array): number {
	if (!table.enabled || who === THE_MEMBER) {
		return CODES.ok.code;
	}
	if (who.user === '' || who.revision === 0) {
		return CODES.user_empty.code;
	}
	// What was told the caller, or in its token, is no longer so: it has to ask anew, as in etcd.
	if (who.revision < table.revision) {
		return CODES.auth_old_revision.code;
	}
	const grants = table.grantsOf(who.user);
	const isPermitted = grants !== null && (grants.isRoot || grants[access].covers(key, rangeEnd));
	return isPermitted ? CODES.ok.code : CODES.permission_denied.code;
}
