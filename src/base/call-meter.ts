/**
 * Counts the calls of one gRPC method, by numbers alone: what they are called outside is api/grpc/call-metrics.ts's business. A call knows its
 * method's meter (adapters/h2-call.ts), so that counting looks nothing up.
 */
import { Histogram } from './histogram.ts';

/** grpc's codes are 0 to 16 (base/codes.ts). */
const CODES_COUNT = 17;
/** What clients say of their version is theirs to choose: so many are told apart. */
const VERSIONS_MAX = 16;
const MANY_VERSIONS = 'other';
/** Prometheus' own for durations, which go-grpc-prometheus takes. */
const SECONDS_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Somebody who looks at single calls: at those that take so long, and at a few of the others. */
export interface CallWatch {
	readonly floorSeconds: number;
	/** How many of the others it would still look at. */
	readonly samples: number;
	/** Unary calls alone, with their request. */
	ended(meter: CallMeter, request: Uint8Array, call: EndedCall): void;
}

export interface EndedCall {
	readonly seconds: number;
	/** grpc's code. */
	readonly status: number;
	readonly responseBytes: number;
	readonly remoteAddress: string;
	metadata(name: string): string | null;
}

export class CallMeter {
	watch: CallWatch | null = null;
	started = 0;
	messagesReceived = 0;
	bytesReceived = 0;
	messagesSent = 0;
	bytesSent = 0;
	/** By grpc code. */
	readonly handled: number[] = new Array<number>(CODES_COUNT).fill(0);
	/** From a call's beginning to its end. */
	readonly seconds = new Histogram(SECONDS_BOUNDS);
	readonly versions = new Map<string, number>();

	begin(version: string): void {
		this.started += 1;
		const known = this.versions.get(version);
		if (known !== undefined || this.versions.size < VERSIONS_MAX) {
			this.versions.set(version, (known ?? 0) + 1);
		} else {
			this.versions.set(MANY_VERSIONS, (this.versions.get(MANY_VERSIONS) ?? 0) + 1);
		}
	}

	received(bytes: number): void {
		this.messagesReceived += 1;
		this.bytesReceived += bytes;
	}

	sent(bytes: number): void {
		this.messagesSent += 1;
		this.bytesSent += bytes;
	}

	isLookedAt(seconds: number): boolean {
		return this.watch !== null && (seconds >= this.watch.floorSeconds || this.watch.samples > 0);
	}

	/** An unknown code counts as 2, unknown. */
	end(code: number, seconds: number): void {
		const at = code < this.handled.length ? code : 2;
		this.handled[at] = (this.handled[at] as number) + 1;
		this.seconds.observe(seconds);
	}
}
