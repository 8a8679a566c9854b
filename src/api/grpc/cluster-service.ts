/** etcdserverpb.Cluster: who is in it, and changes of that. etcd leaves the revision out of this service's headers. */
import type { Identity } from '../../auth/identity.ts';
import { hexToId } from '../../base/bytes.ts';
import type { MemberRecord } from '../../members/record.ts';
import { list } from '../../members/table.ts';
import type { RpcCall } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { hexFromLong, longFromHex } from '../../rpc/long-id.ts';
import type { ServedMethod } from '../access/served-method.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { failMalformed, failWithCode, headerMessage, type ServiceContext } from './service-context.ts';

const { MemberAddRequest, MemberAddResponse, MemberListRequest, MemberListResponse, MemberPromoteRequest, MemberRemoveRequest, MemberUpdateRequest } =
	etcdserverpb;

export function clusterMethods(context: ServiceContext, changes: MemberChanges): ReadonlyMap<string, ServedMethod> {
	const unary = (handle: (request: Uint8Array, call: RpcCall, who: Identity) => void): ServedMethod => ({ shape: 'unary', handle });
	return new Map<string, ServedMethod>([
		['MemberList', unary((request, call) => memberList(context, request, call))],
		['MemberAdd', unary((request, call, who) => memberAdd(context, changes, { request, who }, call))],
		[
			'MemberRemove',
			unary((request, call, who) => {
				const id = decoded(call, () => hexFromLong(MemberRemoveRequest.decode(request).ID));
				if (id !== null) {
					changes.remove(id, (code) => answerChange(context, code, call), who);
				}
			}),
		],
		[
			'MemberUpdate',
			unary((request, call, who) => {
				const asked = decoded(call, () => MemberUpdateRequest.decode(request));
				if (asked !== null) {
					changes.update(hexFromLong(asked.ID), asked.peerURLs, (code) => answerChange(context, code, call), who);
				}
			}),
		],
		[
			'MemberPromote',
			unary((request, call, who) => {
				const id = decoded(call, () => hexFromLong(MemberPromoteRequest.decode(request).ID));
				if (id !== null) {
					changes.promote(id, (code) => answerChange(context, code, call), who);
				}
			}),
		],
	]);
}

function memberList(context: ServiceContext, request: Uint8Array, call: RpcCall): void {
	const asked = decoded(call, () => MemberListRequest.decode(request));
	if (asked?.linearizable === true) {
		context.lane.awaitLinearizable((code) => answerChange(context, code, call));
	} else if (asked !== null) {
		answerChange(context, 0, call);
	}
}

interface Asked {
	readonly request: Uint8Array;
	readonly who: Identity;
}

function memberAdd(context: ServiceContext, changes: MemberChanges, { request, who }: Asked, call: RpcCall): void {
	const asked = decoded(call, () => MemberAddRequest.decode(request));
	if (asked === null) {
		return;
	}
	const answer = (code: number, id: string): void => {
		if (code !== 0) {
			failWithCode(call, code);
			return;
		}
		const members = membersById(context);
		const member = members.find((each) => each.id === id);
		const response = { header: headerMessage(context, 0), member: member === undefined ? null : toMessage(member), members: members.map(toMessage) };
		call.succeed(MemberAddResponse.encode(response).finish());
	};
	changes.add({ peerUrls: asked.peerURLs, learner: asked.isLearner }, answer, who);
}

/** The answers of all but MemberAdd have one shape: header=1, members=2. */
function answerChange(context: ServiceContext, code: number, call: RpcCall): void {
	if (code === 0) {
		const response = { header: headerMessage(context, 0), members: membersById(context).map(toMessage) };
		call.succeed(MemberListResponse.encode(response).finish());
	} else {
		failWithCode(call, code);
	}
}

/** null: the request cannot be decoded, and the caller has been told. */
function decoded<T>(call: RpcCall, decode: () => T): T | null {
	try {
		return decode();
	} catch {
		failMalformed(call);
		return null;
	}
}

function membersById(context: ServiceContext): MemberRecord[] {
	return context.lane.reader.read(list).sort((a, b) => (hexToId(a.id) < hexToId(b.id) ? -1 : 1));
}

function toMessage(member: MemberRecord): etcdserverpb.Member.$Properties {
	return {
		ID: longFromHex(member.id),
		name: member.name,
		peerURLs: [...member.peerUrls],
		clientURLs: [...member.clientUrls],
		isLearner: member.learner,
	};
}
