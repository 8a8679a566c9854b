/** The table of all gRPC methods, and what is true of each of them. A service of etcd's that is not here yet is known all the same. */
import { ANONYMOUS } from '../../auth/identity.ts';
import { assert } from '../../base/assert.ts';
import { CallMeter } from '../../base/call-meter.ts';
import { CODES } from '../../base/codes.ts';
import type { RpcMethod, RpcServices } from '../../ports/rpc-engine.ts';
import type { SnapshotExports } from '../../ports/snapshot-exports.ts';
import type { Access } from '../access/access.ts';
import { guarded } from '../access/guard.ts';
import { RPC_RULES } from '../access/rules.ts';
import { NOBODY_KNOWN, type ServedMethod } from '../access/served-method.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { authMethods } from './auth-service.ts';
import type { MeteredMethod } from './call-metrics.ts';
import { clusterMethods } from './cluster-service.ts';
import { electionMethods } from './election-service.ts';
import { healthMethods } from './health-service.ts';
import { kvMethods } from './kv-service.ts';
import { requiringLeader } from './leader-requirement.ts';
import { leaseMethods } from './lease-service.ts';
import { lockMethods } from './lock-service.ts';
import { maintenanceMethods } from './maintenance-service.ts';
import { endWithCode, failWithCode, IDLE_STREAM, type ServiceContext } from './service-context.ts';
import { snapshotMethods } from './snapshot-service.ts';
import { watchMethods } from './watch-service.ts';

type Methods = ReadonlyMap<string, ServedMethod>;

const NONE: Methods = new Map();
const HEALTH = 'grpc.health.v1.Health';
/**
 * What a learner answers; Range sees for itself whether it is serializable (reference/etcd-surface.md 2.1). The health service is none of it. The v2 API
 * is served by learners as by any follower: etcd 3.4 refuses nothing of it there.
 */
const FOR_LEARNERS: ReadonlySet<string> = new Set([
	'/etcdserverpb.KV/Range',
	'/etcdserverpb.Maintenance/Status',
	'/etcdserverpb.Maintenance/Snapshot',
]);

/** As grpc's metrics name them; all others are one message each way, whatever shape they have inside. */
const SERVER_STREAMS: ReadonlySet<string> = new Set([
	'/etcdserverpb.KV/RangeStream',
	'/etcdserverpb.Maintenance/Snapshot',
	'/v3electionpb.Election/Observe',
	'/grpc.health.v1.Health/Watch',
]);
const BOTH_STREAM: ReadonlySet<string> = new Set(['/etcdserverpb.Watch/Watch', '/etcdserverpb.Lease/LeaseKeepAlive']);

export interface MeteredServices extends RpcServices {
	readonly metered: readonly MeteredMethod[];
}

/** access: null: nobody is asked who he is, and there is no Auth service. snapshots: null where there are no files to make them in. */
export function createServices(
	context: ServiceContext,
	changes: MemberChanges,
	access: Access | null,
	snapshots: SnapshotExports | null = null,
): MeteredServices {
	const services = new Map<string, Methods>([
		['etcdserverpb.KV', kvMethods(context)],
		['etcdserverpb.Watch', watchMethods(context)],
		['etcdserverpb.Lease', leaseMethods(context)],
		['etcdserverpb.Cluster', clusterMethods(context, changes)],
		['etcdserverpb.Maintenance', new Map([...maintenanceMethods(context), ...snapshotMethods(snapshots)])],
		['etcdserverpb.Auth', access === null ? NONE : authMethods(context, access)],
		['v3lockpb.Lock', lockMethods(context)],
		['v3electionpb.Election', electionMethods(context)],
		[HEALTH, healthMethods(context)],
	]);
	const methods = new Map<string, RpcMethod>();
	const metered: MeteredMethod[] = [];
	for (const [service, table] of services) {
		for (const [name, method] of table) {
			const path = `/${service}/${name}`;
			const meter = new CallMeter();
			const type = BOTH_STREAM.has(path) ? 'bidi_stream' : SERVER_STREAMS.has(path) ? 'server_stream' : 'unary';
			metered.push({ service, method: name, type, meter });
			const known = access === null ? unguarded(method) : guarded(access, path, method);
			methods.set(path, { ...requiringVote(context, path, service === HEALTH ? known : requiringLeader(context, known)), meter });
		}
	}
	const missing = access === null || snapshots === null ? [] : Object.keys(RPC_RULES).filter((path) => !methods.has(path));
	assert(missing.length === 0, () => `api/access/rules.ts has rows for what is not served: ${missing.join()}`);
	// Exact paths only: nothing is cleaned, decoded or guessed (reliability.md T22).
	return { find: (path) => methods.get(path) ?? describeUnknown(path, services), metered };
}

/** For the simulator and tests, in which nobody logs in. */
function unguarded(method: ServedMethod): RpcMethod {
	return method.shape === 'unary'
		? { shape: 'unary', handle: (request, call) => method.handle(request, call, ANONYMOUS) }
		: { shape: 'stream', open: (stream) => method.open(stream, NOBODY_KNOWN) };
}

/** A learner may be far behind, and is not to be taken for a member that can answer for the cluster. */
function requiringVote(context: ServiceContext, path: string, method: RpcMethod): RpcMethod {
	if (FOR_LEARNERS.has(path)) {
		return method;
	}
	if (method.shape === 'unary') {
		const handle: typeof method.handle = (request, call) => {
			if (context.lane.isLearner) {
				failWithCode(call, CODES.not_for_learner.code);
			} else {
				method.handle(request, call);
			}
		};
		return { shape: 'unary', handle };
	}
	const open: typeof method.open = (stream) => {
		if (!context.lane.isLearner) {
			return method.open(stream);
		}
		endWithCode(stream, CODES.not_for_learner.code);
		return IDLE_STREAM;
	};
	return { shape: 'stream', open };
}

/** In grpc-go's words, which etcd's clients match on to find out what a server can do. */
function describeUnknown(path: string, services: ReadonlyMap<string, Methods>): string {
	const name = path.startsWith('/') ? path.slice(1) : path;
	const slash = name.lastIndexOf('/');
	if (slash === -1) {
		return `malformed method name: ${JSON.stringify(path)}`;
	}
	const service = name.slice(0, slash);
	return services.has(service) ? `unknown method ${name.slice(slash + 1)} for service ${service}` : `unknown service ${service}`;
}
