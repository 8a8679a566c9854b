/**
 * Everything that one api lane serves on the client port, put together: listener, sniffer, HTTP/1.1 with its routes, gRPC with its services.
 * Called by workers/api.worker.ts.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { guardRoutes } from '../api/access/http-guard.ts';
import { openGateway } from '../api/gateway/gateway.ts';
import type { TakeUpgrade } from '../api/gateway/websocket-bridge.ts';
import { callMetrics, type MeteredMethod, outcomeMetrics } from '../api/grpc/call-metrics.ts';
import type { ServiceContext, ServicePorts } from '../api/grpc/service-context.ts';
import { createServices } from '../api/grpc/services.ts';
import { guardAccess } from '../api/http/access-guard.ts';
import { AccessRules } from '../api/http/access-rules.ts';
import { HealthChecks } from '../api/http/health-checks.ts';
import { healthRoutes } from '../api/http/health-route.ts';
import { type CertificateExpiry, expiryMetrics, metricsRoute } from '../api/http/metrics-route.ts';
import { createHttpHandler, type HttpRoute } from '../api/http/router.ts';
import { versionRoute } from '../api/http/version-route.ts';
import type { MemberChanges } from '../api/members/member-changes.ts';
import { AuthTables } from '../auth/auth-table.ts';
import type { AccessSettings } from '../base/access-settings.ts';
import { hexToId } from '../base/bytes.ts';
import { gauge, type Metric } from '../base/metric.ts';
import type { MetricsScope } from '../base/shown-metrics.ts';
import { list } from '../members/table.ts';
import type { Logger } from '../ports/logger.ts';
import type { SnapshotExports } from '../ports/snapshot-exports.ts';
import { makeHeaderIds } from '../rpc/response-header.ts';
import { ClientHttp1, type HttpHandler } from './client-http1.ts';
import { ClientListener } from './client-listener.ts';
import { ClientSniffer, type SnifferTargets } from './client-sniffer.ts';
import { ConnectionGate } from './connection-gate.ts';
import { affordableConnections } from './descriptor-limit.ts';
import type { KeepAlive } from './h2-connection.ts';
import { H2RpcEngine } from './h2-rpc-engine.ts';
import { HeavyTurns } from './heavy-turns.ts';
import { Http1Loads } from './http1-loads.ts';
import { guardUpgrades } from './http1-upgrades.ts';
import type { LaneAccess } from './lane-access.ts';
import { LargeAnswers } from './large-answers.ts';
import { RefusalLog } from './tls/refusal-log.ts';
import type { TlsMaterial } from './tls/tls-material.ts';

export interface FrontEndOptions {
	readonly listenUrls: readonly string[];
	/** HTTP/1.1 alone; if there are any, listenUrls serve gRPC alone. */
	readonly listenHttpUrls: readonly string[];
	/** Metrics and health alone. */
	readonly listenMetricsUrls: readonly string[];
	/** For https and unixs URLs. */
	readonly tls: TlsMaterial | null;
	/** For the metrics: what the peer port shows. */
	readonly peerTls?: TlsMaterial | null;
	readonly reusePort: boolean;
	/** Lanes of this process that accept, this one included. */
	readonly lanes: number;
	readonly access: AccessSettings;
	/** --client-cert-auth: whose certificate is checked is known by its common name. Default: not. */
	readonly namesByCertificate?: boolean;
	/** Whether the JSON gateway is served. Default: it is. */
	readonly gateway?: boolean;
	readonly keepAlive?: KeepAlive;
	readonly connectionsMax: number;
	readonly addressConnectionsMax: number;
	readonly maxRequestBytes: number;
	readonly maxTxnOps: number;
	readonly quotaBytes: number;
	readonly maxConcurrentStreams: number;
	readonly minLeaseTtlSeconds: number;
	/** 64-bit ids as hex. */
	readonly memberId: string;
	readonly clusterId: string;
}

export interface FrontEndPorts extends Omit<ServicePorts, 'later' | 'randomId'> {
	/** Who calls, and what he may. Null: nobody is asked. */
	readonly account: LaneAccess | null;
	/** Shared by all that is heavy on the thread. Default: with nothing outside of this. */
	readonly heavy?: HeavyTurns;
	readonly changes: MemberChanges;
	/** Null: Maintenance.Snapshot is not served. */
	readonly snapshots: SnapshotExports | null;
	/** The page of metrics of the whole member. Default: none is served. */
	readonly scrape?: (scope: MetricsScope) => Promise<string>;
	/** Who is to look at single calls. */
	readonly watchCalls?: (methods: readonly MeteredMethod[]) => void;
	/** Further HTTP/1.1 routes: /v2/. */
	readonly routes: readonly HttpRoute[];
	readonly logger: Logger;
}

