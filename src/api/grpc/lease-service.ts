/**
 * etcdserverpb.Lease. Grants and revokes are proposals; how long a lease has left only the lessor knows, wherever the leader is (Lane.askLease).
 * The keys of a lease, and the list of leases, are read on this member. Renewals are lease-keep-alive.ts.
 */
import { LEASE_COST_BYTES } from '../../alarms/cost.ts';
import { checkLeaseList, checkTimeToLive } from '../../auth/check-lease.ts';
import type { Identity } from '../../auth/identity.ts';
import { CODES } from '../../base/codes.ts';
import { TTL_SECONDS_MAX } from '../../lease/ttl.ts';
import { LEASES } from '../../mvcc/lease-tree.ts';
import { currentRevision } from '../../mvcc/store-state.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import {
	decodeLeaseGrant,
	decodeLeaseRevoke,
	decodeLeaseTimeToLive,
	encodeLeaseGrant,
	encodeLeaseLeasesResponse,
	encodeLeaseTimeToLiveResponse,
} from '../../rpc/lease-codec.ts';
import type { ServedMethod } from '../access/served-method.ts';
import { openKeepAlive } from './lease-keep-alive.ts';
import { QuotaGate } from './quota-gate.ts';
import { ReadTurns } from './read-turns.ts';
import { failMalformed, failWithCode, headerAt, type ServiceContext } from './service-context.ts';

interface LeaseContext extends ServiceContext {
	readonly turns: ReadTurns;
	readonly quota: QuotaGate;
}

export function leaseMethods(ports: ServiceContext): ReadonlyMap<string, ServedMethod> {
	const context: LeaseContext = { ...ports, turns: new ReadTurns(ports.later), quota: new QuotaGate(ports) };
	return new Map<string, ServedMethod>([
		['LeaseGrant', { shape: 'unary', handle: (request, call, who) => grant(context, request, call, who) }],
		['LeaseRevoke', { shape: 'unary', handle: (request, call, who) => revoke(context, request, call, who) }],
		['LeaseKeepAlive', { shape: 'stream', open: (stream, caller) => openKeepAlive(context, stream, caller) }],
		['LeaseTimeToLive', { shape: 'unary', handle: (request, call, who) => timeToLive(context, request, call, who) }],
		['LeaseLeases', { shape: 'unary', handle: (_request, call, who) => leases(context, call, who) }],
	]);
}

/** The least time depends on options of this member, and an id on chance: both are settled here, so that all members execute the same. */
function grant(context: LeaseContext, request: Uint8Array, call: RpcCall, who: Identity): void {
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
	context.lane.propose(COMMAND_KIND.lease_grant, encodeLeaseGrant({ id, ttl }), (code, response) => answer(call, code, response), who);
}

function revoke(context: LeaseContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	if (decodeLeaseRevoke(request) === null) {
		failMalformed(call);
	} else {
		context.lane.propose(COMMAND_KIND.lease_revoke, request, (code, response) => answer(call, code, response), who);
	}
}

function answer(call: RpcCall, code: number, response: Uint8Array): void {
	if (code === CODES.ok.code) {
		call.succeed(response);
	} else {
		failWithCode(call, code);
	}
}

function timeToLive(context: LeaseContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	const asked = decodeLeaseTimeToLive(request);
	if (asked === null) {
		failMalformed(call);
		return;
	}
	const { lane, tables } = context;
	const code = lane.reader.read((view) => checkTimeToLive(tables.of(view), who, view, asked));
	if (code !== CODES.ok.code) {
		failWithCode(call, code);
		return;
	}
	lane.askLease(asked.id, false, (code, remaining, granted) => {
		if (code !== CODES.ok.code) {
			failWithCode(call, code);
		} else if (granted === 0 || !asked.keys) {
			answerTimeToLive(context, call, { id: asked.id, remaining, granted, withKeys: false, who });
		} else {
			// The keys are those of this member, once it has what the lessor had.
			lane.awaitLinearizable((refusal) => {
				if (refusal !== CODES.ok.code) {
					failWithCode(call, refusal);
				} else if (!call.isOver) {
					context.turns.run(call, () => answerTimeToLive(context, call, { id: asked.id, remaining, granted, withKeys: true, who }));
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
	readonly who: Identity;
}

/** Gives the bytes of the answer. A lease that is not there, or not any more, has -1 seconds left. */
function answerTimeToLive(context: LeaseContext, call: RpcCall, { id, remaining, granted, withKeys, who }: Told): number {
	const response = context.lane.reader.read((view) => {
		// Keys may have been put under it meanwhile.
		const code = checkTimeToLive(context.tables.of(view), who, view, { id, keys: withKeys });
		if (code !== CODES.ok.code) {
			return code;
		}
		const header = headerAt(context, currentRevision(view));
		const isThere = granted > 0 && (!withKeys || LEASES.has(view, id));
		const keys = isThere && withKeys ? LEASES.keysOf(view, id) : [];
		return encodeLeaseTimeToLiveResponse(header, { id, remaining: isThere ? remaining : -1, granted: isThere ? granted : 0, keys });
	});
	return answerRead(call, response);
}

/** Gives the bytes of the answer. */
function answerRead(call: RpcCall, response: Uint8Array | number): number {
	if (typeof response === 'number') {
		failWithCode(call, response);
		return 0;
	}
	call.succeed(response);
	return response.length;
}

/** This member's, as in etcd. */
function leases(context: LeaseContext, call: RpcCall, who: Identity): void {
	context.turns.run(call, () => {
		const response = context.lane.reader.read((view) => {
			const code = checkLeaseList(context.tables.of(view), who, view);
			if (code !== CODES.ok.code) {
				return code;
			}
			const ids: bigint[] = [];
			LEASES.scan(view, null, ({ id }) => ids.push(id) > 0);
			return encodeLeaseLeasesResponse(headerAt(context, currentRevision(view)), ids);
		});
		return answerRead(call, response);
	});
}
