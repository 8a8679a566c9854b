/**
 * What is asked of a leader's lessor: renew these leases, or how long have these left. Nothing is answered before a round of heartbeats that began
 * after the question has shown that this member still leads (etcd issue 15247); the questions of a turn share one.
 *
 *   gathered --flush--> in a round --granted--> waiting for applied --> confirmed: the lessor answers each lease
 *       any state --the reign ends--> not_leader: the asker asks whoever leads then
 *
 * Used by lessor.ts.
 */
import { assert } from '../base/assert.ts';
import type { Index, RequestId } from '../base/brand.ts';
import { CODES } from '../base/codes.ts';
import { LEASE_ASKS_MAX } from '../base/limits.ts';
import type { AskLeases, LeasesTold } from '../protocol/lease-messages.ts';

/** One lease of one message. The message is answered when all its leases are, or with the first failure. */
export interface LeaseAsk {
	readonly id: bigint;
	readonly renew: boolean;
	/** Seconds; granted 0: there is no such lease. */
	tell(remaining: number, granted: number): void;
	fail(code: number): void;
}

export interface LessorAsksPorts {
	readonly askReadIndex: () => RequestId;
	readonly confirmed: (ask: LeaseAsk) => void;
	readonly answer: (by: AskLeases['by'], message: LeasesTold) => void;
}

/** A message whose leases are not all answered. */
interface Open {
	readonly message: AskLeases;
	readonly remaining: number[];
	readonly granted: number[];
	/** Leases without an answer. */
	missing: number;
}

export class LessorAsks {
	readonly #ports: LessorAsksPorts;
	readonly #open = new Set<Open>();
	/** Leases in open messages. */
	#count = 0;
	#gathered: Open[] = [];
	readonly #rounds = new Map<RequestId, readonly Open[]>();
	#granted: { readonly index: Index; readonly opens: readonly Open[] }[] = [];

	constructor(ports: LessorAsksPorts) {
		this.#ports = ports;
	}

	add(message: AskLeases): void {
		const { length } = message.ids;
		if (length === 0 || this.#count + length > LEASE_ASKS_MAX) {
			this.refuse(message, length === 0 ? CODES.ok.code : CODES.too_many_requests.code);
			return;
		}
		const open: Open = { message, remaining: message.ids.map(() => 0), granted: message.ids.map(() => 0), missing: length };
		this.#open.add(open);
		this.#count += length;
		this.#gathered.push(open);
	}

	refuse({ by, requestId }: AskLeases, code: number): void {
		this.#ports.answer(by, { kind: 'leases_told', requestId, code, remaining: [], granted: [] });
	}

	/** The turn ends: one round for all that was asked in it. */
	flush(): void {
		if (this.#gathered.length > 0) {
			this.#rounds.set(this.#ports.askReadIndex(), this.#gathered);
			this.#gathered = [];
		}
	}

	/** Whether the id is one of ours. */
	roundGranted(requestId: RequestId, index: Index, applied: Index): boolean {
		const opens = this.#rounds.get(requestId);
		if (opens === undefined) {
			return false;
		}
		this.#rounds.delete(requestId);
		this.#granted.push({ index, opens });
		this.appliedTo(applied);
		return true;
	}

	/** Whether the id is one of ours. */
	roundRefused(requestId: RequestId): boolean {
		const opens = this.#rounds.get(requestId);
		this.#rounds.delete(requestId);
		for (const open of opens ?? []) {
			this.#fail(open, CODES.not_leader.code);
		}
		return opens !== undefined;
	}

	/** What was granted or revoked before the question has been applied now. */
	appliedTo(applied: Index): void {
		const ready = this.#granted.filter(({ index }) => index <= applied);
		if (ready.length > 0) {
			this.#granted = this.#granted.filter(({ index }) => index > applied);
			for (const open of ready.flatMap(({ opens }) => opens)) {
				this.#confirm(open);
			}
		}
	}

	failAll(): void {
		for (const open of this.#open) {
			this.#fail(open, CODES.not_leader.code);
		}
		this.#gathered = [];
		this.#rounds.clear();
		this.#granted = [];
		assert(this.#count === 0, () => `${this.#count} leases are asked for by nobody`);
	}

	#confirm(open: Open): void {
		const { ids, renew } = open.message;
		ids.forEach((id, i) => {
			let isTold = false;
			this.#ports.confirmed({
				id,
				renew,
				tell: (remaining, granted) => {
					assert(!isTold, () => `lease ${id} was told twice`);
					isTold = true;
					open.remaining[i] = remaining;
					open.granted[i] = granted;
					open.missing -= 1;
					if (open.missing === 0) {
						this.#finish(open, CODES.ok.code);
					}
				},
				fail: (code) => this.#fail(open, code),
			});
		});
	}

	#fail(open: Open, code: number): void {
		open.remaining.length = 0;
		open.granted.length = 0;
		this.#finish(open, code);
	}

	/** Once: what comes later of a message that has failed is not told. */
	#finish(open: Open, code: number): void {
		if (this.#open.delete(open)) {
			const { by, requestId, ids } = open.message;
			this.#count -= ids.length;
			this.#ports.answer(by, { kind: 'leases_told', requestId, code, remaining: open.remaining, granted: open.granted });
		}
	}
}
