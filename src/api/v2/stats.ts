/**
 * /v2/stats/self, /leader and /store, in etcd's words (reference/etcd-surface.md 1.4). What is counted in the tree is the cluster's; gets, watchers and the
 * time of the leader are those of the lane that is asked. Latencies are round trips of the probes between members.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lane, LeaderView } from '../../ports/lane.ts';
import type { AppendFigures, LatencyFigures, PeerFigures } from '../../ports/peer-figures.ts';
import { readV2Stats } from '../../v2/stats.ts';
import { type HttpRoute, pathOf } from '../http/router.ts';
import { readCluster } from './cluster-view.ts';
import { showGoDuration } from './go-duration.ts';
import type { ReadCounts } from './read-counts.ts';
import { send, sendMessage, sendNotAllowed, sendNotFound } from './reply.ts';

export interface V2StatsPorts {
	readonly lane: Lane;
	/** null: there was no answer in the request's time. */
	readonly askFigures: (done: (figures: PeerFigures | null) => void) => void;
	readonly reads: ReadCounts;
	/** When the member started, and since when its leader has been known to lead; milliseconds. */
	readonly startedAt: number;
	readonly leaderMilliseconds: () => number;
}

const STATES: Readonly<Record<LeaderView['role'], string>> = {
	follower: 'StateFollower',
	pre_candidate: 'StatePreCandidate',
	candidate: 'StateCandidate',
	leader: 'StateLeader',
};

/** Before the route of /v2/, which knows nothing of these. */
export function v2StatsRoute(ports: V2StatsPorts): HttpRoute {
	return { path: '/v2/stats/', handle: (request, response) => handleStats(request, response, ports) };
}

function handleStats(request: IncomingMessage, response: ServerResponse, ports: V2StatsPorts): void {
	request.resume();
	const answer = ANSWERS.get(pathOf(request.url ?? '/').slice('/v2/stats/'.length));
	if (answer === undefined) {
		sendNotFound(response);
	} else if (request.method !== 'GET') {
		sendNotAllowed(response, ['GET']);
	} else {
		answer(response, ports);
	}
}

const ANSWERS: ReadonlyMap<string, (response: ServerResponse, ports: V2StatsPorts) => void> = new Map([
	['self', answerSelf],
	['leader', answerLeader],
	['store', answerStore],
]);

function answerSelf(response: ServerResponse, { lane, askFigures, startedAt, leaderMilliseconds }: V2StatsPorts): void {
	askFigures((figures) => {
		const { clusterId, members } = lane.reader.read(readCluster);
		if (figures === null) {
			sendMessage(response, clusterId, 503, 'etcdserver: request timed out');
			return;
		}
		const { role, leader } = lane.leaderView;
		const self = members.find(({ slot }) => slot === lane.selfSlot);
		const since = leaderMilliseconds();
		sendStats(response, {
			name: self?.name ?? '',
			id: self?.id ?? '',
			state: STATES[role],
			startTime: new Date(startedAt).toISOString(),
			leaderInfo: {
				leader: members.find(({ slot }) => slot === leader)?.id ?? '',
				uptime: showGoDuration(since),
				startTime: new Date(Date.now() - since).toISOString(),
			},
			...appendFields('recv', figures.received),
			...appendFields('send', figures.sent),
		});
	});
}

/** Rates of nothing are left out. */
function appendFields(direction: 'recv' | 'send', { count, messagesPerSecond, bytesPerSecond }: AppendFigures): object {
	return {
		[`${direction}AppendRequestCnt`]: count,
		...(messagesPerSecond === 0 ? {} : { [`${direction}PkgRate`]: messagesPerSecond }),
		...(bytesPerSecond === 0 ? {} : { [`${direction}BandwidthRate`]: bytesPerSecond }),
	};
}

function answerLeader(response: ServerResponse, { lane, askFigures }: V2StatsPorts): void {
	askFigures((figures) => {
		const { clusterId, members } = lane.reader.read(readCluster);
		const self = members.find(({ slot }) => slot === lane.selfSlot);
		if (lane.leaderView.role !== 'leader' || self === undefined) {
			sendMessage(response, clusterId, 403, 'not current leader');
		} else if (figures === null) {
			sendMessage(response, clusterId, 503, 'etcdserver: request timed out');
		} else {
			const followers = figures.members.filter(({ id }) => members.some((member) => member.id === id)).map((each) => [each.id, follower(each)]);
			sendStats(response, { leader: self.id, followers: Object.fromEntries(followers) });
		}
	});
}

function follower({ current, average, standardDeviation, minimum, maximum, success, fail }: LatencyFigures): object {
	return { latency: { current, average, standardDeviation, minimum, maximum }, counts: { fail, success } };
}

function answerStore(response: ServerResponse, { lane, reads }: V2StatsPorts): void {
	const { success, fail } = reads;
	sendStats(response, { getsSuccess: success, getsFail: fail, ...lane.reader.read(readV2Stats), watchers: lane.v2Watches.size });
}

function sendStats(response: ServerResponse, stats: object): void {
	send(response, 200, { 'Content-Type': 'application/json' }, JSON.stringify(stats));
}
