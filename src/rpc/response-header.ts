/** etcdserverpb.ResponseHeader: the ids of a member never change, so their bytes are made once. */
import { varint64Size, varintSize, writeVarint, writeVarint64 } from '../base/varint.ts';
import type { ProtoWriter } from './proto-writer.ts';

const TAG_CLUSTER_ID = 0x08;
const TAG_MEMBER_ID = 0x10;
const TAG_REVISION = 0x18;
const TAG_RAFT_TERM = 0x20;

/** The two id fields, marshalled: makeHeaderIds. */
export type HeaderIds = Uint8Array;

export interface ResponseHeader {
	readonly ids: HeaderIds;
	/** Of the keyspace, once the request is done; 0 leaves it out. */
	readonly revision: number;
	readonly term: number;
}

export function makeHeaderIds(clusterId: bigint, memberId: bigint): HeaderIds {
	const bytes = new Uint8Array(2 + varint64Size(clusterId) + varint64Size(memberId));
	bytes[0] = TAG_CLUSTER_ID;
	const end = writeVarint64(bytes, 1, clusterId);
	bytes[end] = TAG_MEMBER_ID;
	writeVarint64(bytes, end + 1, memberId);
	return bytes;
}

/** Writes the header as the field with this tag. */
export function writeHeader(writer: ProtoWriter, tag: number, header: ResponseHeader): void {
	writer.head(tag, header.ids.length + numberSize(header.revision) + numberSize(header.term));
	writer.raw(header.ids);
	writer.number(TAG_REVISION, header.revision);
	writer.number(TAG_RAFT_TERM, header.term);
}

/** The header alone, for responses that are encoded elsewhere. */
export function encodeHeader(header: ResponseHeader): Uint8Array {
	const { ids, revision, term } = header;
	const bytes = new Uint8Array(ids.length + numberSize(revision) + numberSize(term));
	bytes.set(ids);
	let end = ids.length;
	if (revision !== 0) {
		bytes[end] = TAG_REVISION;
		end = writeVarint(bytes, end + 1, revision);
	}
	if (term !== 0) {
		bytes[end] = TAG_RAFT_TERM;
		writeVarint(bytes, end + 1, term);
	}
	return bytes;
}

/** Within a txn's response a header holds nothing but the revision. */
export function writeRevisionHeader(writer: ProtoWriter, tag: number, revision: number): void {
	writer.head(tag, numberSize(revision));
	writer.number(TAG_REVISION, revision);
}

export function revisionHeaderSize(revision: number): number {
	return numberSize(revision);
}

function numberSize(value: number): number {
	return value === 0 ? 0 : 1 + varintSize(value);
}
