/** The gRPC services of one lane of a simulated process, as adapters/client-front-end.ts and workers/api.worker.ts make them. */
import { createHash } from 'node:crypto';
import type { ApiActor } from '../../src/actors/api-actor.ts';
import { createServices } from '../../src/api/grpc/services.ts';
import { MemberChanges } from '../../src/api/members/member-changes.ts';
import { AuthTables } from '../../src/auth/auth-table.ts';
import { hexToId } from '../../src/base/bytes.ts';
import type { MemberRecord } from '../../src/members/record.ts';
import type { PeerAddress } from '../../src/ports/peer-links.ts';
import type { RpcServices } from '../../src/ports/rpc-engine.ts';
import { makeHeaderIds } from '../../src/rpc/response-header.ts';
import { CLUSTER_ID } from './foundation.ts';
import type { Habitat } from './habitat.ts';
import type { SimLinks } from './links.ts';
import type { Seat } from './seat.ts';
import { MILLISECOND, SECOND } from './timeline.ts';

const MAX_REQUEST_BYTES = 1_572_864;
const MAX_TXN_OPS = 128;
const MAX_LEARNERS = 2;
/** Of virtual time's beginning. */
const UNIX_SECONDS = 1_700_000_000;

export interface LaneServices {
	readonly rpc: RpcServices;
	readonly changes: MemberChanges;
}

export function openServices(
	{ id, timeline, plan, dice }: Habitat,
	{ lane, seat, links }: { readonly lane: ApiActor; readonly seat: Seat; readonly links: SimLinks },
): LaneServices {
	const later = (milliseconds: number, work: () => void): void => timeline.after(milliseconds * MILLISECOND, () => seat.run(work));
	const changes = new MemberChanges(
		{ strictReconfigCheck: plan.strictReconfigCheck, maxLearners: MAX_LEARNERS, initialClusterToken: CLUSTER_ID },
		{
			lane,
			sha1: (bytes) => createHash('sha1').update(bytes).digest(),
			// A clock of the wall may stand still, or go back: then an added member's id could come again.
			unixSeconds: () => UNIX_SECONDS + (plan.isWallClockStuck ? 0 : Math.floor(timeline.now / SECOND)),
			askPeer: (member, done) => links.askProgress(addressOf(member), (progress) => seat.run(() => done(progress))),
			askToHandOver: (member) => links.tell(addressOf(member), (events) => events.transferAsked(lane.selfSlot)),
			later,
		},
	);
	const options = {
		ids: makeHeaderIds(hexToId(CLUSTER_ID), hexToId(id)),
		maxRequestBytes: MAX_REQUEST_BYTES,
		maxTxnOps: MAX_TXN_OPS,
		minLeaseTtlSeconds: 2,
		quotaBytes: -1,
	};
	return {
		rpc: createServices(
			{
				lane,
				storeSizes: () => ({ fileBytes: 0, usedBytes: 0, roomBytes: null }),
				later,
				randomId: () => BigInt(1 + dice.below(2 ** 31)),
				options,
				tables: new AuthTables(),
			},
			changes,
			null,
		),
		changes,
	};
}

function addressOf({ id, slot, peerUrls, name }: MemberRecord): PeerAddress {
	return { id, slot, urls: peerUrls, name };
}
