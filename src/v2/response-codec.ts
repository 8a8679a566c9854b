/**
 * A finished answer of the v2 API, as the store hands it to the lane: what the lane needs for status line and headers, then the body.
 *
 *   status u16 | v2 index u48 | raft index u48 | raft term u48 | JSON body
 */
import { assert } from '../base/assert.ts';
import { readUint48, writeUint48 } from '../base/uint48.ts';
import { V2_ERRORS } from './errors.ts';
import { isCreation, type V2Event, type V2Failure } from './event.ts';
import { eventJson, failureJson } from './event-json.ts';

/** Where in the log an answer stands. */
export interface V2Context {
	readonly index: number;
	readonly term: number;
}

export interface V2Response {
	readonly status: number;
	/** X-Etcd-Index. */
	readonly index: number;
	readonly raftIndex: number;
	readonly raftTerm: number;
	readonly body: Uint8Array;
}

const HEADER_BYTES = 20;
const encoder = new TextEncoder();

export function encodeEvent(event: V2Event, quiet: boolean, context: V2Context): Uint8Array {
	return encodeResponse({ status: isCreation(event) ? 201 : 200, index: event.index, context, json: eventJson(event, quiet) });
}

export function encodeFailure(failure: V2Failure, context: V2Context): Uint8Array {
	return encodeResponse({ status: V2_ERRORS[failure.error].status, index: failure.index, context, json: failureJson(failure) });
}

export function encodeResponse(response: { status: number; index: number; context: V2Context; json: string }): Uint8Array {
	assert(response.status >= 200 && response.status < 600, () => `HTTP status ${response.status}`);
	const body = encoder.encode(response.json);
	const bytes = new Uint8Array(HEADER_BYTES + body.length);
	new DataView(bytes.buffer).setUint16(0, response.status);
	writeUint48(bytes, 2, response.index);
	writeUint48(bytes, 8, response.context.index);
	writeUint48(bytes, 14, response.context.term);
	bytes.set(body, HEADER_BYTES);
	return bytes;
}

/** The body is a view of the same bytes. */
export function decodeV2Response(bytes: Uint8Array): V2Response {
	assert(bytes.length >= HEADER_BYTES, () => `a v2 response of ${bytes.length} bytes`);
	return {
		status: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(0),
		index: readUint48(bytes, 2),
		raftIndex: readUint48(bytes, 8),
		raftTerm: readUint48(bytes, 14),
		body: bytes.subarray(HEADER_BYTES),
	};
}
