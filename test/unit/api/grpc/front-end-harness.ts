/** The whole front end over a lane in memory, on a free port, with real clients: grpc-js, sockets. Used by tests of services and of the client port. */
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { type FrontEnd, type FrontEndOptions, openApiFrontEnd } from '../../../../src/adapters/client-front-end.ts';
import type { HttpRoute } from '../../../../src/api/http/router.ts';
import { must } from '../../../../src/base/assert.ts';
import { SILENT } from '../../../../src/ports/logger.ts';
import { MetricsPage } from '../../../../src/runtime/metrics-page.ts';
import { changesOver } from '../member-changes-port.ts';
import { CLUSTER_ID, MEMBER_IDS, MemoryLane } from './memory-lane.ts';

export const QUOTA_BYTES = 2 ** 20;
export const MAX_REQUEST_BYTES = 4_096;
/** etcd's room beyond it. */
export const MAX_MESSAGE_BYTES = MAX_REQUEST_BYTES + 512 * 1_024;

export interface RpcOutcome {
	readonly status: number;
	readonly message: string;
	readonly response: Buffer;
}

interface Codec<T> {
	encode(message: T): { finish(): Uint8Array };
}

const same = (bytes: Buffer): Buffer => bytes;

export class FrontEndHarness {
	readonly lane: MemoryLane;
	/** What the store's file is said to hold. */
	readonly sizes: { fileBytes: number; usedBytes: number; roomBytes: number | null };
	readonly frontEnd: FrontEnd;
	readonly url: string;
	readonly port: number;
	readonly client: Client;

	static async open(routes: readonly HttpRoute[] = [], more: Partial<FrontEndOptions> = {}): Promise<FrontEndHarness> {
		const lane = new MemoryLane();
		const options = {
			listenUrls: ['http://127.0.0.1:0'],
			reusePort: false,
			maxRequestBytes: MAX_REQUEST_BYTES,
			listenHttpUrls: [],
			listenMetricsUrls: [],
			tls: null,
			maxTxnOps: 8,
			minLeaseTtlSeconds: 2,
			quotaBytes: QUOTA_BYTES,
			maxConcurrentStreams: 100,
			memberId: MEMBER_IDS[0],
			clusterId: CLUSTER_ID,
			lanes: 1,
			access: { hosts: [], ownHosts: [], origins: [] },
			connectionsMax: 1_000,
			addressConnectionsMax: 1_000,
			...more,
		};
		const sizes = { fileBytes: 4_096, usedBytes: 1_024, roomBytes: null };
		const storeSizes = () => ({ ...sizes });
		const page = new MetricsPage({ memberId: MEMBER_IDS[0], quotaBytes: QUOTA_BYTES });
		// As the thread of a lane alone would have it.
		const scrape = (): Promise<string> => page.write([JSON.stringify(frontEnd.metrics())]);
		const frontEnd: FrontEnd = await openApiFrontEnd(options, {
			lane,
			storeSizes,
			changes: changesOver(lane),
			account: null,
			snapshots: null,
			logger: SILENT,
			scrape,
			routes,
		});
		return new FrontEndHarness(lane, sizes, frontEnd);
	}

	private constructor(lane: MemoryLane, sizes: FrontEndHarness['sizes'], frontEnd: FrontEnd) {
		this.lane = lane;
		this.sizes = sizes;
		this.frontEnd = frontEnd;
		this.url = must(frontEnd.urls[0], 'a bound URL');
		this.port = Number(new URL(this.url).port);
		this.client = this.connect();
	}

	/** A client of its own connection. */
	connect(): Client {
		const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
		return new Client(`127.0.0.1:${this.port}`, credentials.createInsecure(), options);
	}

	/** A unary call with raw bytes. */
	call(path: string, request: Uint8Array, headers: Readonly<Record<string, string>> = {}, client = this.client): Promise<RpcOutcome> {
		const metadata = new Metadata();
		for (const [name, value] of Object.entries(headers)) {
			metadata.set(name, value);
		}
		return new Promise((resolve) => {
			client.makeUnaryRequest(path, same, same, Buffer.from(request), metadata, (error, response) => {
				resolve({ status: error?.code ?? 0, message: error?.details ?? '', response: response ?? Buffer.alloc(0) });
			});
		});
	}

	kv<T>(method: string, codec: Codec<T>, request: T, headers: Readonly<Record<string, string>> = {}): Promise<RpcOutcome> {
		return this.call(`/etcdserverpb.KV/${method}`, codec.encode(request).finish(), headers);
	}

	async close(): Promise<void> {
		this.client.close();
		await this.frontEnd.close();
	}
}

/** What the tests match: the status and etcd's text. */
export function refusal(outcome: RpcOutcome): readonly [number, string] {
	return [outcome.status, outcome.message];
}
