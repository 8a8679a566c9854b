/**
 * Everything that one api lane serves on the client port, put together: listener, sniffer, HTTP/1.1 with its routes, gRPC with its services.
 * Called by workers/api.worker.ts.
 */
import { randomBytes } from 'node:crypto';
import type { ServiceContext, ServicePorts } from '../api/grpc/service-context.ts';
import { createServices } from '../api/grpc/services.ts';
import { healthRoute } from '../api/http/health-route.ts';
import { metricsRoute } from '../api/http/metrics-route.ts';
import { createHttpHandler, type HttpRoute } from '../api/http/router.ts';
import { versionRoute } from '../api/http/version-route.ts';
import type { MemberChanges } from '../api/members/member-changes.ts';
import { hexToId } from '../base/bytes.ts';
import type { SnapshotExports } from '../ports/snapshot-exports.ts';
import { makeHeaderIds } from '../rpc/response-header.ts';
import { ClientHttp1 } from './client-http1.ts';
import { ClientListener } from './client-listener.ts';
import { ClientSniffer } from './client-sniffer.ts';
import { H2RpcEngine } from './h2-rpc-engine.ts';

export interface FrontEndOptions {
	readonly listenUrls: readonly string[];
	readonly reusePort: boolean;
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
	readonly changes: MemberChanges;
	/** Null: Maintenance.Snapshot is not served. */
	readonly snapshots: SnapshotExports | null;
	/** Further HTTP/1.1 routes: /v2/. */
	readonly routes: readonly HttpRoute[];
}

export interface FrontEnd {
	/** Where it listens, with real ports. */
	readonly urls: readonly string[];
	/** No new connections and no new calls on old ones; what is begun goes on. */
	stopAccepting(): void;
	/** Ends what is left, waiting for it a bounded time. */
	close(): Promise<void>;
}

/** etcd gives a message so much more than the request in it may have (reference/etcd-surface.md 2.12). */
const MESSAGE_OVERHEAD_BYTES = 512 * 2 ** 10;
const CONNECTIONS_MAX = 16_384;
const UNDECIDED_MAX = 1_024;
const DECIDE_MILLISECONDS = 10_000;
const HEADERS_MILLISECONDS = 10_000;
const REQUEST_MILLISECONDS = 60_000;

export async function openApiFrontEnd(options: FrontEndOptions, ports: FrontEndPorts): Promise<FrontEnd> {
	const { lane, storeSizes, changes, snapshots } = ports;
	const context: ServiceContext = {
		lane,
		storeSizes,
		randomId: () => randomBytes(8).readBigUInt64BE() >> 1n || 1n,
		later: (milliseconds, work) => {
			if (milliseconds === 0) {
				setImmediate(work);
			} else {
				setTimeout(work, milliseconds).unref();
			}
		},
		options: {
			ids: makeHeaderIds(hexToId(options.clusterId), hexToId(options.memberId)),
			maxRequestBytes: options.maxRequestBytes,
			maxTxnOps: options.maxTxnOps,
			minLeaseTtlSeconds: options.minLeaseTtlSeconds,
			quotaBytes: options.quotaBytes,
		},
	};
	const services = createServices(context, changes, snapshots);
	const messageBytesMax = options.maxRequestBytes + MESSAGE_OVERHEAD_BYTES;
	const engine = new H2RpcEngine(
		{
			messageBytesMax,
			maxConcurrentStreams: options.maxConcurrentStreams,
			readMilliseconds: REQUEST_MILLISECONDS,
			handshakeMilliseconds: DECIDE_MILLISECONDS,
		},
		services,
	);
	const http1 = new ClientHttp1(
		{ headersMilliseconds: HEADERS_MILLISECONDS, requestMilliseconds: REQUEST_MILLISECONDS },
		createHttpHandler([versionRoute, healthRoute(ports.lane), metricsRoute, ...ports.routes]),
	);
	const sniffer = new ClientSniffer(
		{ decideMilliseconds: DECIDE_MILLISECONDS, undecidedMax: UNDECIDED_MAX },
		{ http1: (socket) => http1.accept(socket), http2: (socket) => engine.accept(socket) },
	);
	const close = async (): Promise<void> => {
		sniffer.close();
		await Promise.all([engine.close(), http1.close()]);
	};
	const { listenUrls: urls, reusePort } = options;
	let listener: ClientListener;
	try {
		listener = await ClientListener.open({ urls, reusePort, connectionsMax: CONNECTIONS_MAX }, (socket) => sniffer.accept(socket));
	} catch (error) {
		await close();
		throw error;
	}
	const stopAccepting = (): void => {
		listener.stopAccepting();
		sniffer.close();
		engine.stopAccepting();
		http1.stopAccepting();
	};
	return {
		urls: listener.urls,
		stopAccepting,
		close: async () => {
			stopAccepting();
			await close();
		},
	};
}
