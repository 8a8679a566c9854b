/**
 * Where a write of the v2 API, or a read through the log, is done: here, or at the leader that a 307 names (design section 6). Used by keys.ts
 * and the modules.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NOBODY } from '../../base/brand.ts';
import { CODES } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import { isV2AuthEnabled } from '../../v2/auth/auth-tree.ts';
import { readCluster } from './cluster-view.ts';
import { send, sendRaftError } from './reply.ts';
import { schemeOf } from './scheme.ts';

/** What a follower does with a write: says where the leader is, or sends it there itself. */
export type WriteRouting = 'redirect' | 'forward';

export interface Routed {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly lane: Lane;
	readonly clusterId: string;
	readonly routing: WriteRouting | undefined;
}

/**
 * Whether this member does it itself: it leads, or it sends such requests to the leader as it does those of v3. If not, the client has been told where to go.
 * Once access control is on nobody is: clients do not send their passwords to another host when they are redirected. Nor is a page in a browser, which says
 * where it is from and may not follow to another origin.
 */
export function isOurs({ lane, request, response, clusterId, routing }: Routed): boolean {
	const { leader } = lane.leaderView;
	const isHere = leader !== NOBODY && leader === lane.selfSlot;
	if (routing === 'forward' || isHere || request.headers.origin !== undefined || lane.reader.read(isV2AuthEnabled)) {
		return true;
	}
	const { members } = lane.reader.read(readCluster);
	const urls = leader === NOBODY ? [] : (members.find((member) => member.slot === leader)?.clientUrls ?? []);
	const url = urls.find((each) => each.startsWith(`${schemeOf(request)}:`)) ?? urls.find((each) => /^https?:/.test(each));
	if (url === undefined) {
		sendRaftError(response, clusterId, CODES.no_leader.code);
	} else {
		send(response, 307, { Location: url.replace(/\/+$/, '') + pathAndQuery(request.url ?? '/'), 'X-Etcd-Cluster-Id': clusterId }, '');
	}
	return false;
}

/** The raw target, without the origin that a proxy's client puts before it. */
function pathAndQuery(target: string): string {
	return target.replace(/^https?:\/\/[^/?]*/i, '');
}
