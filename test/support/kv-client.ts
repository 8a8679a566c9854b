/** A v3 client of one endpoint for tests: keys and values as text, numbers as numbers. No retries: an RpcError says what is known of the outcome. */
import type Long from 'long';
import { etcdserverpb as pb } from '../../src/rpc/generated/messages.js';
import type { ClientTls } from './client-tls.ts';
import { GrpcClient, type GrpcClientOptions, type Method } from './grpc-client.ts';

export interface KeyValue {
	readonly key: string;
	readonly value: string;
	readonly createRevision: number;
	readonly modRevision: number;
	readonly version: number;
}

export interface RangeOptions {
	/** All keys from the first one to before this one. */
	readonly rangeEnd?: string;
	readonly revision?: number;
	readonly limit?: number;
	readonly serializable?: boolean;
	readonly countOnly?: boolean;
	readonly deadlineMs?: number;
}

export interface RangeResult {
	readonly kvs: readonly KeyValue[];
	readonly count: number;
	readonly more: boolean;
	readonly revision: number;
}

export interface MemberStatus {
	/** Ids in hex, as etcd prints them; leader 0: none. */
	readonly memberId: string;
	readonly leader: string;
	readonly raftTerm: number;
	readonly raftIndex: number;
	readonly revision: number;
	readonly version: string;
}

export interface KvHash {
	readonly hash: number;
	readonly hashRevision: number;
	readonly compactRevision: number;
}

export interface ListedMember {
	readonly id: string;
	readonly name: string;
	readonly peerUrls: readonly string[];
	readonly clientUrls: readonly string[];
}

const DEADLINE_MS = 5_000;
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

const RANGE = method<pb.IRangeRequest, pb.RangeResponse>('KV/Range', pb.RangeRequest, pb.RangeResponse);
const PUT = method<pb.IPutRequest, pb.PutResponse>('KV/Put', pb.PutRequest, pb.PutResponse);
const DELETE = method<pb.IDeleteRangeRequest, pb.DeleteRangeResponse>('KV/DeleteRange', pb.DeleteRangeRequest, pb.DeleteRangeResponse);
const TXN = method<pb.ITxnRequest, pb.TxnResponse>('KV/Txn', pb.TxnRequest, pb.TxnResponse);
const COMPACT = method<pb.ICompactionRequest, pb.CompactionResponse>('KV/Compact', pb.CompactionRequest, pb.CompactionResponse);
const STATUS = method<pb.IStatusRequest, pb.StatusResponse>('Maintenance/Status', pb.StatusRequest, pb.StatusResponse);
const HASH_KV = method<pb.IHashKVRequest, pb.HashKVResponse>('Maintenance/HashKV', pb.HashKVRequest, pb.HashKVResponse);
const MEMBERS = method<pb.IMemberListRequest, pb.MemberListResponse>('Cluster/MemberList', pb.MemberListRequest, pb.MemberListResponse);

export class KvClient {
	readonly #grpc: GrpcClient;

	constructor(endpoint: string, tls: ClientTls | null = null, options: GrpcClientOptions = {}) {
		this.#grpc = new GrpcClient(endpoint, tls, options);
	}

	get endpoint(): string {
		return this.#grpc.endpoint;
	}

	/** The revision that it made. */
	async put(key: string, value: string, deadlineMs = DEADLINE_MS): Promise<number> {
		const response = await this.#grpc.call(PUT, { key: encoder.encode(key), value: encoder.encode(value) }, deadlineMs);
		return toNumber(response.header?.revision);
	}

