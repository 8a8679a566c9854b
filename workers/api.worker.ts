/** Entry point of one api lane: the lane's actor, and the front ends that share its thread. */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ApiActor } from '../src/actors/api-actor.ts';
import type { ApiOptions } from '../src/actors/api-options.ts';
import { type FrontEnd, openApiFrontEnd } from '../src/adapters/client-front-end.ts';
import { readDashboardFiles } from '../src/adapters/dashboard-files.ts';
import { HeavyTurns } from '../src/adapters/heavy-turns.ts';
import { checkBeforeServing } from '../src/adapters/initial-corrupt-check.ts';
import { openJsonLogger, setLogLevel } from '../src/adapters/json-logger.ts';
import { openLaneAccess } from '../src/adapters/lane-access.ts';
import { askLeases } from '../src/adapters/lease-questions.ts';
import { LmdbReaders } from '../src/adapters/lmdb-reader-provider.ts';
import { KeptConnections } from '../src/adapters/peer-http-client.ts';
import { askProgress, askState, askTransfer, type Introduction } from '../src/adapters/peer-questions.ts';
import { processClock } from '../src/adapters/process-clock.ts';
import { LaneSnapshotExports } from '../src/adapters/snapshot-exports.ts';
import { askProfile } from '../src/adapters/thread-profiler.ts';
import { TlsMaterial } from '../src/adapters/tls/tls-material.ts';
import { type Dashboard, type DashboardOptions, openDashboard } from '../src/api/dashboard/routes.ts';
import type { MeteredMethod } from '../src/api/grpc/call-metrics.ts';
import { logLevelRoute } from '../src/api/http/log-level-route.ts';
import { pprofRoute } from '../src/api/http/pprof-route.ts';
import { slowRoute } from '../src/api/http/slow-route.ts';
import { MemberChanges } from '../src/api/members/member-changes.ts';
import { SlowCalls } from '../src/api/slow/slow-calls.ts';
import { v2Routes } from '../src/api/v2/routes.ts';
import { toSlot } from '../src/base/brand.ts';
import type { Config } from '../src/config/config.ts';
import { electionTicks } from '../src/config/ticks.ts';
import { minTtlSeconds } from '../src/lease/ttl.ts';
import type { Logger } from '../src/ports/logger.ts';
import type { OpenActor } from '../src/runtime/actor-thread.ts';
import type { Self } from '../src/runtime/control.ts';

/** The request's time is 5 s and two election timeouts (reference/etcd-surface.md 2.12). */
const REQUEST_MILLISECONDS = 5_000;
const READ_REPEAT_MILLISECONDS = 500;
const DRAIN_MILLISECONDS = 1_000;
/** reference/etcd-surface.md 2.1 */
const LEADERLESS_ELECTIONS = 3;
/** For a leader to say how far the members are. */
const ASK_MILLISECONDS = 400;
/** For a member to tell of itself: it waits for probes to come back. */
const STATE_MILLISECONDS = 2_000;
const SLOW_TICK_MILLISECONDS = 1_000;
/** For a leader to answer about leases: it may have to end one, or to commit a renewal. */
const LEASES_MILLISECONDS = 2_000;

export const open: OpenActor<'api'> = async ({ config, self, lane, facts, outbox, turn, announceServing, offload, scrape }) => {
	const logger = openJsonLogger(config.logLevel, `api/${lane}`, config.logging);
	const readers = new LmdbReaders(config.dataDir);
	const tls = await TlsMaterial.openIfSecured(config.peerTls, logger);
	const speakTo = (id: string): Introduction => ({ clusterId: self.clusterId, selfId: self.memberId, to: id, tls });
	if (lane === 0 && config.initialCorruptCheck) {
		// Before there is a lane that could publish this member, and so make it ready.
		const reader = readers.openGeneration(facts.generation);
		await checkBeforeServing({ reader, clusterId: self.clusterId, selfId: self.memberId, tls, logger });
		reader.close();
	}
	const connections = new KeptConnections();
	let dashboard: Dashboard | null = null;
	const actor = new ApiActor(actorOptions(config, self, { lane, generation: facts.generation }), {
		outbox,
		turn,
		readers,
		logger,
		announceServing,
		describe: (done) => (dashboard === null ? done('') : dashboard.describe(done)),
		askLeader: ({ id, peerUrls }, question, done) => {
			void askLeases(connections, peerUrls, speakTo(id), question, LEASES_MILLISECONDS).then(done);
		},
	});
	const changes = openChanges(config, actor, speakTo);
	const snapshots = new LaneSnapshotExports({ directory: join(config.dataDir, 'spool'), lane }, { storePath: () => readers.path, offload, logger });
	const account = await openLaneAccess(config.auth, { lane: actor, offload, logger });
	const heavy = new HeavyTurns();
	const v2 = v2Routes({ lane: actor, changes, account, later: (work) => heavy.add(work) }, v2OptionsOf(config));
	const slow = openSlowCalls(config, { actor, lane, logger });
	const opened = openDashboard(dashboardOptions(config, self), {
		lane: actor,
		storeSizes: () => readers.sizes(),
		slow: slow.lists,
		scrape,
		files: await readDashboardFiles(),
		ask: ({ id, peerUrls }) => askState(connections, peerUrls, speakTo(id), STATE_MILLISECONDS),
	});
	dashboard = opened;
	const otherRoutes = [slow.route, logLevelRoute(setLogLevel), ...v2];
	let frontEnd: FrontEnd | null = null;
	const accept = async (): Promise<void> => {
		frontEnd = await openApiFrontEnd(
			{
				...listenersOf(config, lane),
				tls: await TlsMaterial.openIfSecured(config.clientTls, logger),
				peerTls: tls,
				...limitsOf(config, self),
			},
			{
				lane: actor,
				account,
				heavy,
				storeSizes: () => readers.sizes(),
				changes,
				snapshots,
				logger,
				scrape,
				watchCalls: slow.watch,
				routes: [...opened.routes, ...otherRoutes, ...(config.enablePprof ? [pprofRoute(askProfile)] : [])],
			},
		);
	};
	const close = async (): Promise<void> => {
		await frontEnd?.close();
		await account.close();
		connections.close();
		slow.close();
		actor.close();
	};
	return {
		actor,
		facts: null,
		metrics: () => [...actor.metrics(), ...(frontEnd?.metrics() ?? [])],
		afterTurn: null,
		afterPostNow: () => frontEnd?.flush(),
		accept,
		stopAccepting: () => {
			opened.close();
			frontEnd?.stopAccepting();
		},
		close,
	};
};

