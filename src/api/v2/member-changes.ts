/** POST, PUT and DELETE below /v2/members: etcd's statuses and words (reference/etcd-surface.md 1.1, 1.4). Called by members.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES } from '../../base/codes.ts';
import { list } from '../../members/table.ts';
import type { Lane } from '../../ports/lane.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { parsePeerUrls } from '../members/peer-urls.ts';
import { readBody } from './body.ts';
import { memberFace } from './member-face.ts';
import { send, sendJson, sendMessage } from './reply.ts';

/** A list of URLs, and room to spare. */
const BODY_BYTES_MAX = 65_536;
const HEX_ID = /^[0-9a-fA-F]{1,16}$/;

export interface ChangeRequest {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly changes: MemberChanges;
	readonly clusterId: string;
	/** What follows /v2/members/. */
	readonly rest: string;
}

export function postMember(asked: ChangeRequest): void {
	readPeerUrls(asked, (peerUrls) => {
		asked.changes.add({ peerUrls, learner: false }, (code, id) => {
			const { response, clusterId, lane } = asked;
			const member = code === CODES.ok.code ? lane.reader.read(list).find((each) => each.id === id) : undefined;
			if (member === undefined) {
				refuse(asked, code, id);
			} else {
				sendJson(response, clusterId, memberFace(member), 201);
			}
		});
	});
}

export function putMember(asked: ChangeRequest): void {
	withId(asked, (id) => readPeerUrls(asked, (peerUrls) => asked.changes.update(id, peerUrls, (code) => answer(asked, code, id))));
}

export function deleteMember(asked: ChangeRequest): void {
	asked.request.resume();
	withId(asked, (id) => asked.changes.remove(id, (code) => answer(asked, code, id)));
}

function withId({ request, response, clusterId, rest }: ChangeRequest, work: (id: string) => void): void {
	if (HEX_ID.test(rest)) {
		work(BigInt(`0x${rest}`).toString(16));
	} else {
		request.resume();
		sendMessage(response, clusterId, 404, `No such member: ${rest}`);
	}
}

function readPeerUrls({ request, response, clusterId }: ChangeRequest, work: (peerUrls: readonly string[]) => void): void {
	const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
	if (type !== 'application/json') {
		request.resume();
		sendMessage(response, clusterId, 415, `Bad Content-Type ${type}, accept application/json`);
		return;
	}
	readBody(request, BODY_BYTES_MAX, (body) => {
		const urls = body === null ? null : peerUrlsOf(body);
		if (urls === null) {
			sendMessage(response, clusterId, 400, 'the body must be JSON such as {"peerURLs":["http://10.0.0.1:2380"]}');
			return;
		}
		const parsed = parsePeerUrls(urls);
		if (parsed.ok) {
			work(parsed.urls);
		} else {
			sendMessage(response, clusterId, 400, parsed.problem);
		}
	});
}

/** body: a byte string. No list of URLs is an empty one, as for Go. */
function peerUrlsOf(body: string): readonly string[] | null {
	try {
		const value: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
		if (typeof value !== 'object' || value === null) {
			return null;
		}
		const urls: unknown = 'peerURLs' in value ? value.peerURLs : [];
		return Array.isArray(urls) && urls.every((url) => typeof url === 'string') ? urls : null;
	} catch {
		return null;
	}
}

function answer(asked: ChangeRequest, code: number, id: string): void {
	if (code === CODES.ok.code) {
		send(asked.response, 204, { 'X-Etcd-Cluster-Id': asked.clusterId }, '');
	} else {
		refuse(asked, code, id);
	}
}

/** What etcd has no status for is an internal server error, a time-out included. */
function refuse({ response, clusterId }: ChangeRequest, code: number, id: string): void {
	const [status, message] = refusalOf(code, id);
	sendMessage(response, clusterId, status, message);
}

function refusalOf(code: number, id: string): readonly [status: number, message: string] {
	switch (code) {
		case CODES.member_exists.code:
			return [409, 'membership: ID exists'];
		case CODES.peer_url_exists.code:
			return [409, 'membership: peerURL exists'];
		case CODES.member_not_found.code:
			return [404, `No such member: ${id}`];
		case CODES.member_removed.code:
			return [410, `Member permanently removed: ${id}`];
		default:
			return [500, 'Internal Server Error'];
	}
}
