/**
 * Leases belong to nobody: what may be done to one goes by the keys that hang on it (reference/reliability.md 6.3). Asked when a command is applied, and
 * by the lane that serves a renewal or a question; granting is for any known user. Codes as in check.ts.
 */
import { CODES } from '../base/codes.ts';
import type { ReadView } from '../base/engine.ts';
import { LEASES } from '../mvcc/lease-tree.ts';
import type { AuthTable } from './auth-table.ts';
import { type Access, checkKeys } from './check-keys.ts';
import { checkKnown, checkRoot } from './check-user.ts';
import type { Identity } from './identity.ts';

const NO_END = new Uint8Array(0);

/** For a put with this lease: write on every key that hangs on it already. */
export function checkAttach(table: AuthTable, who: Identity, view: ReadView, lease: bigint): number {
	return table.enabled ? checkEveryKey(table, who, view, { lease, access: 'write' }) : CODES.ok.code;
}

/** Revoking and renewing: write on every key. */
export function checkLeaseWrite(table: AuthTable, who: Identity, view: ReadView, lease: bigint): number {
	return table.enabled ? checkKnown(table, who) || checkEveryKey(table, who, view, { lease, access: 'write' }) : CODES.ok.code;
}

/** How long a lease has left, with its keys: read on every one (CVE-2023-32082). Without them any known user may ask. */
export function checkTimeToLive(
	table: AuthTable,
	who: Identity,
	view: ReadView,
	{ id, keys }: { readonly id: bigint; readonly keys: boolean },
): number {
	if (!table.enabled) {
		return CODES.ok.code;
	}
	const code = checkKnown(table, who);
	return code !== CODES.ok.code || !keys ? code : checkEveryKey(table, who, view, { lease: id, access: 'read' });
}

/** Which leases there are: read on every key of any of them, else nothing is listed. */
export function checkLeaseList(table: AuthTable, who: Identity, view: ReadView): number {
	if (!table.enabled) {
		return CODES.ok.code;
	}
	let code = checkKnown(table, who);
	if (code === CODES.ok.code && checkRoot(table, who) !== CODES.ok.code) {
		LEASES.scan(view, null, ({ id }) => {
			code = checkEveryKey(table, who, view, { lease: id, access: 'read' });
			return code === CODES.ok.code;
		});
	}
	return code;
}

/** Root passes whatever his revision, as in etcd. The keys of a lease that there is not are none. */
function checkEveryKey(
	table: AuthTable,
	who: Identity,
	view: ReadView,
	{ lease, access }: { readonly lease: bigint; readonly access: Access },
): number {
	let code: number = CODES.ok.code;
	if (lease !== 0n && checkRoot(table, who) !== CODES.ok.code) {
		LEASES.scanKeys(view, lease, (key) => {
			code = checkKeys(table, who, access, key, NO_END);
			return code === CODES.ok.code;
		});
	}
	return code;
}
