/** Which path is which method (reference/etcd-surface.md 3.1). Exact: nothing is cleaned, decoded or guessed (reliability.md T22). Used by gateway-route.ts and websocket-bridge.ts. */
import { type MessageShape, shapeOf } from './message-shape.ts';

/** As the gateway's callers see it: some unary methods are streams inside. */
export type GatewayShape = 'unary' | 'server stream' | 'both stream';

export interface GatewayMethod {
	readonly rpc: string;
	readonly shape: GatewayShape;
	readonly request: MessageShape;
	readonly response: MessageShape;
}

/** 3.3 and 3.4 know two of them each; here whichever a script was written for works. */
const PREFIXES = ['/v3/', '/v3beta/', '/v3alpha/'];

/** Path below the prefix -> Service/Method; `Request` and `Response` are named after the method unless said. */
const UNARY: Readonly<Record<string, string>> = {
	'kv/put': 'KV/Put',
	'kv/deleterange': 'KV/DeleteRange',
	'kv/txn': 'KV/Txn',
	'lease/grant': 'Lease/LeaseGrant',
	'lease/revoke': 'Lease/LeaseRevoke',
	'lease/timetolive': 'Lease/LeaseTimeToLive',
	'lease/leases': 'Lease/LeaseLeases',
	'kv/lease/revoke': 'Lease/LeaseRevoke',
	'kv/lease/timetolive': 'Lease/LeaseTimeToLive',
	'kv/lease/leases': 'Lease/LeaseLeases',
	'cluster/member/add': 'Cluster/MemberAdd',
	'cluster/member/remove': 'Cluster/MemberRemove',
	'cluster/member/update': 'Cluster/MemberUpdate',
	'cluster/member/list': 'Cluster/MemberList',
	'cluster/member/promote': 'Cluster/MemberPromote',
	'maintenance/alarm': 'Maintenance/Alarm',
	'maintenance/status': 'Maintenance/Status',
	'maintenance/defragment': 'Maintenance/Defragment',
	'maintenance/hash': 'Maintenance/Hash',
	'maintenance/transfer-leadership': 'Maintenance/MoveLeader',
	'maintenance/downgrade': 'Maintenance/Downgrade',
	'auth/enable': 'Auth/AuthEnable',
	'auth/disable': 'Auth/AuthDisable',
	'auth/status': 'Auth/AuthStatus',
	'auth/user/add': 'Auth/UserAdd',
	'auth/user/get': 'Auth/UserGet',
	'auth/user/list': 'Auth/UserList',
	'auth/user/delete': 'Auth/UserDelete',
	'auth/user/changepw': 'Auth/UserChangePassword',
	'auth/user/grant': 'Auth/UserGrantRole',
	'auth/user/revoke': 'Auth/UserRevokeRole',
	'auth/role/add': 'Auth/RoleAdd',
	'auth/role/get': 'Auth/RoleGet',
	'auth/role/list': 'Auth/RoleList',
	'auth/role/delete': 'Auth/RoleDelete',
	'auth/role/grant': 'Auth/RoleGrantPermission',
	'auth/role/revoke': 'Auth/RoleRevokePermission',
};

export const GATEWAY_METHODS: ReadonlyMap<string, GatewayMethod> = new Map(PREFIXES.flatMap((prefix) => below(prefix)));

function below(prefix: string): readonly (readonly [string, GatewayMethod])[] {
	const unary = Object.entries(UNARY).map(([path, rpc]) => row(path, `etcdserverpb.${rpc}`, 'unary', messagesOf(rpc)));
	const rows = [
		...unary,
		row('kv/range', 'etcdserverpb.KV/Range', 'unary', 'etcdserverpb.Range'),
		row('kv/compaction', 'etcdserverpb.KV/Compact', 'unary', 'etcdserverpb.Compaction'),
		row('maintenance/hashkv', 'etcdserverpb.Maintenance/HashKV', 'unary', 'etcdserverpb.HashKV'),
		row('auth/authenticate', 'etcdserverpb.Auth/Authenticate', 'unary', 'etcdserverpb.Authenticate'),
		row('watch', 'etcdserverpb.Watch/Watch', 'both stream', 'etcdserverpb.Watch'),
		row('lease/keepalive', 'etcdserverpb.Lease/LeaseKeepAlive', 'both stream', 'etcdserverpb.LeaseKeepAlive'),
		row('maintenance/snapshot', 'etcdserverpb.Maintenance/Snapshot', 'server stream', 'etcdserverpb.Snapshot'),
		row('lock/lock', 'v3lockpb.Lock/Lock', 'unary', 'v3lockpb.Lock'),
		row('lock/unlock', 'v3lockpb.Lock/Unlock', 'unary', 'v3lockpb.Unlock'),
		row('election/campaign', 'v3electionpb.Election/Campaign', 'unary', 'v3electionpb.Campaign'),
		row('election/proclaim', 'v3electionpb.Election/Proclaim', 'unary', 'v3electionpb.Proclaim'),
		row('election/leader', 'v3electionpb.Election/Leader', 'unary', 'v3electionpb.Leader'),
		row('election/observe', 'v3electionpb.Election/Observe', 'server stream', 'v3electionpb.Leader'),
		row('election/resign', 'v3electionpb.Election/Resign', 'unary', 'v3electionpb.Resign'),
	];
	return rows.map(([path, method]) => [prefix + path, method] as const);
}

function row(path: string, rpc: string, shape: GatewayShape, messages: string): readonly [string, GatewayMethod] {
	return [path, { rpc: `/${rpc}`, shape, request: shapeOf(`${messages}Request`), response: shapeOf(`${messages}Response`) }];
}

/** Auth's messages carry the service's name, but where the method does already. */
function messagesOf(rpc: string): string {
	const [service = '', method = ''] = rpc.split('/');
	const name = service === 'Auth' && !method.startsWith('Auth') ? `Auth${method}` : method;
	return `etcdserverpb.${name}`;
}
