/**
 * Where the time of one write went, from its lane's view: the lane knows when it came and when it was answered, and asks raft when its batch was
 * appended, persisted, committed and applied. Asked for the slowest, and for a few each second. Used by api-actor.ts and, through it, api/slow.
 */
import type { Index, RequestId } from '../base/brand.ts';
import { BUCKETS, Histogram } from '../base/histogram.ts';
import { histogram, type Metric } from '../base/metric.ts';
import type { StagesDone, StageTimes, WriteSpan, WriteTimes } from '../ports/write-stages.ts';
import type { AskStages, StagesTold } from '../protocol/stage-messages.ts';

/** Beyond, nobody is told. */
const ASKED_MAX = 64;

export class LaneStages implements WriteTimes {
	settling: Index | null = null;
	readonly #post: (message: AskStages) => void;
	readonly #nextId: () => RequestId;
	readonly #asked = new Map<RequestId, { readonly span: WriteSpan; readonly done: StagesDone }>();
	readonly #queue = new Histogram(BUCKETS.b);
	readonly #answer = new Histogram(BUCKETS.b);

	constructor(nextId: () => RequestId, post: (message: AskStages) => void) {
		this.#nextId = nextId;
		this.#post = post;
	}

	ask(span: WriteSpan, done: StagesDone): void {
		if (this.#asked.size >= ASKED_MAX) {
			done(null);
			return;
		}
		const requestId = this.#nextId();
		this.#asked.set(requestId, { span, done });
		this.#post({ kind: 'ask_stages', requestId, upTo: span.upTo });
	}

	told({ requestId, moments }: StagesTold): void {
		const asked = this.#asked.get(requestId);
		if (asked !== undefined) {
			this.#asked.delete(requestId);
			const times = timesOf(asked.span, moments);
			if (times !== null) {
				this.#queue.observe(times.queue);
				this.#answer.observe(times.answer);
			}
			asked.done(times);
		}
	}

	metrics(): readonly Metric[] {
		const stages = [
			[{ stage: 'queue' }, this.#queue],
			[{ stage: 'answer' }, this.#answer],
		] as const;
		const help =
			"Where writes spent their time in this leader's lanes, before the log and after the store: of the slowest, and of a few each second.";
		return [histogram('quorate_write_lane_seconds', help, stages)];
	}
}

/**
 * A small batch is answered before the store has said that it is applied: then the answer is the end of that stage. And a batch that is committed by
 * others' flushes may be flushed here after it: stages are told in the order in which they begin, and none is negative.
 */
function timesOf({ began, ended }: WriteSpan, moments: readonly number[]): StageTimes | null {
	const [appended = -1, persisted = -1, committed = -1, applied = -1] = moments;
	if (appended < 0 || appended > ended) {
		return null;
	}
	const within = (moment: number, earliest: number): number => Math.max(earliest, moment < 0 ? ended : Math.min(moment, ended));
	const start = Math.max(began, appended);
	const flushed = within(persisted, start);
	const agreed = within(committed, flushed);
	const executed = within(applied, agreed);
	return { queue: start - began, flush: flushed - start, quorum: agreed - flushed, apply: executed - agreed, answer: Math.max(0, ended - executed) };
}
