/**
 * Requests and responses of the Lease service, and the bodies of commands on leases. Ids are int64 and may be anything but 0: bigints, exactly.
 *
 *   LeaseGrantResponse       header 1 · ID 2 · TTL 3 · error 4 (never used)
 *   LeaseRevokeResponse      header 1
 *   LeaseKeepAliveResponse   header 1 · ID 2 · TTL 3
 *   LeaseTimeToLiveResponse  header 1 · ID 2 · TTL 3 · grantedTTL 4 · keys 5
 *   LeaseLeasesResponse      header 1 · leases 2 (ID 1)
 *
 * Decoders give null for bytes that are not such a message.
 */
import { varint64Size } from '../base/varint.ts';
import type { Checkpoint, GrantOperation, GrantResult, RevokeOperation } from '../lease/execute.ts';
import { etcdserverpb } from './generated/messages.js';
import { bigintFromLong, longFromBigint, longFromNumber } from './long-id.ts';
import { ProtoWriter } from './proto-writer.ts';
import { type ResponseHeader, writeHeader } from './response-header.ts';

const { LeaseCheckpointRequest, LeaseGrantRequest, LeaseKeepAliveRequest, LeaseRevokeRequest, LeaseTimeToLiveRequest } = etcdserverpb;

const TAG_MESSAGE_1 = 0x0a;
const TAG_NUMBER_1 = 0x08;
const TAG_NUMBER_2 = 0x10;
const TAG_MESSAGE_2 = 0x12;
const TAG_NUMBER_3 = 0x18;
const TAG_NUMBER_4 = 0x20;
const TAG_MESSAGE_5 = 0x2a;
const ID_BYTES = 8;

/** One a thread: nothing in here calls out while it is being filled. */
const writer = new ProtoWriter();

export function decodeLeaseGrant(bytes: Uint8Array): GrantOperation | null {
	return decoded(() => {
		const { ID, TTL } = LeaseGrantRequest.decode(bytes);
		return { kind: 'lease_grant', id: bigintFromLong(ID), ttl: TTL.toNumber() };
	});
}

export function encodeLeaseGrant({ id, ttl }: Omit<GrantOperation, 'kind'>): Uint8Array {
	return LeaseGrantRequest.encode({ ID: longFromBigint(id), TTL: longFromNumber(ttl) }).finish();
}

export function decodeLeaseRevoke(bytes: Uint8Array): RevokeOperation | null {
	return decoded(() => ({ kind: 'lease_revoke', id: bigintFromLong(LeaseRevokeRequest.decode(bytes).ID) }));
}

export function decodeLeaseKeepAlive(bytes: Uint8Array): { readonly id: bigint } | null {
	return decoded(() => ({ id: bigintFromLong(LeaseKeepAliveRequest.decode(bytes).ID) }));
}

export function decodeLeaseTimeToLive(bytes: Uint8Array): { readonly id: bigint; readonly keys: boolean } | null {
	return decoded(() => {
		const { ID, keys } = LeaseTimeToLiveRequest.decode(bytes);
		return { id: bigintFromLong(ID), keys };
	});
}

export function decodeLeaseCheckpoint(bytes: Uint8Array): readonly Checkpoint[] | null {
	return decoded(() =>
		LeaseCheckpointRequest.decode(bytes).checkpoints.map(({ ID, remaining_TTL }) => ({
			id: ID ? bigintFromLong(ID) : 0n,
			remaining: remaining_TTL ? remaining_TTL.toNumber() : 0,
		})),
	);
}

export function encodeLeaseCheckpoint(checkpoints: readonly Checkpoint[]): Uint8Array {
	const rows = checkpoints.map(({ id, remaining }) => ({ ID: longFromBigint(id), remaining_TTL: longFromNumber(remaining) }));
	return LeaseCheckpointRequest.encode({ checkpoints: rows }).finish();
}

/** Eight bytes an id, big-endian. */
export function decodeLeaseExpire(bytes: Uint8Array): readonly bigint[] | null {
	if (bytes.length % ID_BYTES !== 0) {
		return null;
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Array.from({ length: bytes.length / ID_BYTES }, (_, i) => view.getBigInt64(i * ID_BYTES));
}

export function encodeLeaseExpire(ids: readonly bigint[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(ids.length * ID_BYTES));
	ids.forEach((id, i) => {
		view.setBigInt64(i * ID_BYTES, id);
	});
	return new Uint8Array(view.buffer);
}

export function encodeLeaseGrantResponse(header: ResponseHeader, { id, ttl }: GrantResult): Uint8Array {
	return encodeTimed(header, id, ttl);
}

export function encodeLeaseRevokeResponse(header: ResponseHeader): Uint8Array {
	writeHeader(writer, TAG_MESSAGE_1, header);
	return writer.take();
}

/** ttl 0: there is no such lease. */
export function encodeLeaseKeepAliveResponse(header: ResponseHeader, id: bigint, ttl: number): Uint8Array {
	return encodeTimed(header, id, ttl);
}

export interface TimeToLive {
	readonly id: bigint;
	/** -1: there is no such lease. */
	readonly remaining: number;
	readonly granted: number;
	readonly keys: readonly Uint8Array[];
}

export function encodeLeaseTimeToLiveResponse(header: ResponseHeader, { id, remaining, granted, keys }: TimeToLive): Uint8Array {
	writeHeader(writer, TAG_MESSAGE_1, header);
	writer.int64(TAG_NUMBER_2, id);
	writer.int64(TAG_NUMBER_3, BigInt(remaining));
	writer.number(TAG_NUMBER_4, granted);
	for (const key of keys) {
		writer.message(TAG_MESSAGE_5, key);
	}
	return writer.take();
}

export function encodeLeaseLeasesResponse(header: ResponseHeader, ids: readonly bigint[]): Uint8Array {
	writeHeader(writer, TAG_MESSAGE_1, header);
	for (const id of ids) {
		writer.head(TAG_MESSAGE_2, 1 + varint64Size(id));
		writer.int64(TAG_NUMBER_1, id);
	}
	return writer.take();
}

function encodeTimed(header: ResponseHeader, id: bigint, ttl: number): Uint8Array {
	writeHeader(writer, TAG_MESSAGE_1, header);
	writer.int64(TAG_NUMBER_2, id);
	writer.number(TAG_NUMBER_3, ttl);
	return writer.take();
}

/** protobufjs throws for malformed bytes. */
function decoded<T>(decode: () => T): T | null {
	try {
		return decode();
	} catch {
		return null;
	}
}
