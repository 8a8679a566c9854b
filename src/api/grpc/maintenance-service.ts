/** etcdserverpb.Maintenance: Status, Alarm, MoveLeader, Defragment. Hash and HashKV are in hash-methods.ts. */
import { listAlarms } from '../../alarms/table.ts';
import type { Identity } from '../../auth/identity.ts';
import { NOBODY } from '../../base/brand.ts';
import { CODES } from '../../base/codes.ts';
import type { ReadView } from '../../base/engine.ts';
import { ETCD_API_VERSION, ETCD_STORAGE_VERSION } from '../../base/version.ts';
import { list } from '../../members/table.ts';
import { readStoreState } from '../../mvcc/store-state.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import type { RaftStatus } from '../../protocol/messages.ts';
import { alarmText, decodeAlarm } from '../../rpc/alarm-codec.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { hexFromLong, longFromHex, longFromNumber } from '../../rpc/long-id.ts';
import type { ServedMethod } from '../access/served-method.ts';
import { downgradeMethod } from './downgrade-method.ts';
import { hashKvMethod, hashMethod } from './hash-methods.ts';
import { failMalformed, failWithCode, headerMessage, type ServiceContext } from './service-context.ts';

const { MoveLeaderRequest, StatusResponse } = etcdserverpb;

const NO_BYTES = new Uint8Array(0);

export function maintenanceMethods(context: ServiceContext): ReadonlyMap<string, ServedMethod> {
	return new Map<string, ServedMethod>([
		['Status', { shape: 'unary', handle: (_request, call) => status(context, call) }],
		['Alarm', { shape: 'unary', handle: (request, call, who) => alarm(context, request, call, who) }],
		['Downgrade', downgradeMethod],
		['Hash', hashMethod(context)],
		['HashKV', hashKvMethod(context)],
		// LMDB uses freed pages again by itself; the answer has no header in etcd either.
		['Defragment', { shape: 'unary', handle: (_request, call) => call.succeed(NO_BYTES) }],
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
		dbSizeQuota: longFromNumber(context.options.quotaBytes),
		leader: longFromHex(leader?.id ?? '0'),
		raftIndex: longFromNumber(raft.commit),
		raftTerm: longFromNumber(raft.term),
		raftAppliedIndex: longFromNumber(raft.applied),
		errors: [...(raft.leader === NOBODY ? [CODES.no_leader.text] : []), ...listAlarms(view).map(alarmText)],
		isLearner: self?.learner ?? false,
		storageVersion: ETCD_STORAGE_VERSION,
		downgradeInfo: {},
	}).finish();
}

/** Through the log, GET as well; the store builds the answer (reference/etcd-surface.md 2.9). */
function alarm(context: ServiceContext, request: Uint8Array, call: RpcCall, who: Identity): void {
	if (decodeAlarm(request) === null) {
		failMalformed(call);
		return;
	}
	const answer = (code: number, response: Uint8Array): void => {
		if (code === CODES.ok.code) {
			call.succeed(response);
		} else {
			failWithCode(call, code);
		}
	};
	context.lane.propose(COMMAND_KIND.alarm, request, answer, who);
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
	lane.moveLeader(member.slot, (code) => (code === 0 ? call.succeed(NO_BYTES) : failWithCode(call, code)));
}

function decodeTarget(request: Uint8Array): string | null {
	try {
		return hexFromLong(MoveLeaderRequest.decode(request).targetID);
	} catch {
		return null;
	}
}
