/**
 * etcdserverpb.Lease. Grants and revokes are proposals; how long a lease has left only the lessor knows, wherever the leader is (Lane.askLease).
 * The keys of a lease, and the list of leases, are read on this member. Renewals are lease-keep-alive.ts.
 */
import { LEASE_COST_BYTES } from '../../alarms/cost.ts';
import { CODES } from '../../base/codes.ts';
import { TTL_SECONDS_MAX } from '../../lease/ttl.ts';
import { LEASES } from '../../mvcc/lease-tree.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcCall, RpcMethod } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import {
	decodeLeaseGrant,
	decodeLeaseRevoke,
	decodeLeaseTimeToLive,
	encodeLeaseGrant,
	encodeLeaseLeasesResponse,
	encodeLeaseTimeToLiveResponse,
} from '../../rpc/lease-codec.ts';
import { openKeepAlive } from './lease-keep-alive.ts';
import { QuotaGate } from './quota-gate.ts';
import { ReadTurns } from './read-turns.ts';
import { failMalformed, failWithCode, headerAt, type ServiceContext } from './service-context.ts';

interface LeaseContext extends ServiceContext {
	readonly turns: ReadTurns;
	readonly quota: QuotaGate;
}

export function leaseMethods(ports: ServiceContext): ReadonlyMap<string, RpcMethod> {
	const context: LeaseContext = { ...ports, turns: new ReadTurns(ports.later), quota: new QuotaGate(ports) };
	return new Map<string, RpcMethod>([
		['LeaseGrant', { shape: 'unary', handle: (request, call) => grant(context, request, call) }],
		['LeaseRevoke', { shape: 'unary', handle: (request, call) => revoke(context, request, call) }],
		['LeaseKeepAlive', { shape: 'stream', open: (stream) => openKeepAlive(context, stream) }],
		['LeaseTimeToLive', { shape: 'unary', handle: (request, call) => timeToLive(context, request, call) }],
		['LeaseLeases', { shape: 'unary', handle: (_request, call) => leases(context, call) }],
	]);
}

/** The least time depends on options of this member, and an id on chance: both are settled here, so that all members execute the same. */
function grant(context: LeaseContext, request: Uint8Array, call: RpcCall): void {
	const asked = decodeLeaseGrant(request);
	if (asked === null) {
		failMalformed(call);
		return;
	}
	if (asked.ttl > TTL_SECONDS_MAX) {
		failWithCode(call, CODES.lease_ttl_too_large.code);
		return;
	}
	if (!context.quota.admits(LEASE_COST_BYTES)) {
		context.quota.refuse((code) => failWithCode(call, code));
		return;
	}
	const id = asked.id === 0n ? context.randomId() : asked.id;
	const ttl = Math.max(asked.ttl, context.options.minLeaseTtlSeconds);
	context.lane.propose(COMMAND_KIND.lease_grant, encodeLeaseGrant({ id, ttl }), (code, response) => answer(call, code, response));
}

function revoke(context: LeaseContext, request: Uint8Array, call: RpcCall): void {
	if (decodeLeaseRevoke(request) === null) {
		failMalformed(call);
	} else {
		context.lane.propose(COMMAND_KIND.lease_revoke, request, (code, response) => answer(call, code, response));
	}
}

function answer(call: RpcCall, code: number, response: Uint8Array): void {
	if (code === CODES.ok.code) {
		call.succeed(response);
	} else {
		failWithCode(call, code);
	}
}

function timeToLive(context: LeaseContext, request: Uint8Array, call: RpcCall): void {
	const asked = decodeLeaseTimeToLive(request);
	if (asked === null) {
		failMalformed(call);
		return;
	}
	const { lane } = context;
	lane.askLease(asked.id, false, (code, remaining, granted) => {
		if (code !== CODES.ok.code) {
			failWithCode(call, code);
		} else if (granted === 0 || !asked.keys) {
			answerTimeToLive(context, call, { id: asked.id, remaining, granted, withKeys: false });
		} else {
			// The keys are those of this member, once it has what the lessor had.
			lane.awaitLinearizable((refusal) => {
				if (refusal !== CODES.ok.code) {
					failWithCode(call, refusal);
				} else if (!call.isOver) {
					context.turns.run(call, () => answerTimeToLive(context, call, { id: asked.id, remaining, granted, withKeys: true }));
				}
			});
		}
	});
}

interface Told {
	readonly id: bigint;
	readonly remaining: number;
	readonly granted: number;
	readonly withKeys: boolean;
}

/** Gives the bytes of the answer. A lease that is not there, or not any more, has -1 seconds left. */
function answerTimeToLive(context: LeaseContext, call: RpcCall, { id, remaining, granted, withKeys }: Told): number {
	const response = context.lane.reader.read((view) => {
		const header = headerAt(context, currentRevision(view));
		const isThere = granted > 0 && (!withKeys || LEASES.has(view, id));
		const keys = isThere && withKeys ? LEASES.keysOf(view, id) : [];
		return encodeLeaseTimeToLiveResponse(header, { id, remaining: isThere ? remaining : -1, granted: isThere ? granted : 0, keys });
	});
	call.succeed(response);
	return response.length;
}

/** This member's, as in etcd. */
function leases(context: LeaseContext, call: RpcCall): void {
	context.turns.run(call, () => {
		const response = context.lane.reader.read((view) => {
			const ids: bigint[] = [];
			LEASES.scan(view, null, ({ id }) => ids.push(id) > 0);
			return encodeLeaseLeasesResponse(headerAt(context, currentRevision(view)), ids);
		});
		call.succeed(response);
		return response.length;
	});
}
