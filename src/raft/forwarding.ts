/**
 * A follower's side of forwarding: its clients' proposals and reads on their way to the leader, one message of each a turn.
 *
 * A proposal that has left is answered by its effect on the store, or refused by whom it was sent to, also when that is no leader any more; or
 * by nobody: then it may be in a log or not. It is never sent twice. A read has no effect, so it is refused when the leader changes, and asked again under a fresh
 * number when an answer seems lost.
 */
import type { RequestId, Slot, Term } from '../base/brand.ts';
import { CODES, codeRow } from '../base/codes.ts';
import { READS_PENDING_MAX } from '../base/limits.ts';
import { Fifo } from './fifo.ts';
import type { ForwardRefused, ReadReply } from './message.ts';
import type { OutputDraft } from './output-draft.ts';
import type { EntryKind } from './state.ts';

/** Forwarded proposals whose refusal can still be told to the right client; older ones have long run into their deadline. */
const FORWARDED_MAX = 65_536;

interface Sent {
	readonly sequence: number;
	/** Null once refused. */
	readonly requestIds: (RequestId | null)[];
}

interface Options {
	readonly boot: number;
	readonly messageBytesMax: number;
	/** Ticks after which a read that was not answered is asked again. */
	readonly readTicks: number;
}

export class Forwarding {
	readonly #options: Options;
	readonly #draft: OutputDraft;
	#sequence = 1;
	#requestIds: RequestId[] = [];
	#kinds: EntryKind[] = [];
	#proposals: Uint8Array[] = [];
	readonly #sent = new Fifo<Sent>();
	#sentCount = 0;
	/** Counts up from a place of this process's own: an answer to a former self must not pass for one of ours. */
	#context: number;
	#readsWaiting: RequestId[] = [];
	readonly #readsSent = new Map<number, readonly RequestId[]>();
	#readsCount = 0;
	#readsAge = 0;

	constructor(options: Options, draft: OutputDraft) {
		this.#options = options;
		this.#draft = draft;
		this.#context = (options.boot % 2 ** 32) * 2 ** 20;
	}

	propose(requestId: RequestId, kind: EntryKind, data: Uint8Array): void {
		this.#requestIds.push(requestId);
		this.#kinds.push(kind);
		this.#proposals.push(data);
	}

	read(requestId: RequestId): void {
		if (this.#readsCount >= READS_PENDING_MAX) {
			this.#draft.refuse(requestId, CODES.too_many_requests.code);
			return;
		}
		this.#readsWaiting.push(requestId);
		this.#readsCount++;
	}

	/** The turn ends: what has gathered leaves for the leader. */
	flush(leader: Slot, term: Term): void {
		this.#flushProposals(leader, term);
		if (this.#readsWaiting.length > 0) {
			this.#context++;
			this.#readsSent.set(this.#context, this.#readsWaiting);
			this.#readsWaiting = [];
			this.#readsAge = 0;
			this.#draft.send(leader, term, { kind: 'forward_read', context: this.#context });
		}
	}

	/** Asks again for all reads that have waited long. The number is fresh, so no old answer can pass for the new one. */
	tick(): void {
		if (this.#readsSent.size === 0) {
			return;
		}
		this.#readsAge++;
		if (this.#readsAge >= this.#options.readTicks) {
			for (const requestIds of this.#readsSent.values()) {
				this.#readsWaiting.push(...requestIds);
			}
			this.#readsSent.clear();
		}
	}

	/** Another leader, another term, or none. */
	leaderChanged(): void {
		const refused = CODES.leader_changed.code;
		for (const requestId of this.#requestIds) {
			this.#draft.refuse(requestId, refused);
		}
		this.#requestIds = [];
		this.#kinds = [];
		this.#proposals = [];
		// What has left stays known: the former leader refuses what reaches it too late, and that is as certain as before.
		for (const requestIds of [...this.#readsSent.values(), this.#readsWaiting]) {
			for (const requestId of requestIds) {
				this.#draft.refuse(requestId, refused);
			}
		}
		this.#readsSent.clear();
		this.#readsWaiting = [];
		this.#readsCount = 0;
	}

	onRefused(message: ForwardRefused): void {
		const row = codeRow(message.code);
		// Only a code that means "had no effect" may be passed on as a refusal.
		const code = row?.retryable === true ? row.code : CODES.leader_changed.code;
		if (message.boot !== this.#options.boot) {
			return;
		}
		const end = message.sequence + message.count;
		this.#sent.forEach((sent) => {
			const lo = Math.max(sent.sequence, message.sequence);
			const hi = Math.min(sent.sequence + sent.requestIds.length, end);
			for (let sequence = lo; sequence < hi; sequence++) {
				const requestId = sent.requestIds[sequence - sent.sequence] ?? null;
				if (requestId !== null) {
					sent.requestIds[sequence - sent.sequence] = null;
					this.#draft.refuse(requestId, code);
				}
			}
		});
	}

	onReadReply(message: ReadReply): void {
		const requestIds = this.#readsSent.get(message.context);
		if (requestIds === undefined) {
			return;
		}
		this.#readsSent.delete(message.context);
		this.#readsCount -= requestIds.length;
		for (const requestId of requestIds) {
			if (message.index === 0) {
				this.#draft.refuse(requestId, CODES.leader_changed.code);
			} else {
				this.#draft.grant(requestId, message.index);
			}
		}
	}

	#flushProposals(leader: Slot, term: Term): void {
		let lo = 0;
		while (lo < this.#proposals.length) {
			let bytes = 0;
			let hi = lo;
			while (hi < this.#proposals.length && (hi === lo || bytes + (this.#proposals[hi] as Uint8Array).length <= this.#options.messageBytesMax)) {
				bytes += (this.#proposals[hi] as Uint8Array).length;
				hi++;
			}
			this.#draft.send(leader, term, {
				kind: 'forward_propose',
				boot: this.#options.boot,
				sequence: this.#sequence,
				kinds: this.#kinds.slice(lo, hi),
				proposals: this.#proposals.slice(lo, hi),
			});
			this.#remember(this.#requestIds.slice(lo, hi));
			lo = hi;
		}
		if (lo > 0) {
			this.#requestIds = [];
			this.#kinds = [];
			this.#proposals = [];
		}
	}

	#remember(requestIds: RequestId[]): void {
		this.#sent.push({ sequence: this.#sequence, requestIds });
		this.#sequence += requestIds.length;
		this.#sentCount += requestIds.length;
		while (this.#sentCount > FORWARDED_MAX) {
			this.#sentCount -= this.#sent.shift()?.requestIds.length ?? this.#sentCount;
		}
	}
}
