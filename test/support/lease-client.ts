/** The Lease service of one endpoint for tests: ids as bigints, seconds as numbers. No retries: an RpcError says what is known of the outcome. */
import type Long from 'long';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import { longFromBigint, longFromNumber } from '../../src/rpc/long-id.ts';
import { GrpcClient, type Method } from './grpc-client.ts';

const DEADLINE_MS = 10_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Codec<M> = { encode(message: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): M };

function method<Request, Response>(path: string, request: Codec<unknown>, response: Codec<Response>): Method<Request, Response> {
	return {
		path: `/etcdserverpb.${path}`,
		encode: (message) => request.encode(message as never).finish(),
		decode: (bytes) => response.decode(bytes),
	};
}

const GRANT = method<object, pb.LeaseGrantResponse>('Lease/LeaseGrant', pb.LeaseGrantRequest, pb.LeaseGrantResponse);
const REVOKE = method<object, pb.LeaseRevokeResponse>('Lease/LeaseRevoke', pb.LeaseRevokeRequest, pb.LeaseRevokeResponse);
const RENEW = method<object, pb.LeaseKeepAliveResponse>('Lease/LeaseKeepAlive', pb.LeaseKeepAliveRequest, pb.LeaseKeepAliveResponse);
const TIME_TO_LIVE = method<object, pb.LeaseTimeToLiveResponse>('Lease/LeaseTimeToLive', pb.LeaseTimeToLiveRequest, pb.LeaseTimeToLiveResponse);
const LEASES = method<object, pb.LeaseLeasesResponse>('Lease/LeaseLeases', pb.LeaseLeasesRequest, pb.LeaseLeasesResponse);
const PUT = method<object, pb.PutResponse>('KV/Put', pb.PutRequest, pb.PutResponse);

export interface TimeToLive {
	/** -1: there is no such lease. */
	readonly ttl: number;
	readonly granted: number;
	readonly keys: readonly string[];
}

export class LeaseClient {
	readonly #grpc: GrpcClient;

	constructor(endpoint: string) {
		this.#grpc = new GrpcClient(endpoint);
	}

	/** id 0: the server chooses. */
	async grant(id: bigint, ttl: number, deadlineMs = DEADLINE_MS): Promise<{ readonly id: bigint; readonly ttl: number }> {
		const response = await this.#grpc.call(GRANT, { ID: longFromBigint(id), TTL: longFromNumber(ttl) }, deadlineMs);
		return { id: toBigint(response.ID), ttl: toNumber(response.TTL) };
	}

	/** The revision behind it. */
	async revoke(id: bigint, deadlineMs = DEADLINE_MS): Promise<number> {
		return toNumber((await this.#grpc.call(REVOKE, { ID: longFromBigint(id) }, deadlineMs)).header?.revision);
	}

	/** Renews once, by a stream of one message; 0: there is no such lease. */
	async renew(id: bigint, deadlineMs = DEADLINE_MS): Promise<number> {
		return toNumber((await this.#grpc.call(RENEW, { ID: longFromBigint(id) }, deadlineMs)).TTL);
	}

	async timeToLive(id: bigint, keys = false, deadlineMs = DEADLINE_MS): Promise<TimeToLive> {
		const response = await this.#grpc.call(TIME_TO_LIVE, { ID: longFromBigint(id), keys }, deadlineMs);
		const names = (response.keys ?? []).map((key) => decoder.decode(key)).sort();
		return { ttl: toNumber(response.TTL), granted: toNumber(response.grantedTTL), keys: names };
	}

	async leases(deadlineMs = DEADLINE_MS): Promise<readonly bigint[]> {
		return ((await this.#grpc.call(LEASES, {}, deadlineMs)).leases ?? []).map(({ ID }) => toBigint(ID));
	}

	/** A put of a key that hangs on the lease. */
	async put(key: string, id: bigint, deadlineMs = DEADLINE_MS): Promise<void> {
		await this.#grpc.call(PUT, { key: encoder.encode(key), value: encoder.encode('v'), lease: longFromBigint(id) }, deadlineMs);
	}

	close(): void {
		this.#grpc.close();
	}
}

type Wide = Long | number | string | null | undefined;

function toNumber(value: Wide): number {
	return value === null || value === undefined ? 0 : Number(value.toString());
}

function toBigint(value: Wide): bigint {
	return value === null || value === undefined ? 0n : BigInt(value.toString());
}
