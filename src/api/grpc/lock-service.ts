/** v3lockpb.Lock: whoever's key under the lock's name is the oldest holds it (concurrency/line.ts); reference/etcd-surface.md 2.11. */
import type { Identity } from '../../auth/identity.ts';
import { CONCURRENCY_WAITERS_MAX } from '../../base/limits.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { v3lockpb } from '../../rpc/generated/messages.js';
import { bigintFromLong } from '../../rpc/long-id.ts';
import { type Caller, callerOf, type ServedMethod } from '../access/served-method.ts';
import { LaneKeys } from '../concurrency/lane-keys.ts';
import { Line } from '../concurrency/line.ts';
import { Waiters } from '../concurrency/waiters.ts';
import { decoded } from './decoded.ts';
import { type LongCall, longMethod } from './long-call.ts';
import { failMalformed, headerMessage, type ServiceContext } from './service-context.ts';

const { LockRequest, LockResponse, UnlockRequest, UnlockResponse } = v3lockpb;
const NOTHING = (): void => {};
const NO_VALUE = new Uint8Array(0);

interface LockContext extends ServiceContext {
	readonly waiters: Waiters;
}

export function lockMethods(ports: ServiceContext): ReadonlyMap<string, ServedMethod> {
	const context: LockContext = { ...ports, waiters: new Waiters(CONCURRENCY_WAITERS_MAX) };
	return new Map<string, ServedMethod>([
		['Lock', longMethod((request, call, caller) => lock(context, request, call, caller))],
		['Unlock', { shape: 'unary', handle: (request, call, who) => unlock(context, request, call, who) }],
	]);
}

function lock(context: LockContext, bytes: Uint8Array, call: LongCall, caller: Caller): () => void {
	const request = decoded(() => LockRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return NOTHING;
	}
	const keys = new LaneKeys(context, caller);
	return context.waiters.stand(call, {
		keys,
		line: new Line(request.name, keys, context.lane.watches),
		lease: bigintFromLong(request.lease),
		value: NO_VALUE,
		renewsValue: false,
		lostText: 'mutex: session is expired',
		answer: ({ key, header }, revision) => {
			return LockResponse.encode({ header: revision === null ? header : headerMessage(context, revision), key }).finish();
		},
	});
}

/** Deletes the key, whosever it is; that it is there nobody asks. */
function unlock(context: LockContext, bytes: Uint8Array, call: RpcCall, who: Identity): void {
	const request = decoded(() => UnlockRequest.decode(bytes));
	if (request === null) {
		failMalformed(call);
		return;
	}
	new LaneKeys(context, callerOf(who)).delete(request.key, (outcome) => {
		if (outcome.ok) {
			call.succeed(UnlockResponse.encode({ header: outcome.value.header ?? null }).finish());
		} else {
			call.fail(outcome.failure.status, outcome.failure.text);
		}
	});
}
