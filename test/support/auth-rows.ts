/**
 * What becomes of each RPC for each kind of caller while access control is on (reference/reliability.md 6.3; CVE-2026-33413): the table that all doors are held to. Used by
 * test/cluster/auth-matrix.test.ts, by gRPC, and auth-doors.test.ts, by JSON.
 */
import { etcdserverpb as pb, v3electionpb, v3lockpb } from '../../src/rpc/generated/messages.js';

const KEY = Buffer.from('a/k');
const EMPTY = new Uint8Array(0);

/** For nobody, a bad token, a user without rights, one who may read and write a/, root. E: user name is empty. T: invalid auth token. P: permission denied. */
export type Expected = `${'E' | '-'}${'T' | '-'}${'P' | '-'}${'P' | '-'}-`;

export interface Row {
	readonly request: Uint8Array;
	readonly expected: Expected;
	/** etcd 3.4 lets or refuses others: the advisory that came later, or what is quorate's. */
	readonly differs?: string;
}

export const ROOT_ONLY = 'ETPP-';
const LATER = 'CVE-2026-33413';
const leader = { name: KEY, key: KEY };

function row(request: Uint8Array, expected: Expected, differs?: string): Row {
	return differs === undefined ? { request, expected } : { request, expected, differs };
}

export const RPC_ROWS: Readonly<Record<string, Row>> = {
	'/etcdserverpb.KV/Range': row(pb.RangeRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/RangeStream': row(pb.RangeRequest.encode({ key: KEY }).finish(), 'ETP--', 'not in 3.4'),
	'/etcdserverpb.KV/Put': row(pb.PutRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/DeleteRange': row(pb.DeleteRangeRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/etcdserverpb.KV/Txn': row(pb.TxnRequest.encode({ success: [{ request_put: { key: KEY } }] }).finish(), 'ETP--'),
	'/etcdserverpb.KV/Compact': row(pb.CompactionRequest.encode({}).finish(), ROOT_ONLY, LATER),
	'/etcdserverpb.Watch/Watch': row(pb.WatchRequest.encode({ create_request: { key: KEY } }).finish(), 'ETP--', 'another word for why'),
	'/etcdserverpb.Lease/LeaseGrant': row(pb.LeaseGrantRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseRevoke': row(pb.LeaseRevokeRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseKeepAlive': row(pb.LeaseKeepAliveRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseTimeToLive': row(pb.LeaseTimeToLiveRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Lease/LeaseLeases': row(pb.LeaseLeasesRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Cluster/MemberList': row(pb.MemberListRequest.encode({}).finish(), 'ET---', LATER),
	'/etcdserverpb.Cluster/MemberAdd': row(pb.MemberAddRequest.encode({ peerURLs: ['http://127.0.0.1:1'], isLearner: true }).finish(), ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberRemove': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberUpdate': row(pb.MemberUpdateRequest.encode({ peerURLs: ['http://127.0.0.1:1'] }).finish(), ROOT_ONLY),
	'/etcdserverpb.Cluster/MemberPromote': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Status': row(EMPTY, 'ET---', LATER),
	'/etcdserverpb.Maintenance/Alarm': row(EMPTY, 'ET---', LATER),
	'/etcdserverpb.Maintenance/Defragment': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Hash': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/HashKV': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/MoveLeader': row(EMPTY, ROOT_ONLY, LATER),
	'/etcdserverpb.Maintenance/Snapshot': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Maintenance/Downgrade': row(EMPTY, ROOT_ONLY, 'not in 3.4'),
	'/etcdserverpb.Auth/AuthEnable': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/AuthDisable': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/AuthStatus': row(EMPTY, '-----', 'not in 3.4'),
	'/etcdserverpb.Auth/Authenticate': row(EMPTY, '-----'),
	'/etcdserverpb.Auth/UserAdd': row(pb.AuthUserAddRequest.encode({ name: 'owner' }).finish(), ROOT_ONLY),
	'/etcdserverpb.Auth/UserGet': row(pb.AuthUserGetRequest.encode({ name: 'owner' }).finish(), 'ETP--'),
	'/etcdserverpb.Auth/UserList': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserDelete': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserChangePassword': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserGrantRole': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/UserRevokeRole': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleAdd': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleGet': row(pb.AuthRoleGetRequest.encode({ role: 'a' }).finish(), 'ETP--'),
	'/etcdserverpb.Auth/RoleList': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleDelete': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleGrantPermission': row(EMPTY, ROOT_ONLY),
	'/etcdserverpb.Auth/RoleRevokePermission': row(EMPTY, ROOT_ONLY),
	'/v3lockpb.Lock/Lock': row(v3lockpb.LockRequest.encode({ name: KEY }).finish(), 'ETP--'),
	'/v3lockpb.Lock/Unlock': row(v3lockpb.UnlockRequest.encode({ key: KEY }).finish(), 'ETP--'),
	'/v3electionpb.Election/Campaign': row(v3electionpb.CampaignRequest.encode({ name: Buffer.from('a/e') }).finish(), 'ETP--'),
	'/v3electionpb.Election/Proclaim': row(v3electionpb.ProclaimRequest.encode({ leader }).finish(), 'ETP--'),
	'/v3electionpb.Election/Leader': row(v3electionpb.LeaderRequest.encode({ name: KEY }).finish(), 'ETP--'),
	'/v3electionpb.Election/Observe': row(v3electionpb.LeaderRequest.encode({ name: KEY }).finish(), '-T---', 'ends without a reason'),
	'/v3electionpb.Election/Resign': row(v3electionpb.ResignRequest.encode({ leader }).finish(), 'ETP--'),
	'/grpc.health.v1.Health/Check': row(EMPTY, '-----'),
	'/grpc.health.v1.Health/Watch': row(EMPTY, '-----'),
};

export function letterOf(message: string): string {
	if (message.includes('user name is empty')) {
		return 'E';
	}
	if (message.includes('invalid auth token')) {
		return 'T';
	}
	return message.includes('permission denied') ? 'P' : '-';
}