export interface FrontEnd {
	/** Where it listens, with real ports. */
	readonly urls: readonly string[];
	/** What was counted here. */
	metrics(): readonly Metric[];
	/** What has been answered leaves now. */
	flush(): void;
	/** No new connections and no new calls on old ones; what is begun goes on. */
	stopAccepting(): void;
	/** Ends what is left, waiting for it a bounded time. */
	close(): Promise<void>;
}

/** etcd gives a message so much more than the request in it may have (reference/etcd-surface.md 2.12). */
const MESSAGE_OVERHEAD_BYTES = 512 * 2 ** 10;
/** Callers of gRPC offer h2 alone; who offers both, as curl and browsers do, wants the pages that are served by HTTP/1.1. */
const EITHER = ['http/1.1', 'h2'];
const UNDECIDED_MAX = 1_024;
const DECIDE_MILLISECONDS = 10_000;
const REQUEST_MILLISECONDS = 60_000;
const HTTP1_LIMITS = { headersMilliseconds: 10_000, requestMilliseconds: REQUEST_MILLISECONDS };

export async function openApiFrontEnd(options: FrontEndOptions, ports: FrontEndPorts): Promise<FrontEnd> {
	const { lane, changes, snapshots, account, heavy = new HeavyTurns() } = ports;
	account?.begin();
	const context = makeContext(options, ports, makeLater(heavy));
	const services = createServices(context, changes, account, snapshots);
	ports.watchCalls?.(services.metered);
	const access = new AccessRules(options.access, hostname());
	const messageBytesMax = options.maxRequestBytes + MESSAGE_OVERHEAD_BYTES;
	const gate = makeGate(options, ports.logger);
	const blame = (socket: Socket): void => gate.blame(socket);
	const largeAnswers = new LargeAnswers();
	const engine = new H2RpcEngine(
		{
			messageBytesMax,
			maxConcurrentStreams: options.maxConcurrentStreams,
			readMilliseconds: REQUEST_MILLISECONDS,
			handshakeMilliseconds: DECIDE_MILLISECONDS,
			access,
			namesByCertificate: options.namesByCertificate === true,
			largeAnswers,
			blame,
			keepAlive: options.keepAlive,
		},
		services,
	);
	const checks = new HealthChecks(ports.lane);
	const shown = [...healthRoutes(checks), ...(ports.scrape === undefined ? [] : [metricsRoute(ports.scrape)])];
	const guard = (routes: readonly HttpRoute[]) => (account === null ? routes : guardRoutes(account, routes));
	const loads = new Http1Loads(largeAnswers);
	const opener = { access, heavy, loads, blame, logger: ports.logger };
	const gateway = openGateway({ enabled: options.gateway ?? true, messageBytesMax }, { services, loadOf: (socket) => loads.of(socket) }, lane);
	const http1 = openHttp1(opener, guard([versionRoute, ...shown, ...ports.routes, ...gateway.routes]), gateway.takeUpgrade);
	const metrics = openHttp1(opener, guard(shown), null);
	const faces = facesOf(options, { http1: (socket) => http1.accept(socket), http2: (socket) => engine.accept(socket) }, metrics);
	const sniffers: ClientSniffer[] = [];
	const listeners: ClientListener[] = [];
	const stopAccepting = (): void => {
		for (const listener of listeners) {
			listener.stopAccepting();
		}
		for (const sniffer of sniffers) {
			sniffer.close();
		}
		engine.stopAccepting();
		http1.stopAccepting();
		metrics.stopAccepting();
	};
	const close = async (): Promise<void> => {
		stopAccepting();
		await Promise.all([engine.close(), http1.close(), metrics.close()]);
	};
	try {
		for (const { targets, ...face } of faces) {
			const sniffer = new ClientSniffer({ decideMilliseconds: DECIDE_MILLISECONDS, undecidedMax: UNDECIDED_MAX }, targets);
			sniffers.push(sniffer);
			const { reusePort, tls } = options;
			const listen = { ...face, reusePort, tls, logger: ports.logger, gate };
			listeners.push(await ClientListener.open(listen, (socket) => sniffer.accept(socket)));
		}
	} catch (error) {
		await close();
		throw error;
	}
	return {
		urls: listeners.flatMap(({ urls }) => urls),
		metrics: () => [
			...callMetrics(services.metered),
			...outcomeMetrics(services.metered),
			...checks.metrics(),
			memberSlots(ports.lane),
			...expiryMetrics([...expiryOf('client', options.tls), ...expiryOf('peer', options.peerTls ?? null)]),
		],
		flush: () => engine.flush(),
		stopAccepting,
		close,
	};
}

