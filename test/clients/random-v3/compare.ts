/** Sends the same requests to both systems until an answer differs in another way than known-differences.md says. */
import type { Request } from './requests.ts';
import { System } from './system.ts';

export interface Difference {
	readonly at: number;
	readonly request: Request;
	readonly quorate: string;
	readonly etcd: string;
}

export interface Endpoints {
	readonly quorate: string;
	readonly etcd: string;
}

/** Kinds of answers met are counted in `met`, so that a test can ask whether its requests were worth sending. */
export async function findDifference(endpoints: Endpoints, requests: Iterable<Request>, met: Map<string, number>): Promise<Difference | null> {
	const quorate = new System(endpoints.quorate);
	const etcd = new System(endpoints.etcd);
	try {
		let at = 0;
		for (const request of requests) {
			const revision = etcd.revision;
			const [ours, theirs] = await Promise.all([quorate.answer(request, revision), etcd.answer(request, revision)]);
			if (ours !== theirs && !isKnown(request, ours, theirs, revision)) {
				return { at, request, quorate: ours, etcd: theirs };
			}
			const kind = theirs.startsWith('status') ? `${request.kind}: ${theirs}` : request.kind;
			met.set(kind, (met.get(kind) ?? 0) + 1);
			at++;
		}
		return null;
	} finally {
		quorate.close();
		etcd.close();
	}
}

/** `hash-at-compaction`: etcd 3.4 calls the compacted revision itself too old for a hash, from 3.5 on it is hashed. */
function isKnown(request: Request, ours: string, theirs: string, at: number): boolean {
	if (request.kind !== 'hash_kv' || !theirs.startsWith('status 11:') || !('behind' in request.revision)) {
		return false;
	}
	return ours.endsWith(`"compact_revision":"${at - request.revision.behind}"}`);
}
