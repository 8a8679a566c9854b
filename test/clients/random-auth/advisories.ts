/**
 * What Debian's etcd lets pass and later ones refuse (known-differences.md, `auth-advisories`): what it must answer is found by asking etcd itself other
 * questions, whose answers are sound in 3.4 too and which change nothing. What is refused so is not sent to etcd at all.
 */
import Long from 'long';
import type { Operation } from '../random-v3/requests.ts';
import { RPCS } from '../random-v3/system.ts';
import { type Caller, latin1 } from './caller.ts';
import type { AnyRequest } from './steps.ts';

interface Need {
	readonly access: 'read' | 'write';
	readonly key: Uint8Array;
	readonly rangeEnd: Uint8Array;
}

const NO_END = new Uint8Array(0);
const REFUSAL = /^status (?:3: etcdserver: user name is empty|16: etcdserver: invalid auth token|7: etcdserver: permission denied)$/;
const INVALID = 'status 3: etcdserver: invalid auth management';
const LEASE_LIST = { kind: 'lease_list' } as const;

/** The refusal that the request must get, whatever this etcd says of it; null: it is sound. */
export async function refusalOf(etcd: Caller, request: AnyRequest, token: string | null, user: string): Promise<string | null> {
	switch (request.kind) {
		case 'member_list':
		case 'status':
		case 'alarm_list':
		case 'lease_grant':
		case 'lease_revoke':
			return refused(etcd, { kind: 'user_get', name: user }, token);
		case 'compact':
			return refused(etcd, { kind: 'user_list' }, token);
		case 'role_grant_permission':
			return (await refused(etcd, { kind: 'user_list' }, token)) ?? (isInverted(request) ? INVALID : null);
		case 'lease_time_to_live':
			return withKeys(etcd, token, user, request.keys ? await onLease(etcd, request.id, 'read') : []);
		case 'lease_keep_alive':
			return withKeys(etcd, token, user, await onLease(etcd, request.id, 'write'));
		case 'lease_list':
			return withKeys(etcd, token, user, await onAnyLease(etcd));
		case 'watch':
			return request.rangeEnd === '\0' ? withKeys(etcd, token, user, [need('read', request)]) : null;
		case 'txn':
			return withKeys(etcd, token, user, await needsOf(etcd, request));
		default:
			return null;
	}
}

/** `auth-inverted` */
function isInverted({ key, rangeEnd }: { readonly key: string; readonly rangeEnd: string }): boolean {
	return rangeEnd !== '' && rangeEnd !== '\0' && key >= rangeEnd;
}

async function refused(etcd: Caller, request: AnyRequest, token: string | null): Promise<string | null> {
	const { text } = await etcd.ask(request, token, 0);
	return REFUSAL.test(text) && !(request.kind === 'user_get' && text.startsWith('status 7')) ? text : null;
}

/** Whether he may do all that is needed: a branch of a txn that is never taken is judged like the other. */
async function withKeys(etcd: Caller, token: string | null, user: string, needs: readonly Need[]): Promise<string | null> {
	const stranger = await refused(etcd, { kind: 'user_get', name: user }, token);
	if (stranger !== null || needs.length === 0) {
		return stranger;
	}
	const failure = needs.map(({ access, key, rangeEnd }) => {
		const message = { key, range_end: rangeEnd };
		return access === 'read' ? { request_range: message } : { request_delete_range: message };
	});
	const { text } = await etcd.call(RPCS.txn, { compare: [], success: [], failure }, token, () => 'ok');
	return REFUSAL.test(text) ? text : null;
}

/** 3.4 tells everybody. */
async function onLease(etcd: Caller, id: number, access: Need['access']): Promise<Need[]> {
	const { keys } = await etcd.call(RPCS.lease_time_to_live, { ID: Long.fromNumber(id), keys: true }, null, () => '');
	return keys.map((key) => ({ access, key, rangeEnd: NO_END }));
}

async function onAnyLease(etcd: Caller): Promise<Need[]> {
	const { text } = await etcd.ask(LEASE_LIST, null, 0);
	const { leases } = JSON.parse(text) as { readonly leases?: readonly string[] };
	const all: Need[] = [];
	for (const id of leases ?? []) {
		all.push(...(await onLease(etcd, Number(id), 'read')));
	}
	return all;
}

async function needsOf(etcd: Caller, operation: Operation): Promise<Need[]> {
	switch (operation.kind) {
		case 'range':
			return [need('read', operation)];
		case 'delete':
			return operation.prevKv ? [need('write', operation), need('read', operation)] : [need('write', operation)];
		case 'put': {
			const point = { key: operation.key, rangeEnd: '' };
			const others = operation.lease === 0 ? [] : await onLease(etcd, operation.lease, 'write');
			return [need('write', point), ...(operation.prevKv ? [need('read', point)] : []), ...others];
		}
		case 'txn': {
			const all = operation.compares.map((compare) => need('read', compare));
			for (const each of [...operation.success, ...operation.failure]) {
				all.push(...(await needsOf(etcd, each)));
			}
			return all;
		}
	}
}

function need(access: Need['access'], { key, rangeEnd }: { readonly key: string; readonly rangeEnd: string }): Need {
	return { access, key: latin1(key), rangeEnd: latin1(rangeEnd) };
}
