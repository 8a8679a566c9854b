/** One of the two systems under comparison: sends a request of requests.ts, and says in text what came back, without what is each system's own. */
import Long from 'long';
import { etcdserverpb as pb } from '../../../src/rpc/generated/messages.js';
import { GrpcClient, RpcError } from '../../support/grpc-client.ts';
import type { CompareRequest, Operation, Request, RevisionAt } from './requests.ts';

const DEADLINE_MS = 10_000;
export type Plain = { readonly [key: string]: unknown };
export interface Codec {
	encode(message: never): { finish(): Uint8Array };
	decode(bytes: Uint8Array): Plain;
}
export type Rpc = readonly [path: string, request: Codec, response: Codec];

/** Where each kind of request goes, and how it is written. */
export const RPCS: { readonly [K in Request['kind']]: Rpc } = {
	range: ['KV/Range', pb.RangeRequest, pb.RangeResponse] as unknown as Rpc,
	put: ['KV/Put', pb.PutRequest, pb.PutResponse] as unknown as Rpc,
	delete: ['KV/DeleteRange', pb.DeleteRangeRequest, pb.DeleteRangeResponse] as unknown as Rpc,
	txn: ['KV/Txn', pb.TxnRequest, pb.TxnResponse] as unknown as Rpc,
	compact: ['KV/Compact', pb.CompactionRequest, pb.CompactionResponse] as unknown as Rpc,
	lease_grant: ['Lease/LeaseGrant', pb.LeaseGrantRequest, pb.LeaseGrantResponse] as unknown as Rpc,
	lease_revoke: ['Lease/LeaseRevoke', pb.LeaseRevokeRequest, pb.LeaseRevokeResponse] as unknown as Rpc,
	lease_time_to_live: ['Lease/LeaseTimeToLive', pb.LeaseTimeToLiveRequest, pb.LeaseTimeToLiveResponse] as unknown as Rpc,
	lease_list: ['Lease/LeaseLeases', pb.LeaseLeasesRequest, pb.LeaseLeasesResponse] as unknown as Rpc,
	hash_kv: ['Maintenance/HashKV', pb.HashKVRequest, pb.HashKVResponse] as unknown as Rpc,
};

/** Ids and terms are each system's own; the seconds that a lease has left depend on the moment; hash_revision is newer than 3.4. */
export const OWN: ReadonlySet<string> = new Set(['cluster_id', 'member_id', 'raft_term', 'hash_revision']);

export class System {
	readonly #grpc: GrpcClient;
	/** The newest revision that an answer has named. */
	revision = 1;

	constructor(endpoint: string) {
		this.#grpc = new GrpcClient(endpoint);
	}

	/** What came back, as text. at: the revision that the request's own are relative to. */
	async answer(request: Request, at: number): Promise<string> {
		const [path, requestCodec, responseCodec] = RPCS[request.kind];
		try {
			const response = await this.#grpc.call<Plain, Plain>(
				{
					path: `/etcdserverpb.${path}`,
					encode: (message) => requestCodec.encode(message as never).finish(),
					decode: (bytes) => responseCodec.decode(bytes),
				},
				toMessage(request, at),
				DEADLINE_MS,
			);
			const header = response['header'] as { readonly revision?: Long } | undefined;
			this.revision = Math.max(this.revision, Number(header?.revision ?? 0));
			return answerText(request, response);
		} catch (error) {
			if (error instanceof RpcError) {
				return `status ${error.grpcStatus}: ${error.message}`;
			}
			throw error;
		}
	}

	close(): void {
		this.#grpc.close();
	}
}

/** What an answer says, without what is each system's own. */
export function answerText(request: Request, response: Plain): string {
	return JSON.stringify(response, (key, value) => common(request, key, value));
}

function common(request: Request, key: string, value: unknown): unknown {
	if (OWN.has(key) || (key === 'lease' && asksForKeysOnly(request))) {
		return undefined;
	}
	if (Long.isLong(value)) {
		return request.kind === 'lease_time_to_live' && key === 'TTL' && value.isPositive() ? 'some' : value.toString();
	}
	if (request.kind === 'lease_list' && key === 'leases' && Array.isArray(value)) {
		return value.map((lease: { readonly ID: Long }) => String(lease.ID)).sort();
	}
	// `lease-order`: the order of a lease's keys is chance in etcd.
	return request.kind === 'lease_time_to_live' && key === 'keys' && Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value;
}

/** `keys-only-lease`: keys without values come without their leases too, as from etcd 3.7 on. */
export function asksForKeysOnly(request: Request): boolean {
	if (request.kind === 'txn') {
		return [...request.success, ...request.failure].some(asksForKeysOnly);
	}
	return request.kind === 'range' && request.keysOnly;
}

export function toMessage(request: Request, at: number): Plain {
	switch (request.kind) {
		case 'compact':
			return { revision: resolve(request.revision, at), physical: request.physical };
		case 'hash_kv':
			return { revision: resolve(request.revision, at) };
		case 'lease_grant':
			return { ID: Long.fromNumber(request.id), TTL: Long.fromNumber(request.ttl) };
		case 'lease_revoke':
			return { ID: Long.fromNumber(request.id) };
		case 'lease_time_to_live':
			return { ID: Long.fromNumber(request.id), keys: request.keys };
		case 'lease_list':
			return {};
		default:
			return operation(request, at);
	}
}

function operation(request: Operation, at: number): Plain {
	switch (request.kind) {
		case 'range':
			return {
				key: bytes(request.key),
				range_end: bytes(request.rangeEnd),
				limit: Long.fromNumber(request.limit),
				revision: resolve(request.revision, at),
				sort_order: request.sortOrder,
				sort_target: request.sortTarget,
				serializable: request.serializable,
				keys_only: request.keysOnly,
				count_only: request.countOnly,
				min_mod_revision: resolve(request.minMod, at),
				max_mod_revision: resolve(request.maxMod, at),
				min_create_revision: resolve(request.minCreate, at),
				max_create_revision: resolve(request.maxCreate, at),
			};
		case 'put':
			return {
				key: bytes(request.key),
				value: bytes(request.value),
				lease: Long.fromNumber(request.lease),
				prev_kv: request.prevKv,
				ignore_value: request.ignoreValue,
				ignore_lease: request.ignoreLease,
			};
		case 'delete':
			return { key: bytes(request.key), range_end: bytes(request.rangeEnd), prev_kv: request.prevKv };
		case 'txn':
			return {
				compare: request.compares.map((compare) => comparison(compare, at)),
				success: request.success.map((each) => wrapped(each, at)),
				failure: request.failure.map((each) => wrapped(each, at)),
			};
	}
}

function wrapped(request: Operation, at: number): Plain {
	const names = { range: 'request_range', put: 'request_put', delete: 'request_delete_range', txn: 'request_txn' } as const;
	return { [names[request.kind]]: operation(request, at) };
}

function comparison({ result, target, key, rangeEnd, number, revision, value }: CompareRequest, at: number): Plain {
	const against: readonly Plain[] = [
		{ version: Long.fromNumber(number) },
		{ create_revision: resolve(revision, at) },
		{ mod_revision: resolve(revision, at) },
		{ value: bytes(value) },
		{ lease: Long.fromNumber(number) },
	];
	return { result, target, key: bytes(key), range_end: bytes(rangeEnd), ...against[target] };
}

function resolve(revision: RevisionAt, at: number): Long {
	return Long.fromNumber('exactly' in revision ? revision.exactly : at - revision.behind);
}

function bytes(text: string): Uint8Array {
	return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
