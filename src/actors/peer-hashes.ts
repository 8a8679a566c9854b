/** The peer actor's part in comparing stores: the leader's store asks the other members through it, and they ask this member's store. Used by peer-actor.ts. */
import { type RequestId, toRequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import type { PeerHash, ToldHash } from '../ports/peer-hashes.ts';
import type { AskHashes, HashTold } from '../protocol/hash-messages.ts';
import type { Outbox } from './actor.ts';

export interface PeerHashesPorts {
	readonly outbox: Outbox<'peer'>;
	readonly askHashes: (revision: number, done: (hashes: readonly ToldHash[]) => void) => void;
}

/** Members ask once in a while. */
const QUESTIONS_MAX = 16;
const TOO_MANY: PeerHash = { code: CODES.too_many_requests.code, applied: 0, revision: 0, compactRevision: -1, hash: 0 };

export class PeerHashes {
	readonly #ports: PeerHashesPorts;
	/** Members that wait for the store. */
	readonly #questions = new Map<RequestId, (hash: PeerHash) => void>();
	#count = 0;

	constructor(ports: PeerHashesPorts) {
		this.#ports = ports;
	}

	/** The store wants to know of all others. */
	ask({ requestId, revision }: AskHashes): void {
		this.#ports.askHashes(revision, (hashes) => {
			this.#ports.outbox.post('store', {
				kind: 'hashes_told',
				requestId,
				ids: hashes.map((each) => each.id),
				codes: hashes.map((each) => each.code),
				applied: hashes.map((each) => each.applied),
				revisions: hashes.map((each) => each.revision),
				compactRevisions: hashes.map((each) => each.compactRevision),
				hashes: hashes.map((each) => each.hash),
			});
		});
	}

	/** Another member wants to know of this one's store. */
	asked(revision: number, done: (hash: PeerHash) => void): void {
		if (this.#questions.size >= QUESTIONS_MAX) {
			done(TOO_MANY);
			return;
		}
		this.#count += 1;
		const requestId = toRequestId(0, this.#count);
		this.#questions.set(requestId, done);
		this.#ports.outbox.post('store', { kind: 'hash_asked', requestId, revision });
	}

	told({ requestId, code, applied, revision, compactRevision, hash }: HashTold): void {
		const done = this.#questions.get(requestId);
		this.#questions.delete(requestId);
		done?.({ code, applied, revision, compactRevision, hash });
	}
}
