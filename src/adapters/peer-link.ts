/**
 * One outgoing connection to a member: dials, writes queued frames, dials again when it is lost. Only the dialing side sends frames;
 * the other side answers probes and nothing else. Driven by peer-network.ts.
 *
 *   down --dial--> dialing --upgraded--> up --lost--> down (after a pause that doubles)
 *
 * One write is in flight at a time: what comes meanwhile waits in the queue, where it can be replaced or dropped.
 */
import type { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { EMPTY_BYTES } from '../base/bytes.ts';
import { PEER_QUEUE_BYTES_MAX } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { encodeFrame, PEER_FRAME_HEADER_BYTES, writeFrameHeader } from '../protocol/peer-frame.ts';
import { dialUpgrade, type PeerRequest, type UpgradeResult } from './peer-http-client.ts';
import { PeerQueue } from './peer-queue.ts';
import type { PeerTiming } from './peer-timing.ts';

export const PEER_PROTOCOL = 'quorate-raft/1';

const GONE = 410;
/** Bytes in one write: what is behind can still be replaced while it is on its way. */
const WRITE_BYTES_MAX = 4 * 2 ** 20;
/** Bodies up to this are copied behind their header; larger ones are written from where they are. */
const COPIED_BYTES_MAX = 4_096;
const PROBE = encodeFrame(EMPTY_BYTES, crc32);

export interface PeerLinkOptions {
	readonly timing: PeerTiming;
	readonly random: Random;
	/** The request for the next dial: headers and URL may have changed since the last one. attempt picks one of several URLs. */
	readonly request: (attempt: number) => PeerRequest;
	/** Whether silence from the other side means loss: for control, whose probes do not queue behind much. */
	readonly isSilenceFatal: boolean;
}

export interface PeerLinkEvents {
	up(): void;
	/** A probe came back. */
	answered(milliseconds: number): void;
	/** A dial was answered with 410: the other side knows that this member has been removed. */
	gone(): void;
	/** wasUp false: a dial failed. */
	down(wasUp: boolean, reason: string): void;
	dropped(frames: number): void;
}

type LinkState =
	| { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
	| { readonly kind: 'dialing'; readonly cancel: () => void }
	| { readonly kind: 'up'; readonly socket: Duplex; isWriting: boolean; stuckChecks: number; silentChecks: number; probedAt: number | null }
	| { readonly kind: 'closed' };

export class PeerLink {
	readonly #options: PeerLinkOptions;
	readonly #events: PeerLinkEvents;
	readonly #queue = new PeerQueue(PEER_QUEUE_BYTES_MAX);
	#state: LinkState;
	#attempt = 0;
	/** Dials that failed since the last success. */
	#failures = 0;

	constructor(options: PeerLinkOptions, events: PeerLinkEvents) {
		this.#options = options;
		this.#events = events;
		this.#state = this.#dial();
	}

	get isUp(): boolean {
		return this.#state.kind === 'up';
	}

	/** How long the probe that is on its way has had no answer. */
	get unansweredMilliseconds(): number | null {
		return this.#state.kind === 'up' && this.#state.probedAt !== null ? performance.now() - this.#state.probedAt : null;
	}

	get queuedBytes(): number {
		return this.#queue.bytes;
	}

	send(body: Uint8Array, replaceable: boolean): void {
		const dropped = this.#queue.push(frameParts(body), replaceable);
		if (dropped > 0) {
			this.#events.dropped(dropped);
		}
	}

	/** Writes what is queued, if nothing is on its way already. */
	flush(): void {
		const state = this.#state;
		if (state.kind === 'up' && !state.isWriting && this.#queue.length > 0) {
			this.#write(state, this.#queue.take(WRITE_BYTES_MAX));
		}
	}

	/** Asks for a round trip now, unless one is being measured. */
	probe(): void {
		const state = this.#state;
		if (state.kind === 'up' && !state.isWriting && state.probedAt === null) {
			state.probedAt = performance.now();
			this.#write(state, [PROBE]);
		}
	}

	/** One interval has passed. Counts checks, not time: a process that was stopped finds one check and not many. */
	check(): void {
		const state = this.#state;
		if (state.kind !== 'up') {
			return;
		}
		const { silentChecksMax } = this.#options.timing;
		state.silentChecks += 1;
		state.stuckChecks = state.isWriting ? state.stuckChecks + 1 : 0;
		if (state.stuckChecks > silentChecksMax) {
			this.drop('a write did not finish in time');
		} else if (this.#options.isSilenceFatal && state.silentChecks > silentChecksMax) {
			this.drop('probes were not answered');
		} else if (!state.isWriting) {
			state.probedAt ??= performance.now();
			this.#write(state, [PROBE]);
		}
	}

	/** Ends the connection, if there is one, and dials again. */
	drop(reason: string): void {
		if (this.#state.kind === 'up') {
			this.#lose(this.#state.socket, reason);
		}
	}

	/** Ends for good. What is queued may still leave: for a member that is removed it is the word that its removal is committed. */
	close(): void {
		const state = this.#state;
		this.#state = { kind: 'closed' };
		switch (state.kind) {
			case 'waiting':
				clearTimeout(state.timer);
				return;
			case 'dialing':
				state.cancel();
				return;
			case 'up':
				for (const part of this.#queue.take(PEER_QUEUE_BYTES_MAX)) {
					state.socket.write(part);
				}
				this.#end(state.socket);
				return;
			case 'closed':
				return;
		}
	}

	#end(socket: Duplex): void {
		const timer = setTimeout(() => socket.destroy(), this.#options.timing.closeMilliseconds);
		socket.once('close', () => clearTimeout(timer));
		socket.end();
	}

	#dial(): LinkState {
		const request = this.#options.request(this.#attempt);
		this.#attempt += 1;
		return { kind: 'dialing', cancel: dialUpgrade(request, PEER_PROTOCOL, (result) => this.#answered(result)) };
	}

	#answered(result: UpgradeResult): void {
		assert(this.#state.kind === 'dialing', () => `a dial was answered while ${this.#state.kind}`);
		if (!result.ok) {
			this.#pause();
			if (result.status === GONE) {
				this.#events.gone();
			}
			this.#events.down(false, result.status === null ? result.reason : `${result.status} ${result.reason}`);
			return;
		}
		const { socket } = result;
		const state = { kind: 'up' as const, socket, isWriting: false, stuckChecks: 0, silentChecks: 0, probedAt: null as number | null };
		this.#state = state;
		this.#failures = 0;
		// All that comes back on this connection are answers to probes.
		socket.on('data', () => {
			state.silentChecks = 0;
			if (state.probedAt !== null) {
				this.#events.answered(performance.now() - state.probedAt);
				state.probedAt = null;
			}
		});
		socket.on('end', () => this.#lose(socket, 'the other side closed the connection'));
		socket.on('close', () => this.#lose(socket, 'the connection broke'));
		this.#events.up();
		this.flush();
	}

	#lose(socket: Duplex, reason: string): void {
		socket.destroy();
		if (this.#state.kind !== 'up' || this.#state.socket !== socket) {
			return;
		}
		this.#pause();
		this.#events.down(true, reason);
	}

	/** Equal jitter: half of the pause is fixed, half is drawn, so that members that lost each other do not dial in step. */
	#pause(): void {
		const { backOffFirstMilliseconds, backOffLastMilliseconds } = this.#options.timing;
		const pause = Math.min(backOffLastMilliseconds, backOffFirstMilliseconds * 2 ** Math.min(this.#failures, 16));
		this.#failures += 1;
		const half = Math.ceil(pause / 2);
		const timer = setTimeout(() => {
			this.#state = this.#dial();
		}, half + this.#options.random.below(half));
		this.#state = { kind: 'waiting', timer };
	}

	#write(state: LinkState & { kind: 'up' }, parts: readonly Uint8Array[]): void {
		assert(!state.isWriting && parts.length > 0, 'one write at a time, and of something');
		const { socket } = state;
		state.isWriting = true;
		const written = (error: Error | null | undefined): void => {
			state.isWriting = false;
			state.stuckChecks = 0;
			if (error) {
				this.#lose(socket, error.message);
			} else if (this.#state === state) {
				this.flush();
			}
		};
		socket.cork();
		for (const [at, part] of parts.entries()) {
			socket.write(part, at === parts.length - 1 ? written : undefined);
		}
		socket.uncork();
	}
}

/** The parts own their memory or nearly all of it, so that a queued frame does not pin a turn's worth of messages. */
function frameParts(body: Uint8Array): readonly Uint8Array[] {
	if (body.length <= COPIED_BYTES_MAX || body.length * 2 < body.buffer.byteLength) {
		return [encodeFrame(body, crc32)];
	}
	const header = new Uint8Array(PEER_FRAME_HEADER_BYTES);
	writeFrameHeader(header, body, crc32);
	return [header, body];
}
