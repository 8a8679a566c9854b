/** POST, PUT and DELETE below /v2/members: etcd's statuses and words (reference/etcd-surface.md 1.1, 1.4). Called by members.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES, codeRow } from '../../base/codes.ts';
import { list } from '../../members/table.ts';
import type { Lane } from '../../ports/lane.ts';
import type { MemberChanges } from '../members/member-changes.ts';
import { readBody } from './body.ts';
import { memberFace } from './member-face.ts';
import { type MemberRequest, parseMemberId, parseMemberRequest } from './member-request.ts';
import { send, sendJson, sendMessage } from './reply.ts';

/** A list of URLs, and room to spare. */
const BODY_BYTES_MAX = 65_536;
/** etcd has no replacement, and for these codes no status either: here the reason is told. */
const REPLACEMENT_STATUS: ReadonlyMap<number, number> = new Map([
	[CODES.member_not_voter.code, 409],
	[CODES.member_not_learner.code, 409],
	[CODES.learner_not_ready.code, 409],
	[CODES.not_enough_started.code, 409],
	[CODES.unhealthy.code, 503],
	[CODES.membership_pending.code, 503],
]);

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
	readRequest(asked, (wanted) => {
		if (wanted.kind === 'plain') {
			asked.changes.add({ peerUrls: wanted.peerUrls, learner: false }, (code, id) => answerNew(asked, code, id));
		} else {
			asked.changes.replace(wanted, (code, id) => answerReplacement(asked, code, { id, replaces: wanted.replaces }));
		}
	});
}

function answerNew(asked: ChangeRequest, code: number, id: string): void {
	const member = code === CODES.ok.code ? asked.lane.reader.read(list).find((each) => each.id === id) : undefined;
	if (member === undefined) {
		refuse(asked, code, id);
	} else {
		sendJson(asked.response, asked.clusterId, memberFace(member), 201);
	}
}

function answerReplacement(asked: ChangeRequest, code: number, { id, replaces }: { readonly id: string; readonly replaces: string }): void {
	const status = REPLACEMENT_STATUS.get(code);
	if (status !== undefined) {
		sendMessage(asked.response, asked.clusterId, status, codeRow(code)?.text ?? '');
		return;
	}
	// The store looks for the one that goes first.
	const isThere = code === CODES.ok.code || asked.lane.reader.read(list).some((each) => each.id === replaces);
	answerNew(asked, code, isThere ? id : replaces);
}

export function putMember(asked: ChangeRequest): void {
	withId(asked, (id) =>
		readRequest(asked, (wanted) => {
			if (wanted.kind === 'plain') {
				asked.changes.update(id, wanted.peerUrls, (code) => answer(asked, code, id));
			} else {
				sendMessage(asked.response, asked.clusterId, 400, '"replaces" and "promotes" go with POST');
			}
		}),
	);
}

export function deleteMember(asked: ChangeRequest): void {
	asked.request.resume();
	withId(asked, (id) => asked.changes.remove(id, (code) => answer(asked, code, id)));
}

function withId({ request, response, clusterId, rest }: ChangeRequest, work: (id: string) => void): void {
	const id = parseMemberId(rest);
	if (id === null) {
		request.resume();
		sendMessage(response, clusterId, 404, `No such member: ${rest}`);
	} else {
		work(id);
	}
}

function readRequest({ request, response, clusterId }: ChangeRequest, work: (wanted: Exclude<MemberRequest, { kind: 'malformed' }>) => void): void {
	const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
	if (type !== 'application/json') {
		request.resume();
		sendMessage(response, clusterId, 415, `Bad Content-Type ${type}, accept application/json`);
		return;
	}
	readBody(request, BODY_BYTES_MAX, (body) => {
		const wanted = parseMemberRequest(body);
		if (wanted.kind === 'malformed') {
			sendMessage(response, clusterId, 400, wanted.problem);
		} else {
			work(wanted);
		}
	});
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
