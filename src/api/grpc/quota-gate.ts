/**
 * The quick check of the quota, before a request is proposed (reference/etcd-surface.md 2.9): where the store has no room for it, the alarm is
 * raised and the request refused. The disk under this member counts as a quota: a write that fails would end the member. What holds once the alarm is there is decided when commands are executed (alarms/refusal.ts).
 *
 * Unlike in etcd the size is that of the pages in use, not of the file, so that room is back as soon as pages are free. It is measured
 * anew every few requests, and whenever the answer would be no.
 */
import { ALARM, hasAlarm } from '../../alarms/table.ts';
import { THE_MEMBER } from '../../auth/identity.ts';
import { hexToId } from '../../base/bytes.ts';
import { CODES } from '../../base/codes.ts';
import { list } from '../../members/table.ts';
import { COMMAND_KIND } from '../../protocol/command.ts';
import { encodeRaise } from '../../rpc/alarm-codec.ts';
import type { ServiceContext } from './service-context.ts';

/**
 * Requests, and bytes that they cost, that may pass on one measurement, which takes as long as serving five requests: so many where room is short, more
 * as long as it is ample. Other lanes and members measure for themselves.
 */
const REQUESTS_UNMEASURED_MAX = 64;
const BYTES_UNMEASURED_MAX = 256 * 2 ** 10;
const AMPLE_BYTES = 256 * 2 ** 20;
const AMPLE_FACTOR = 16;

export class QuotaGate {
	readonly #context: ServiceContext;
	readonly #quotaBytes: number;
	#usedBytes = 0;
	#roomBytes: number | null = null;
	#requests = 0;
	/** Times so many may pass; 0: nothing was measured yet. */
	#factor = 0;
	#admittedBytes = 0;
	/** Those refused while the alarm is on its way. */
	#waiting: (() => void)[] = [];

	constructor(context: ServiceContext) {
		this.#context = context;
		this.#quotaBytes = context.options.quotaBytes;
	}

	/** Whether there is room for a request of this cost (alarms/cost.ts). One that adds nothing always passes. */
	admits(cost: number): boolean {
		if (cost === 0) {
			return true;
		}
		const factor = this.#factor;
		if (this.#requests >= factor * REQUESTS_UNMEASURED_MAX || this.#admittedBytes >= factor * BYTES_UNMEASURED_MAX || !this.#hasRoomFor(cost)) {
			this.#measure();
		}
		if (!this.#hasRoomFor(cost)) {
			return false;
		}
		this.#requests += 1;
		this.#admittedBytes += cost;
		return true;
	}

	/** What follows a no: the alarm, and then the refusal, whatever became of the alarm. */
	refuse(done: (code: number) => void): void {
		this.#waiting.push(() => done(CODES.no_space.code));
		if (this.#waiting.length === 1) {
			this.#raise();
		}
	}

	#measure(): void {
		const { usedBytes, roomBytes } = this.#context.storeSizes();
		this.#usedBytes = usedBytes;
		this.#roomBytes = roomBytes;
		this.#requests = 0;
		this.#admittedBytes = 0;
		this.#factor = this.#hasRoomFor(AMPLE_BYTES) ? AMPLE_FACTOR : 1;
	}

	#hasRoomFor(cost: number): boolean {
		const more = this.#admittedBytes + cost;
		return (this.#quotaBytes < 0 || this.#usedBytes + more < this.#quotaBytes) && (this.#roomBytes === null || more < this.#roomBytes);
	}

	#raise(): void {
		const { lane } = this.#context;
		const self = lane.reader.read(list).find(({ slot }) => slot === lane.selfSlot);
		const alarm = { kind: ALARM.noSpace, memberId: hexToId(self?.id ?? '0') };
		if (lane.reader.read((view) => hasAlarm(view, alarm))) {
			this.#answer();
		} else {
			lane.propose(COMMAND_KIND.alarm, encodeRaise(alarm), () => this.#answer(), THE_MEMBER);
		}
	}

	#answer(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const answer of waiting) {
			answer();
		}
	}
}
