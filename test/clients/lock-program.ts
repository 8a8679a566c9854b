/** The Lock and Election services as a test calls them, raw, and what they answered as text without ids. Used by v3-concurrency.test.ts and cluster/watch.test.ts. */
import { Client, type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { etcdserverpb as pb, v3electionpb, v3lockpb } from '../../src/rpc/generated/messages.js';
import { longFromNumber } from '../../src/rpc/long-id.ts';
import { eventually } from '../support/eventually.ts';
import type { Member } from '../support/member.ts';

interface Codec<Request, Response> {
	readonly path: string;
	readonly request: { encode(request: Request): { finish(): Uint8Array } };
	readonly response: { decode(bytes: Uint8Array): Response };
}

type RequestOf<T extends { encode(request: never): unknown }> = Parameters<T['encode']>[0];

const { LockRequest, LockResponse, UnlockRequest, UnlockResponse } = v3lockpb;
const { CampaignRequest, CampaignResponse, LeaderRequest, LeaderResponse, ProclaimRequest, ProclaimResponse, ResignRequest, ResignResponse } =
	v3electionpb;
const { LeaseGrantRequest, LeaseGrantResponse, LeaseRevokeRequest, LeaseRevokeResponse } = pb;

const DEADLINE_EXCEEDED = 4;
/** etcd's services say it as code 2 where they notice before the client does. */
const OVERDUE = 'context deadline exceeded';
const WITHIN_MS = 20_000;
const same = (bytes: Buffer): Buffer => bytes;

function isOverdue(error: ServiceError | null): boolean {
	return error?.code === DEADLINE_EXCEEDED || error?.details === OVERDUE;
}

export class LockProgram {
	readonly member: Member;
	readonly seen: string[] = [];
	readonly #client: Client;
	#observed: ClientReadableStream<Buffer> | null = null;

	constructor(member: Member) {
		this.member = member;
		this.#client = new Client(new URL(member.clientUrl).host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
	}

	grant(id: number): Promise<string> {
		const request = { ID: longFromNumber(id), TTL: longFromNumber(60) };
		return this.#call({ path: '/etcdserverpb.Lease/LeaseGrant', request: LeaseGrantRequest, response: LeaseGrantResponse }, request);
	}

	revoke(id: number): Promise<string> {
		const codec = { path: '/etcdserverpb.Lease/LeaseRevoke', request: LeaseRevokeRequest, response: LeaseRevokeResponse };
		return this.#call(codec, { ID: longFromNumber(id) });
	}

	lock(name: string, lease: number, withinMs = WITHIN_MS): Promise<string> {
		const request = { name: bytes(name), lease: longFromNumber(lease) };
		return this.#call({ path: '/v3lockpb.Lock/Lock', request: LockRequest, response: LockResponse }, request, withinMs);
	}

	unlock(key: string): Promise<string> {
		return this.#call({ path: '/v3lockpb.Lock/Unlock', request: UnlockRequest, response: UnlockResponse }, { key: bytes(key) });
	}

	campaign(name: string, lease: number, value: string): Promise<string> {
		const request = { name: bytes(name), lease: longFromNumber(lease), value: bytes(value) };
		return this.#call({ path: '/v3electionpb.Election/Campaign', request: CampaignRequest, response: CampaignResponse }, request);
	}

	proclaim(request: RequestOf<typeof ProclaimRequest>): Promise<string> {
		return this.#call({ path: '/v3electionpb.Election/Proclaim', request: ProclaimRequest, response: ProclaimResponse }, request);
	}

	resign(request: RequestOf<typeof ResignRequest>): Promise<string> {
		return this.#call({ path: '/v3electionpb.Election/Resign', request: ResignRequest, response: ResignResponse }, request);
	}

	leader(name: string): Promise<string> {
		return this.#call({ path: '/v3electionpb.Election/Leader', request: LeaderRequest, response: LeaderResponse }, { name: bytes(name) });
	}

	/** Notes every leader that is observed from now on. */
	observe(name: string): void {
		const request = Buffer.from(LeaderRequest.encode({ name: bytes(name) }).finish());
		this.#observed = this.#client.makeServerStreamRequest('/v3electionpb.Election/Observe', same, same, request);
		this.#observed.on('data', (part: Buffer) => this.seen.push(`observed ${show(LeaderResponse.decode(part))}`));
		// It is cancelled at the end.
		this.#observed.on('error', () => {});
	}

	async observed(count: number): Promise<void> {
		await eventually(() => this.seen.filter((line) => line.startsWith('observed')).length === count, { what: `${count} observed leaders` });
	}

	/** How many keys there are under the name. */
	async inLine(name: string, count: number): Promise<void> {
		const options = { rangeEnd: `${name}0` };
		await eventually(async () => (await this.member.client.range(`${name}/`, options)).count === count, { what: `${count} in line for ${name}` });
	}

	close(): void {
		this.#observed?.cancel();
		this.#client.close();
	}

	#call<Request, Response>(codec: Codec<Request, Response>, request: Request, withinMs = WITHIN_MS): Promise<string> {
		const body = Buffer.from(codec.request.encode(request).finish());
		const deadline = Date.now() + withinMs;
		return new Promise((resolve) => {
			this.#client.makeUnaryRequest(codec.path, same, same, body, { deadline }, (error, answer) => {
				if (error !== null || answer === undefined) {
					resolve(isOverdue(error) ? 'deadline exceeded' : `${error?.code}: ${error?.details}`);
				} else {
					resolve(show(codec.response.decode(answer)));
				}
			});
		});
	}
}

export function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

/** Bytes as text, numbers as they are; ids of clusters, members, terms and of leases that the server has chosen are hidden. */
function show(answer: unknown): string {
	const text = JSON.stringify(answer, (name, value: unknown) => {
		if (['cluster_id', 'member_id', 'raft_term'].includes(name)) {
			return undefined;
		}
		if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value) {
			return Buffer.from(value.data as number[]).toString();
		}
		return isLong(value) ? ((BigInt(value.high) << 32n) | BigInt(value.low >>> 0)).toString() : value;
	});
	return text.replace(/\/[0-9a-f]{13,16}"/g, '/CHOSEN"').replace(/"lease":"\d{13,}"/g, '"lease":"CHOSEN"');
}

function isLong(value: unknown): value is { readonly high: number; readonly low: number } {
	return typeof value === 'object' && value !== null && 'high' in value && 'low' in value;
}
