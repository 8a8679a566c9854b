/**
 * One call that wants a lock: it joins the line, or finds the place that its value has, waits until nobody is before it, and says so only after
 * its place has got its whole time again by a command of its own. That command is the proof that the place is still there, since it may have run
 * out while the call waited (reference/etcd-surface.md 1.9). Used by lock-calls.ts.
 *
 *   joining --> looking --(first)--> confirming --> won
 *                ^   |                   |
 *                |   v                   v
 *              waiting  --time, client gone, place gone--> failed
 */
import { assert } from '../../../base/assert.ts';
import { CODES } from '../../../base/codes.ts';
import type { Lane } from '../../../ports/lane.ts';
import type { V2Response } from '../../../v2/response-codec.ts';
import { findByValue, type LineView, type LockLine, type Standing } from './lock-line.ts';

export interface AcquisitionOptions {
	/** Empty: a new place in any case. */
	readonly value: Uint8Array;
	/** 0: for ever. */
	readonly ttlSeconds: number;
	/** 0: not at all; null: for as long as it takes. */
	readonly timeoutSeconds: number | null;
}

export type AcquisitionEnd =
	/** at: the v2 index of the proof. */
	| { readonly kind: 'won'; readonly index: number; readonly at: number }
	/** Somebody else has the lock, or the place is gone. */
	| { readonly kind: 'failed' }
	/** There can be no such lock. */
	| { readonly kind: 'answered'; readonly answer: V2Response }
	/** A code of base/codes.ts. */
	| { readonly kind: 'refused'; readonly code: number };

const NO_VALUE = Buffer.from('-', 'latin1');
const SECOND = 1_000;

type Place = Pick<Standing, 'index' | 'path'>;

export class Acquisition {
	readonly #lane: Lane;
	readonly #line: LockLine;
	readonly #options: AcquisitionOptions;
	readonly #done: (end: AcquisitionEnd) => void;
	#state: 'waiting' | 'confirming' | 'over' = 'waiting';
	#place: Place | null = null;
	/** Of the place as this call has written it last; 0: another call made it. */
	#modifiedIndex = 0;
	#isRenewing = false;
	#stopWatching = (): void => {};
	readonly #timers: NodeJS.Timeout[] = [];

	constructor(lane: Lane, line: LockLine, options: AcquisitionOptions, done: (end: AcquisitionEnd) => void) {
		this.#lane = lane;
		this.#line = line;
		this.#options = options;
		this.#done = done;
	}

	begin(): void {
		const { timeoutSeconds } = this.#options;
		if (timeoutSeconds !== null && timeoutSeconds > 0) {
			this.#timers.push(setTimeout(() => this.#fail({ kind: 'failed' }), timeoutSeconds * SECOND).unref());
		}
		if (this.#options.value.length === 0) {
			this.#join();
			return;
		}
		this.#lane.awaitLinearizable((code) => {
			if (code !== CODES.ok.code) {
				this.#fail({ kind: 'refused', code });
			} else if (this.#state === 'waiting') {
				const line = this.#line.read();
				const own = 'ok' in line ? null : findByValue(line, this.#options.value);
				if (own === null) {
					this.#join();
				} else {
					this.#stand(own);
				}
			}
		});
	}

	/** The client has gone. */
	abandon(): void {
		this.#fail(null);
	}

	#join(): void {
		const { value, ttlSeconds } = this.#options;
		this.#line.join(value.length === 0 ? NO_VALUE : value, ttlSeconds, (code, answer) => {
			if (answer === null || answer.status >= 400) {
				this.#fail(answer === null ? { kind: 'refused', code } : { kind: 'answered', answer });
				return;
			}
			// The name of a place is the index that made it.
			const index = answer.index;
			this.#modifiedIndex = index;
			const place = { index, path: this.#line.pathOf(index) };
			if (this.#state === 'over') {
				this.#leave(place);
			} else {
				this.#stand(place);
			}
		});
	}

	#stand(place: Place): void {
		assert(this.#place === null, 'a call has one place');
		this.#place = place;
		const { ttlSeconds } = this.#options;
		if (ttlSeconds > 0) {
			this.#timers.push(setInterval(() => this.#renew(place), (ttlSeconds * SECOND) / 2).unref());
		}
		this.#look(place);
	}

	#look(place: Place): void {
		const line = this.#line.read();
		const own = 'ok' in line ? -1 : line.standings.findIndex(({ index }) => index === place.index);
		if ('ok' in line || own === -1) {
			this.#fail({ kind: 'failed' });
		} else if (own === 0) {
			this.#confirm(place);
		} else if (this.#options.timeoutSeconds === 0) {
			this.#fail({ kind: 'failed' });
		} else {
			this.#watch(place, line, line.standings[own - 1] as Standing);
		}
	}

	/** Whatever happens to the place before its own, it looks again. */
	#watch(place: Place, line: LineView, before: Standing): void {
		const again = (): void => {
			if (this.#state === 'waiting') {
				this.#look(place);
			}
		};
		const since = BigInt(line.index + 1);
		const request = { path: before.path, recursive: false, since, stream: false, resumes: true };
		const event = (): boolean => {
			again();
			return true;
		};
		// Ended by a member that stops, the next watch says so.
		const opened = this.#lane.v2Watches.open(request, { event, ended: again });
		if (opened.kind === 'open') {
			this.#stopWatching = () => opened.watch.close();
		} else {
			this.#fail({ kind: 'refused', code: opened.kind === 'refused' ? opened.code : CODES.timeout.code });
		}
	}

	/** Every half of its time while it waits. */
	#renew(place: Place): void {
		if (this.#state !== 'waiting' || this.#isRenewing) {
			return;
		}
		this.#isRenewing = true;
		this.#line.refresh(place.path, this.#options.ttlSeconds, (_code, answer) => {
			this.#isRenewing = false;
			this.#touched(answer);
			if (answer !== null && answer.status >= 400) {
				this.#fail({ kind: 'failed' });
			}
		});
	}

	#confirm(place: Place): void {
		this.#state = 'confirming';
		this.#line.refresh(place.path, this.#options.ttlSeconds, (code, answer) => {
			if (this.#state === 'over') {
				return;
			}
			if (answer === null) {
				this.#end({ kind: 'refused', code });
			} else if (answer.status >= 400) {
				this.#end({ kind: 'failed' });
			} else {
				this.#end({ kind: 'won', index: place.index, at: answer.index });
			}
		});
	}

	#touched(answer: V2Response | null): void {
		if (this.#modifiedIndex !== 0 && answer !== null && answer.status < 400) {
			this.#modifiedIndex = answer.index;
		}
	}

	/**
	 * The place that this call has made goes with it, as long as nobody has touched it since: another call of the same value may hold the lock by
	 * it by now. For that reason a call that ends while it confirms leaves its place to its time to live, too.
	 */
	#fail(end: AcquisitionEnd | null): void {
		if (this.#state === 'over') {
			return;
		}
		if (this.#state === 'waiting' && this.#place !== null) {
			this.#leave(this.#place);
		}
		this.#end(end);
	}

	#leave(place: Place): void {
		if (this.#modifiedIndex !== 0) {
			this.#line.leave(place.path, this.#modifiedIndex, () => {});
		}
	}

	#end(end: AcquisitionEnd | null): void {
		this.#state = 'over';
		this.#stopWatching();
		for (const timer of this.#timers) {
			clearTimeout(timer);
		}
		if (end !== null) {
			this.#done(end);
		}
	}
}
