/** /v2/machines and /v2/members: who is in the cluster, from the store's members table. Changing the members is member-changes.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hexToId } from '../../base/bytes.ts';
import type { MemberRecord } from '../../members/record.ts';
import type { Lane } from '../../ports/lane.ts';
import type { V2Door } from './auth/door.ts';
import { refuseMessage } from './auth/refusals.ts';
import { readCluster } from './cluster-view.ts';
import { type ChangeRequest, deleteMember, postMember, putMember } from './member-changes.ts';
import { memberFace } from './member-face.ts';
import { send, sendJson, sendMessage, sendNotAllowed } from './reply.ts';

const METHODS = ['GET', 'POST', 'DELETE', 'PUT'];

/** All client URLs, sorted, as text. */
export function handleMachines(request: IncomingMessage, response: ServerResponse, lane: Lane): void {
	request.resume();
	if (request.method !== 'GET' && request.method !== 'HEAD') {
		sendNotAllowed(response, ['GET', 'HEAD']);
		return;
	}
	const { members } = lane.reader.read(readCluster);
	const urls = members.flatMap((member) => member.clientUrls).sort();
	send(response, 200, { 'Content-Type': 'text/plain; charset=utf-8' }, urls.join(', '));
}

interface MembersRequest extends Omit<ChangeRequest, 'clusterId'> {
	readonly door: V2Door;
}

/** rest: what follows /v2/members, without its slashes at the ends. Anybody may look, and only root may change. */
export function handleMembers(asked: MembersRequest): void {
	const { request, response, lane, rest, door } = asked;
	const method = request.method ?? '';
	if (!METHODS.includes(method)) {
		request.resume();
		sendNotAllowed(response, METHODS);
		return;
	}
	const { clusterId, members } = lane.reader.read(readCluster);
	if (method === 'GET') {
		request.resume();
		answerGet(response, { clusterId, members, rest, leader: lane.leaderView.leader });
		return;
	}
	door.admit(request, response, 'root', (admission) => {
		if (admission.ok) {
			change({ ...asked, clusterId });
		} else {
			refuseMessage(request, response, clusterId, admission);
		}
	});
}

function change(asked: ChangeRequest): void {
	const { request, response, clusterId, rest } = asked;
	if (request.method === 'POST') {
		postMember(asked);
	} else if (rest === '') {
		request.resume();
		sendNotAllowed(response, [], { 'X-Etcd-Cluster-Id': clusterId });
	} else if (request.method === 'PUT') {
		putMember(asked);
	} else {
		deleteMember(asked);
	}
}

interface Asked {
	readonly clusterId: string;
	readonly members: readonly MemberRecord[];
	readonly rest: string;
	readonly leader: number;
}

function answerGet(response: ServerResponse, asked: Asked): void {
	if (asked.rest === '') {
		const sorted = asked.members.toSorted((a, b) => (hexToId(a.id) < hexToId(b.id) ? -1 : 1));
		sendJson(response, asked.clusterId, { members: sorted.map(memberFace) });
		return;
	}
	if (asked.rest !== 'leader') {
		sendMessage(response, asked.clusterId, 404, 'Not found');
		return;
	}
	const leader = asked.members.find((member) => member.slot === asked.leader);
	if (leader === undefined) {
		sendMessage(response, asked.clusterId, 503, 'During election');
	} else {
		sendJson(response, asked.clusterId, memberFace(leader));
	}
}