function makeContext(options: FrontEndOptions, { lane, storeSizes, account }: FrontEndPorts, later: ServicePorts['later']): ServiceContext {
	const { maxRequestBytes, maxTxnOps, minLeaseTtlSeconds, quotaBytes } = options;
	const ids = makeHeaderIds(hexToId(options.clusterId), hexToId(options.memberId));
	return {
		lane,
		tables: account?.tables ?? new AuthTables(),
		storeSizes,
		randomId: () => randomBytes(8).readBigUInt64BE() >> 1n || 1n,
		later,
		options: { ids, maxRequestBytes, maxTxnOps, minLeaseTtlSeconds, quotaBytes },
	};
}

function makeLater(heavy: HeavyTurns): ServicePorts['later'] {
	return (milliseconds, work) => {
		if (milliseconds === 0) {
			heavy.add(work);
		} else {
			setTimeout(work, milliseconds).unref();
		}
	};
}

/** Listeners that serve the same: which option they come from, and who takes over their connections. */
interface Face {
	readonly option: string;
	readonly urls: readonly string[];
	readonly protocols: readonly string[];
	readonly targets: SnifferTargets;
}

/** By which number metrics call a member that know no more of it. Every lane tells the same. */
function memberSlots({ reader }: ServicePorts['lane']): Metric {
	const values = reader.read(list).map(({ slot, id, name }) => ({ labels: { slot: String(slot), id, name }, value: 1 }));
	return gauge('quorate_member_slot', "1, with a member's number, id and name as labels.", values, 'max');
}

function expiryOf(endpoint: 'client' | 'peer', tls: TlsMaterial | null): readonly CertificateExpiry[] {
	return tls === null ? [] : [{ endpoint, notAfter: tls.current().notAfter }];
}

function facesOf({ listenUrls, listenHttpUrls, listenMetricsUrls }: FrontEndOptions, both: SnifferTargets, metrics: ClientHttp1): readonly Face[] {
	const refuse = (socket: Socket): void => {
		socket.destroy();
	};
	const isApart = listenHttpUrls.length > 0;
	const grpc = isApart ? { protocols: ['h2'], targets: { ...both, http1: refuse } } : { protocols: EITHER, targets: both };
	return [
		{ option: '--listen-client-urls', urls: listenUrls, ...grpc },
		{ option: '--listen-client-http-urls', urls: listenHttpUrls, protocols: ['http/1.1'], targets: { ...both, http2: refuse } },
		{
			option: '--listen-metrics-urls',
			urls: listenMetricsUrls,
			protocols: ['http/1.1'],
			targets: { http1: (socket) => metrics.accept(socket), http2: refuse },
		},
	];
}

interface Http1Opener {
	readonly access: AccessRules;
	readonly heavy: HeavyTurns;
	readonly loads: Http1Loads;
	readonly blame: (socket: Socket) => void;
	readonly logger: Logger;
}

function openHttp1({ access, heavy, loads, blame, logger }: Http1Opener, routes: readonly HttpRoute[], take: TakeUpgrade | null): ClientHttp1 {
	const takeUpgrade = take === null ? null : guardUpgrades(access, take, refusalSayer(logger));
	return new ClientHttp1(
		{ ...HTTP1_LIMITS, heavy, blame, isInTheWay: (socket) => loads.isInTheWay(socket), takeUpgrade },
		http1Handler(access, routes, logger),
	);
}

function http1Handler(access: AccessRules, routes: readonly HttpRoute[], logger: Logger): HttpHandler {
	return guardAccess(access, createHttpHandler(routes), refusalSayer(logger));
}

function refusalSayer(logger: Logger): (request: IncomingMessage, reason: string) => void {
	const refusals = new RefusalLog(logger, 'client');
	return ({ socket }, reason) => refusals.say({ remote: socket.remoteAddress ?? '', serverName: '', reason });
}

function makeGate({ connectionsMax, addressConnectionsMax, lanes }: FrontEndOptions, logger: Logger): ConnectionGate {
	const affordable = affordableConnections(connectionsMax, lanes);
	if (affordable < connectionsMax) {
		const fields = { 'lane-connections-max': connectionsMax, connections: affordable };
		logger.log('warn', 'fewer connections of clients than configured: the process may not open so many files', fields);
	}
	// Below the bound in all, so that one address cannot have everything where files are few either.
	const share = affordable < connectionsMax ? Math.ceil((affordable * addressConnectionsMax) / connectionsMax) : addressConnectionsMax;
	return new ConnectionGate({ endpoint: 'client', connectionsMax: affordable, addressConnectionsMax: share }, logger);
}
