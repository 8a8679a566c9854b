/**
 * The page of the peer port on which a member asks the leader's lessor for its own clients: one POST of JSON, ids as text, since JSON's numbers do
 * not hold them. What comes from the network is checked before it is believed. Used by peer-server.ts; the asking is lease-questions.ts.
 */
import type { IncomingMessage } from 'node:http';
import { LEASE_QUESTION_MAX } from '../base/limits.ts';
import type { LeaseQuestion } from '../ports/leader-leases.ts';

/** etcd's own page of this sort is /leases, and speaks protobuf. */
export const LEASES_PATH = '/raft/leases';

const QUESTION_BYTES_MAX = 64 * 2 ** 10;
const ID = /^-?\d{1,19}$/;
const INT64_MAX = 2n ** 63n - 1n;

/** null: the body is too large, or no such question. */
export async function readLeaseQuestion(request: IncomingMessage): Promise<LeaseQuestion | null> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	try {
		for await (const chunk of request as AsyncIterable<Uint8Array>) {
			size += chunk.length;
			if (size > QUESTION_BYTES_MAX) {
				return null;
			}
			chunks.push(chunk);
		}
	} catch {
		return null;
	}
	return parseQuestion(Buffer.concat(chunks).toString('utf8'));
}

export function parseQuestion(text: string): LeaseQuestion | null {
	const value = parseObject(text);
	const ids = value?.['ids'];
	const renew = value?.['renew'];
	if (typeof renew !== 'boolean' || !Array.isArray(ids) || ids.length === 0 || ids.length > LEASE_QUESTION_MAX) {
		return null;
	}
	const parsed = ids.map((id: unknown) => (typeof id === 'string' && ID.test(id) ? BigInt(id) : null));
	return parsed.every((id) => id !== null && id <= INT64_MAX && id >= -INT64_MAX - 1n) ? { ids: parsed as bigint[], renew } : null;
}

/** null: not a JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
	} catch {
		return null;
	}
}
