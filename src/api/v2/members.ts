/** /v2/machines and /v2/members: who is in the cluster, from the store's members table. Changing the members comes with another issue. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hexToId } from '../../base/bytes.ts';
import type { MemberRecord } from '../../members/record.ts';
import type { Lane } from '../../ports/lane.ts';
import { readCluster } from './cluster-view.ts';
import { send, sendJson, sendMessage, sendNotAllowed } from './reply.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

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

/** rest: what follows /v2/members, without its slashes at the ends. */
export function handleMembers(request: IncomingMessage, response: ServerResponse, lane: Lane, rest: string): void {
	request.resume();
	const method = request.method ?? '';
	if (!METHODS.includes(method)) {
		sendNotAllowed(response, METHODS);
		return;
	}
	const { clusterId, members } = lane.reader.read(readCluster);
	if (method === 'GET') {
		answerGet(response, { clusterId, members, rest, leader: lane.leaderView.leader });
	} else if (method !== 'POST' && rest === '') {
		sendNotAllowed(response, [], { 'X-Etcd-Cluster-Id': clusterId });
	} else {
		sendMessage(response, clusterId, 501, 'Changing the members is not served by this version of quorate');
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
		sendJson(response, asked.clusterId, { members: sorted.map(face) });
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
		sendJson(response, asked.clusterId, face(leader));
	}
}

function face(member: MemberRecord): object {
	return { id: member.id, name: member.name, peerURLs: member.peerUrls, clientURLs: member.clientUrls };
}
