/**
 * Counts what one connection makes us do for nothing, each kind in a bucket that refills with time; an empty one ends the connection with
 * ENHANCE_YOUR_CALM (reliability.md 6.5, T8 and T10). Time comes in as milliseconds. Used by adapters/h2-connection.ts and h2-requests.ts.
 */
import {
	H2_BOMB_RESETS,
	H2_CONTROL_FRAMES_BURST,
	H2_CONTROL_FRAMES_PER_SECOND,
	H2_CRUMBS_BURST,
	H2_CRUMBS_PER_SECOND,
	H2_RESETS_BURST,
	H2_RESETS_PER_SECOND,
	H2_RESIZES_A_CONTROL,
} from '../base/limits.ts';
import { H2_ERROR, H2ConnectionError } from './frames.ts';

/** As grpc-go, and so etcd: pings closer than the least time, with nothing sent in between, are strikes (reference/etcd-surface.md 7.9). */
const PING_MILLISECONDS_MIN = 5_000;
/** With no call open nobody needs to know whether the connection lives; grpc-go's time for that. */
const IDLE_PING_MILLISECONDS_MIN = 2 * 3_600_000;
const PING_STRIKES_MAX = 2;

class Bucket {
	readonly #what: string;
	readonly #burst: number;
	readonly #perMillisecond: number;
	#left: number;
	#at = 0;

	constructor(what: string, limits: { readonly burst: number; readonly perSecond: number }) {
		this.#what = what;
		this.#burst = limits.burst;
		this.#perMillisecond = limits.perSecond / 1_000;
		this.#left = limits.burst;
	}

	take(now: number, count = 1): void {
		this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMillisecond) - count;
		this.#at = now;
		if (this.#left < 0) {
			throw new H2ConnectionError(H2_ERROR.enhanceYourCalm, this.#what);
		}
	}

	giveBack(): void {
		this.#left = Math.min(this.#burst, this.#left + 1);
	}
}

export class FloodGuard {
	/** When the bytes that are being looked at were read. */
	now = 0;
	readonly #resets = new Bucket('too_many_resets', { burst: H2_RESETS_BURST, perSecond: H2_RESETS_PER_SECOND });
	readonly #controls = new Bucket('too_many_control_frames', { burst: H2_CONTROL_FRAMES_BURST, perSecond: H2_CONTROL_FRAMES_PER_SECOND });
	readonly #crumbs = new Bucket('too_many_tiny_frames', { burst: H2_CRUMBS_BURST, perSecond: H2_CRUMBS_PER_SECOND });
	readonly #pingMillisecondsMin: number;
	#pingedAt = Number.NEGATIVE_INFINITY;
	#strikes = 0;

	constructor(pingMillisecondsMin = PING_MILLISECONDS_MIN) {
		this.#pingMillisecondsMin = pingMillisecondsMin;
	}

	/** A stream ended by a reset of either side: the other's, or ours for a fault of the other's. */
	reset(): void {
		this.#resets.take(this.now);
	}

	/** A header block that unfolds to more than is taken; its stream's reset is counted besides. */
	bomb(): void {
		this.#resets.take(this.now, H2_BOMB_RESETS - 1);
	}

	/** Settings, priorities, frames without a meaning, frames of streams that are gone. */
	control(): void {
		this.#controls.take(this.now);
	}

	/** A change of settings that changes the window of so many streams. */
	resized(streams: number): void {
		this.#controls.take(this.now, streams / H2_RESIZES_A_CONTROL);
	}

	/** Data in so small a piece that its frame costs more than it carries. */
	crumb(): void {
		this.#crumbs.take(this.now);
	}

	/** streams: that are open. */
	ping(streams = 1): void {
		this.#controls.take(this.now);
		if (this.now - this.#pingedAt < (streams === 0 ? IDLE_PING_MILLISECONDS_MIN : this.#pingMillisecondsMin)) {
			this.#strikes += 1;
		}
		this.#pingedAt = this.now;
		if (this.#strikes > PING_STRIKES_MAX) {
			throw new H2ConnectionError(H2_ERROR.enhanceYourCalm, 'too_many_pings');
		}
	}

	/**
	 * Something was sent, so that the caller has a reason to measure the way with a ping; and if he asked for it in a crumb, as those do that
	 * renew leases or create watchers by the thousand on one stream, that was no flood.
	 */
	answered(): void {
		this.#crumbs.giveBack();
		this.#strikes = 0;
		this.#pingedAt = Number.NEGATIVE_INFINITY;
	}
}
