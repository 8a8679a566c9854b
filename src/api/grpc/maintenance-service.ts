/** etcdserverpb.Maintenance, as far as it is there: Status, HashKV, MoveLeader. */
import { NOBODY } from '../../base/brand.ts';
import { CODES } from '../../base/codes.ts';
import type { ReadView } from '../../base/engine.ts';
import { ETCD_API_VERSION, ETCD_STORAGE_VERSION } from '../../base/version.ts';
import { list } from '../../members/table.ts';
import { HashKv } from '../../mvcc/hash-kv.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import type { RpcCall, RpcMethod } from '../../ports/rpc-engine.ts';
import type { RaftStatus } from '../../protocol/messages.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { encodeHashKvResponse } from '../../rpc/kv-responses.ts';
import { hexFromLong, longFromHex, longFromNumber } from '../../rpc/long-id.ts';
import { failMalformed, failWithCode, headerAt, headerMessage, type ServiceContext } from './service-context.ts';

const { HashKVRequest, MoveLeaderRequest, StatusResponse } = etcdserverpb;

/** Records hashed before the lane does something else: some milliseconds. */
const HASH_PAGE_RECORDS = 1_000;
/** etcd's quota where none is configured; there is no quota of our own yet. */
const QUOTA_BYTES = 2 * 2 ** 30;

export function maintenanceMethods(context: ServiceContext): ReadonlyMap<string, RpcMethod> {
	return new Map<string, RpcMethod>([
		['Status', { shape: 'unary', handle: (_request, call) => status(context, call) }],
		['HashKV', { shape: 'unary', handle: (request, call) => hashKv(context, request, call) }],
		['MoveLeader', { shape: 'unary', handle: (request, call) => moveLeader(context, request, call) }],
	]);
}

/** Local, and answered without a leader too. */
function status(context: ServiceContext, call: RpcCall): void {
	context.lane.inquireStatus((raft) => {
		if (raft === null) {
			failWithCode(call, CODES.too_many_requests.code);
		} else if (!call.isOver) {
			call.succeed(context.lane.reader.read((view) => encodeStatus(context, view, raft)));
		}
	});
}

function encodeStatus(context: ServiceContext, view: ReadView, raft: RaftStatus): Uint8Array {
	const members = list(view);
	const leader = members.find((member) => member.slot === raft.leader);
	const self = members.find((member) => member.slot === context.lane.selfSlot);
	const sizes = context.storeSizes();
	return StatusResponse.encode({
		header: headerMessage(context, readStoreState(view).revision),
		version: ETCD_API_VERSION,
		dbSize: longFromNumber(sizes.fileBytes),
		dbSizeInUse: longFromNumber(sizes.usedBytes),
		dbSizeQuota: longFromNumber(QUOTA_BYTES),
		leader: longFromHex(leader?.id ?? '0'),
		raftIndex: longFromNumber(raft.commit),
		raftTerm: longFromNumber(raft.term),
		raftAppliedIndex: longFromNumber(raft.applied),
		errors: raft.leader === NOBODY ? [CODES.no_leader.text] : [],
		isLearner: self?.learner ?? false,
		storageVersion: ETCD_STORAGE_VERSION,
		downgradeInfo: {},
	}).finish();
}

function hashKv(context: ServiceContext, request: Uint8Array, call: RpcCall): void {
	const revision = decodeRevision(request);
	if (revision === null) {
		failMalformed(call);
	} else {
		hashPage(context, new HashKv(revision), call);
	}
}

/** Page after page, each on a view of its own, with room for others in between. */
function hashPage(context: ServiceContext, hash: HashKv, call: RpcCall): void {
	if (call.isOver) {
		return;
	}
	const outcome = context.lane.reader.read((view) => hash.step(view, HASH_PAGE_RECORDS));
	if (outcome.kind === 'more') {
		context.later(0, () => hashPage(context, hash, call));
	} else if (outcome.kind === 'refusal') {
		failWithCode(call, outcome.code);
	} else {
		call.succeed(encodeHashKvResponse(headerAt(context, outcome.revision), outcome));
	}
}

function decodeRevision(request: Uint8Array): number | null {
	try {
		return HashKVRequest.decode(request).revision.toNumber();
	} catch {
		return null;
	}
}

/** Only at the leader, only to a voter (reference/etcd-surface.md 2.9); the response is empty, without a header. */
function moveLeader(context: ServiceContext, request: Uint8Array, call: RpcCall): void {
	const target = decodeTarget(request);
	const { lane } = context;
	if (target === null) {
		failMalformed(call);
		return;
	}
	if (lane.leaderView.leader !== lane.selfSlot) {
		failWithCode(call, CODES.not_leader.code);
		return;
	}
	const member = lane.reader.read(list).find((each) => each.id === target);
	if (member === undefined || member.learner) {
		failWithCode(call, CODES.bad_transferee.code);
		return;
	}
	lane.moveLeader(member.slot, (code) => (code === 0 ? call.succeed(new Uint8Array(0)) : failWithCode(call, code)));
}

function decodeTarget(request: Uint8Array): string | null {
	try {
		return hexFromLong(MoveLeaderRequest.decode(request).targetID);
	} catch {
		return null;
	}
}
