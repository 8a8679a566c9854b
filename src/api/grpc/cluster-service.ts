/** etcdserverpb.Cluster: who is in it. Changing it comes with the membership work. */
import type { MemberRecord } from '../../members/record.ts';
import { list } from '../../members/table.ts';
import type { RpcCall, RpcMethod } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { longFromHex } from '../../rpc/long-id.ts';
import { failMalformed, failWithCode, headerMessage, type ServiceContext } from './service-context.ts';

const { MemberListRequest, MemberListResponse } = etcdserverpb;

export function clusterMethods(context: ServiceContext): ReadonlyMap<string, RpcMethod> {
	return new Map<string, RpcMethod>([['MemberList', { shape: 'unary', handle: (request, call) => memberList(context, request, call) }]]);
}

function memberList(context: ServiceContext, request: Uint8Array, call: RpcCall): void {
	const linearizable = decodeLinearizable(request);
	if (linearizable === null) {
		failMalformed(call);
	} else if (linearizable) {
		context.lane.awaitLinearizable((code) => (code === 0 ? answer(context, call) : failWithCode(call, code)));
	} else {
		answer(context, call);
	}
}

function decodeLinearizable(request: Uint8Array): boolean | null {
	try {
		return MemberListRequest.decode(request).linearizable;
	} catch {
		return null;
	}
}

function answer(context: ServiceContext, call: RpcCall): void {
	const members = context.lane.reader.read(list);
	// etcd leaves the revision out of this service's headers.
	const response = { header: headerMessage(context, 0), members: members.map(toMessage) };
	call.succeed(MemberListResponse.encode(response).finish());
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
