/** v3electionpb.Election: whoever's key under the election's name is the oldest leads (concurrency/line.ts); reference/etcd-surface.md 2.11. */
import type { Identity } from '../../auth/identity.ts';
import { CONCURRENCY_WAITERS_MAX, ELECTION_OBSERVERS_MAX } from '../../base/limits.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { v3electionpb } from '../../rpc/generated/messages.js';
import { bigintFromLong, longFromBigint, longFromNumber } from '../../rpc/long-id.ts';
import { type Caller, callerOf, type ServedMethod } from '../access/served-method.ts';
import { type Failure, failed } from '../concurrency/failure.ts';
import { LaneKeys } from '../concurrency/lane-keys.ts';
import { Line, type PlaceKey } from '../concurrency/line.ts';
import { Waiters } from '../concurrency/waiters.ts';
import { decoded } from './decoded.ts';
import { observeMethod } from './election-observe.ts';
import { type LongCall, longMethod } from './long-call.ts';
import { failMalformed, headerMessage, type ServiceContext } from './service-context.ts';

const { CampaignRequest, CampaignResponse, LeaderRequest, LeaderResponse, ProclaimRequest, ProclaimResponse, ResignRequest, ResignResponse } =
	v3electionpb;
const NOTHING = (): void => {};
const NOT_LEADER = 'election: not leader';
const NO_LEADER = 'election: no leader';
const LEADER_MISSING = '"leader" field must be provided';

interface ElectionContext extends ServiceContext {
	readonly waiters: Waiters;
}

export function electionMethods(ports: ServiceContext): ReadonlyMap<string, ServedMethod> {
	const context: ElectionContext = { ...ports, waiters: new Waiters(CONCURRENCY_WAITERS_MAX) };
	return new Map<string, ServedMethod>([
		['Campaign', longMethod((request, call, caller) => campaign(context, request, call, caller))],
		['Proclaim', { shape: 'unary', handle: (request, call, who) => proclaim(context, request, call, who) }],
		['Leader', { shape: 'unary', handle: (request, call, who) => leader(context, request, call, who) }],
		['Observe', observeMethod(context, ELECTION_OBSERVERS_MAX)],
		['Resign', { shape: 'unary', handle: (request, call, who) => resign(context, request, call, who) }],
	]);
}

function campaign(context: ElectionContext, bytes: Uint8Array, call: LongCall, caller: Caller): () => void {
	const request = decoded(() => CampaignRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return NOTHING;
	}
	const { name, value } = request;
	const keys = new LaneKeys(context, caller);
	return context.waiters.stand(call, {
		keys,
		line: new Line(name, keys, context.lane.watches),
		lease: bigintFromLong(request.lease),
		value,
		renewsValue: true,
		lostText: NOT_LEADER,
		answer: ({ key, revision, lease, header }) => {
			const won = { name, key, rev: longFromNumber(revision), lease: longFromBigint(lease) };
			return CampaignResponse.encode({ header, leader: won }).finish();
		},
	});
}

function proclaim(context: ElectionContext, bytes: Uint8Array, call: RpcCall, who: Identity): void {
	const request = decoded(() => ProclaimRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return;
	}
	if (!request.leader) {
		fail(call, failed(LEADER_MISSING).failure);
		return;
	}
	const { name, place, lease } = placeOf(request.leader);
	const keys = new LaneKeys(context, callerOf(who));
	keys.session(lease, (session) => {
		if (!session.ok) {
			fail(call, session.failure);
			return;
		}
		new Line(name, keys, context.lane.watches).proclaim(place, session.value, request.value, (outcome) => {
			if (!outcome.ok) {
				fail(call, outcome.failure);
			} else if (outcome.value === null) {
				fail(call, failed(NOT_LEADER).failure);
			} else {
				call.succeed(ProclaimResponse.encode({ header: outcome.value }).finish());
			}
		});
	});
}

function leader(context: ElectionContext, bytes: Uint8Array, call: RpcCall, who: Identity): void {
	const request = decoded(() => LeaderRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return;
	}
	lineOf(context, request.name, who).first((outcome) => {
		if (!outcome.ok) {
			fail(call, outcome.failure);
		} else if (outcome.value.kv === null) {
			fail(call, failed(NO_LEADER).failure);
		} else {
			const { revision, kv } = outcome.value;
			call.succeed(LeaderResponse.encode({ header: headerMessage(context, revision), kv }).finish());
		}
	});
}

/** Who leads no more has nothing to give up: that is no failure. */
function resign(context: ElectionContext, bytes: Uint8Array, call: RpcCall, who: Identity): void {
	const request = decoded(() => ResignRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return;
	}
	if (!request.leader) {
		fail(call, failed(LEADER_MISSING).failure);
		return;
	}
	const { name, place } = placeOf(request.leader);
	lineOf(context, name, who).leave(place, (outcome) => {
		if (outcome.ok) {
			call.succeed(ResignResponse.encode({ header: outcome.value }).finish());
		} else {
			fail(call, outcome.failure);
		}
	});
}

function lineOf(context: ElectionContext, name: Uint8Array, who: Identity): Line {
	return new Line(name, new LaneKeys(context, callerOf(who)), context.lane.watches);
}

/** What a caller says of its own place. */
function placeOf(leader: v3electionpb.LeaderKey.$Properties): { readonly name: Uint8Array; readonly place: PlaceKey; readonly lease: bigint } {
	const place = { key: leader.key ?? new Uint8Array(0), revision: leader.rev?.toNumber() ?? 0 };
	return { name: leader.name ?? new Uint8Array(0), place, lease: leader.lease ? bigintFromLong(leader.lease) : 0n };
}

function fail(call: RpcCall, { status, text }: Failure): void {
	call.fail(status, text);
}
