/**
 * Who may ask for what, one row for each RPC and each path of HTTP (reference/reliability.md 6.3): all doors take their checks from here. services.ts
 * and the front end refuse to start with a method or a route that has no row, or a row that has none of them (CVE-2026-33413). None of it counts while
 * access control is off.
 */

/**
 * open: anybody. known: any user that there is. root: a user with the role root. checked: the method itself, on the view that it reads. applied: every
 * member when it executes the command (actors/command-rules.ts).
 */
export type Rule = 'open' | 'known' | 'root' | 'checked' | 'applied';

export const RPC_RULES: Readonly<Record<string, Rule>> = {
	'/etcdserverpb.KV/Range': 'checked',
	'/etcdserverpb.KV/RangeStream': 'checked',
	'/etcdserverpb.KV/Put': 'applied',
	'/etcdserverpb.KV/DeleteRange': 'applied',
	/** One of ranges alone is read, and checked, on the lane. */
	'/etcdserverpb.KV/Txn': 'applied',
	'/etcdserverpb.KV/Compact': 'root',
	'/etcdserverpb.Watch/Watch': 'checked',
	'/etcdserverpb.Lease/LeaseGrant': 'known',
	'/etcdserverpb.Lease/LeaseRevoke': 'applied',
	'/etcdserverpb.Lease/LeaseKeepAlive': 'checked',
	'/etcdserverpb.Lease/LeaseTimeToLive': 'checked',
	'/etcdserverpb.Lease/LeaseLeases': 'checked',
	'/etcdserverpb.Cluster/MemberList': 'known',
	'/etcdserverpb.Cluster/MemberAdd': 'root',
	'/etcdserverpb.Cluster/MemberRemove': 'root',
	'/etcdserverpb.Cluster/MemberUpdate': 'root',
	'/etcdserverpb.Cluster/MemberPromote': 'root',
	'/etcdserverpb.Maintenance/Status': 'known',
	/** To look at alarms any user may, to change them root. */
	'/etcdserverpb.Maintenance/Alarm': 'checked',
	'/etcdserverpb.Maintenance/Defragment': 'root',
	'/etcdserverpb.Maintenance/Hash': 'root',
	'/etcdserverpb.Maintenance/HashKV': 'root',
	'/etcdserverpb.Maintenance/MoveLeader': 'root',
	'/etcdserverpb.Maintenance/Downgrade': 'root',
	'/etcdserverpb.Maintenance/Snapshot': 'root',
	'/etcdserverpb.Auth/AuthEnable': 'root',
	'/etcdserverpb.Auth/AuthDisable': 'root',
	'/etcdserverpb.Auth/AuthStatus': 'open',
	'/etcdserverpb.Auth/Authenticate': 'open',
	'/etcdserverpb.Auth/UserAdd': 'root',
	/** Of himself any user may. */
	'/etcdserverpb.Auth/UserGet': 'checked',
	'/etcdserverpb.Auth/UserList': 'root',
	'/etcdserverpb.Auth/UserDelete': 'root',
	'/etcdserverpb.Auth/UserChangePassword': 'root',
	'/etcdserverpb.Auth/UserGrantRole': 'root',
	'/etcdserverpb.Auth/UserRevokeRole': 'root',
	'/etcdserverpb.Auth/RoleAdd': 'root',
	/** Of a role of his own any user may. */
	'/etcdserverpb.Auth/RoleGet': 'checked',
	'/etcdserverpb.Auth/RoleList': 'root',
	'/etcdserverpb.Auth/RoleDelete': 'root',
	'/etcdserverpb.Auth/RoleGrantPermission': 'root',
	'/etcdserverpb.Auth/RoleRevokePermission': 'root',
	/** What these ask of the keyspace is judged like any client's request. */
	'/v3lockpb.Lock/Lock': 'applied',
	'/v3lockpb.Lock/Unlock': 'applied',
	'/v3electionpb.Election/Campaign': 'applied',
	'/v3electionpb.Election/Proclaim': 'applied',
	'/v3electionpb.Election/Leader': 'checked',
	'/v3electionpb.Election/Observe': 'checked',
	'/v3electionpb.Election/Resign': 'applied',
	'/grpc.health.v1.Health/Check': 'open',
	'/grpc.health.v1.Health/Watch': 'open',
};

/** delegated: what is behind the path has rules of its own: the JSON gateway those of the RPCs, v2 those of v2's users. */
export type HttpRule = 'open' | 'known' | 'root' | 'delegated';

/** By the path as its route spells it; one that ends in a slash is for all below it. The first that fits counts. */
export const HTTP_RULES: readonly (readonly [string, HttpRule])[] = [
	['/version', 'open'],
	['/health', 'open'],
	['/livez', 'open'],
	['/livez/', 'open'],
	['/readyz', 'open'],
	['/readyz/', 'open'],
	['/metrics', 'open'],
	['/config/local/log', 'root'],
	['/debug/', 'root'],
	/** Keys are shown by the rights of whoever looks. */
	['/dashboard/', 'known'],
	['/mod/dashboard/', 'known'],
	['/v3/', 'delegated'],
	['/v3beta/', 'delegated'],
	['/v3alpha/', 'delegated'],
	['/v2/', 'delegated'],
	['/mod/', 'delegated'],
	['/new', 'delegated'],
];

/** null: the path has no row. */
export function httpRuleOf(path: string): HttpRule | null {
	const row = HTTP_RULES.find(([known]) => path === known || (known.endsWith('/') && path.startsWith(known)));
	return row?.[1] ?? null;
}