function v2OptionsOf({ maxRequestBytes, v2WriteRouting, heartbeatMs, auth: { namesByCertificate } }: Config) {
	return { maxRequestBytes, writeRouting: v2WriteRouting, tickMilliseconds: heartbeatMs, namesByCertificate };
}

interface SlowCallParts {
	readonly actor: ApiActor;
	readonly lane: number;
	readonly logger: Logger;
}

function openSlowCalls(config: Config, { actor: { stages }, lane, logger }: SlowCallParts) {
	const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
	const options = { warningMilliseconds: config.warningUnaryRequestDurationMs };
	const calls = new SlowCalls(options, { stages, logger, clock: processClock, wallClock: () => Date.now(), randomHex });
	const timer = setInterval(() => calls.tick(), SLOW_TICK_MILLISECONDS).unref();
	const lists = () => calls.lists();
	const watch = (methods: readonly MeteredMethod[]): void => calls.watch(methods);
	return { route: slowRoute(lane, lists), lists, watch, close: () => clearInterval(timer) };
}

function openChanges(config: Config, lane: ApiActor, speakTo: (id: string) => Introduction): MemberChanges {
	return new MemberChanges(config, {
		lane,
		sha1: (bytes) => createHash('sha1').update(bytes).digest(),
		unixSeconds: () => Math.floor(Date.now() / 1_000),
		askPeer: ({ id, peerUrls }, done) => {
			void askProgress(peerUrls, speakTo(id), ASK_MILLISECONDS).then(done);
		},
		askToHandOver: ({ id, peerUrls }) => {
			void askTransfer(peerUrls, speakTo(id), ASK_MILLISECONDS);
		},
		later: (milliseconds, work) => void setTimeout(work, milliseconds).unref(),
	});
}

/** The kernel shares a port among lanes only where it knows how, and a unix socket nowhere; elsewhere one lane accepts for all. */
function listenersOf(config: Config, lane: number) {
	const sharesPorts = config.apiLanes > 1 && process.platform === 'linux';
	const ours = (urls: readonly string[]): readonly string[] => urls.filter((url) => lane === 0 || (sharesPorts && !url.startsWith('unix')));
	return {
		listenUrls: ours(config.listenClientUrls),
		listenHttpUrls: ours(config.listenClientHttpUrls),
		listenMetricsUrls: lane === 0 ? config.listenMetricsUrls : [],
		reusePort: sharesPorts || config.socketReusePort,
		keepAlive: config.keepAlive,
		lanes: sharesPorts ? config.apiLanes : 1,
		access: config.access,
		gateway: config.gateway,
		connectionsMax: config.laneConnectionsMax,
		addressConnectionsMax: config.laneAddressConnectionsMax,
	};
}

function limitsOf(config: Config, { memberId, clusterId }: Self) {
	const { maxRequestBytes, maxTxnOps, quotaBytes, maxConcurrentStreams, heartbeatMs } = config;
	const minLeaseTtlSeconds = minTtlSeconds(electionTicks(config), heartbeatMs);
	const { namesByCertificate } = config.auth;
	return { namesByCertificate, maxRequestBytes, maxTxnOps, quotaBytes, maxConcurrentStreams, minLeaseTtlSeconds, memberId, clusterId };
}

function dashboardOptions(config: Config, self: Self): DashboardOptions {
	return {
		memberId: self.memberId,
		heartbeatMs: config.heartbeatMs,
		electionMs: config.electionMs,
		quotaBytes: config.quotaBytes,
		writes: config.dashboardWrites,
		maxRequestBytes: config.maxRequestBytes,
	};
}

function actorOptions(config: Config, self: Self, { lane, generation }: { readonly lane: number; readonly generation: number }): ApiOptions {
	const ticks = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / config.heartbeatMs));
	return {
		lane,
		boot: self.boot,
		selfSlot: toSlot(self.slot),
		generation,
		requestTicks: ticks(REQUEST_MILLISECONDS + 2 * config.electionMs),
		readRepeatTicks: ticks(READ_REPEAT_MILLISECONDS),
		drainTicks: ticks(DRAIN_MILLISECONDS),
		leaderlessTicks: ticks(LEADERLESS_ELECTIONS * config.electionMs),
		watchLane: lane % config.watchLanes,
		requestsMax: config.laneRequestsMax,
		bytesMax: config.laneBytesMax,
		publication: lane === 0 ? { id: self.memberId, name: config.name, clientUrls: config.advertiseClientUrls } : null,
	};
}
