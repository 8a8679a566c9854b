/** GET /v2/leader, from etcd 0.4: the peer URL of the leader as text (reference/etcd-surface.md 1.1). */
import type { Lane } from '../../ports/lane.ts';
import type { HttpRoute } from '../http/router.ts';
import { readCluster } from './cluster-view.ts';
import { send, sendKeyError, sendNotAllowed } from './reply.ts';

export function v2LeaderRoute(lane: Lane): HttpRoute {
	return {
		path: '/v2/leader',
		handle: (request, response) => {
			request.resume();
			if (request.method !== 'GET' && request.method !== 'HEAD') {
				sendNotAllowed(response, ['GET', 'HEAD']);
				return;
			}
			const { clusterId, members } = lane.reader.read(readCluster);
			const url = members.find(({ slot }) => slot === lane.leaderView.leader)?.peerUrls[0];
			if (url === undefined) {
				sendKeyError(response, clusterId, { error: 'leader_election', cause: '' });
			} else {
				send(response, 200, { 'Content-Type': 'text/plain; charset=utf-8' }, url);
			}
		},
	};
}
