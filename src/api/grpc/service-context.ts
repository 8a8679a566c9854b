/** What every gRPC service is given, and the answers that they share. */

import type { AuthTables } from '../../auth/auth-table.ts';
import { CODES, codeRow, GRPC } from '../../base/codes.ts';
import type { Lane } from '../../ports/lane.ts';
import type { RpcCall, RpcStream, RpcStreamEvents } from '../../ports/rpc-engine.ts';
import { etcdserverpb } from '../../rpc/generated/messages.js';
import { encodeHeader, type HeaderIds, type ResponseHeader } from '../../rpc/response-header.ts';

export interface ServiceOptions {
	/** cluster_id and member_id of every response header. */
	readonly ids: HeaderIds;
	readonly maxRequestBytes: number;
	readonly maxTxnOps: number;
	/** Shorter leases are raised to it: lease/ttl.ts. */
	readonly minLeaseTtlSeconds: number;
	/** Negative: none is watched. */
	readonly quotaBytes: number;
}

export interface StoreSizes {
	/** The data file, and what of it is in use. */
	readonly fileBytes: number;
	readonly usedBytes: number;
	/** What the disk still has for it, a margin kept; null: it does not say. */
	readonly roomBytes: number | null;
}

export interface ServicePorts {
	readonly lane: Lane;
	readonly storeSizes: () => StoreSizes;
	/** Positive and 63 bits long, for a lease whose client leaves the choice to us. */
	readonly randomId: () => bigint;
	/** Later, and never at once: for work that goes in pages, and for looking again. */
	readonly later: (milliseconds: number, work: () => void) => void;
}

export interface ServiceContext extends ServicePorts {
	readonly options: ServiceOptions;
	/** The lane's image of users and roles. */
	readonly tables: AuthTables;
}

/** Fails the call with a code of the registry. */
export function failWithCode(call: RpcCall, code: number): void {
	const row = codeRow(code) ?? CODES.timeout;
	call.fail(row.grpc, row.text);
}

/** Ends the stream with a code of the registry. */
export function endWithCode(stream: RpcStream, code: number): void {
	const row = codeRow(code) ?? CODES.timeout;
	stream.end(row.grpc, row.text);
}

const NOTHING = (): void => {};
/** For a stream that was ended as it was opened. */
export const IDLE_STREAM: RpcStreamEvents = { message: NOTHING, halfClosed: NOTHING, drained: NOTHING, canceled: NOTHING };

/** A stream's message that is none, in grpc-go's words. */
export const UNREADABLE_MESSAGE = 'grpc: failed to unmarshal the received message: proto: cannot parse invalid wire-format data';

/** In grpc-go's words. */
export function failMalformed(call: Pick<RpcCall, 'fail'>): void {
	call.fail(GRPC.internal, 'grpc: error unmarshalling request: proto: cannot parse invalid wire-format data');
}

/** With the term that this lane knows; revision 0 leaves it out. */
export function headerAt(context: ServiceContext, revision: number): ResponseHeader {
	return { ids: context.options.ids, revision, term: context.lane.leaderView.term };
}

/** The same, for responses that the generated code encodes. */
export function headerMessage(context: ServiceContext, revision: number): etcdserverpb.ResponseHeader {
	return etcdserverpb.ResponseHeader.decode(encodeHeader(headerAt(context, revision)));
}