	/** Linearizable unless asked otherwise. */
	async range(key: string, options: RangeOptions = {}): Promise<RangeResult> {
		const response = await this.#grpc.call(
			RANGE,
			{
				key: encoder.encode(key),
				range_end: encoder.encode(options.rangeEnd ?? ''),
				revision: options.revision ?? 0,
				limit: options.limit ?? 0,
				serializable: options.serializable ?? false,
				count_only: options.countOnly ?? false,
			} as never,
			options.deadlineMs ?? DEADLINE_MS,
		);
		const kvs = (response.kvs ?? []).map(toKeyValue);
		return { kvs, count: toNumber(response.count), more: response.more, revision: toNumber(response.header?.revision) };
	}

	/** The value of one key, or null. */
	async get(key: string, options: RangeOptions = {}): Promise<string | null> {
		return (await this.range(key, options)).kvs[0]?.value ?? null;
	}

	/** How many keys were deleted. */
	async delete(key: string, options: { readonly rangeEnd?: string; readonly deadlineMs?: number } = {}): Promise<number> {
		const request = { key: encoder.encode(key), range_end: encoder.encode(options.rangeEnd ?? '') };
		const response = await this.#grpc.call(DELETE, request, options.deadlineMs ?? DEADLINE_MS);
		return toNumber(response.deleted);
	}

	/** The request in the protocol's own words, for tests that need more than the rest offers. */
	txn(request: pb.ITxnRequest, deadlineMs = DEADLINE_MS): Promise<pb.TxnResponse> {
		return this.#grpc.call(TXN, request, deadlineMs);
	}

	/** Puts the value if the key is there and its value is less, as bytes; whether it did. */
	async putIfGreater(key: string, value: string, deadlineMs = DEADLINE_MS): Promise<boolean> {
		const bytes = encoder.encode(value);
		const compare = { key: encoder.encode(key), result: pb.Compare.CompareResult.LESS, target: pb.Compare.CompareTarget.VALUE, value: bytes };
		const put = { request_put: { key: encoder.encode(key), value: bytes } };
		return (await this.txn({ compare: [compare], success: [put], failure: [] } as pb.ITxnRequest, deadlineMs)).succeeded;
	}

	async compact(revision: number, deadlineMs = DEADLINE_MS): Promise<void> {
		await this.#grpc.call(COMPACT, { revision, physical: true } as never, deadlineMs);
	}

	async status(deadlineMs = DEADLINE_MS): Promise<MemberStatus> {
		const response = await this.#grpc.call(STATUS, {}, deadlineMs);
		return {
			memberId: toHex(response.header?.member_id),
			leader: toHex(response.leader),
			raftTerm: toNumber(response.raftTerm),
			raftIndex: toNumber(response.raftIndex),
			revision: toNumber(response.header?.revision),
			version: response.version,
		};
	}

	/** What Status says is wrong: no leader, alarms. */
	async errors(deadlineMs = DEADLINE_MS): Promise<readonly string[]> {
		return (await this.#grpc.call(STATUS, {}, deadlineMs)).errors ?? [];
	}

	/** revision 0: the newest one. */
	async hashKv(revision = 0, deadlineMs = DEADLINE_MS): Promise<KvHash> {
		const response = await this.#grpc.call(HASH_KV, { revision } as never, deadlineMs);
		return { hash: response.hash, hashRevision: toNumber(response.hash_revision), compactRevision: toNumber(response.compact_revision) };
	}

	async memberList(deadlineMs = DEADLINE_MS): Promise<readonly ListedMember[]> {
		const response = await this.#grpc.call(MEMBERS, { linearizable: false }, deadlineMs);
		return (response.members ?? []).map((member) => ({
			id: toHex(member.ID),
			name: member.name ?? '',
			peerUrls: member.peerURLs ?? [],
			clientUrls: member.clientURLs ?? [],
		}));
	}

	close(): void {
		this.#grpc.close();
	}
}

function toKeyValue(kv: {
	readonly key?: Uint8Array | null;
	readonly value?: Uint8Array | null;
	readonly create_revision?: Wide;
	readonly mod_revision?: Wide;
	readonly version?: Wide;
}): KeyValue {
	return {
		key: decoder.decode(kv.key ?? new Uint8Array(0)),
		value: decoder.decode(kv.value ?? new Uint8Array(0)),
		createRevision: toNumber(kv.create_revision),
		modRevision: toNumber(kv.mod_revision),
		version: toNumber(kv.version),
	};
}

type Wide = Long | number | string | null | undefined;

function toNumber(value: Wide): number {
	return value === null || value === undefined ? 0 : Number(value.toString());
}

function toHex(value: Wide): string {
	return value === null || value === undefined ? '0' : BigInt.asUintN(64, BigInt(value.toString())).toString(16);
}
