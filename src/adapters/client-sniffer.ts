/**
 * Tells HTTP/2 from HTTP/1 by a connection's first bytes, which stay unread for whoever takes it over. A connection that does not say in
 * time what it is, and the oldest one when too many are undecided, is closed: silence costs a bounded amount. Used by client-front-end.ts.
 */
import type { Socket } from 'node:net';
import { PREFACE } from '../h2/frames.ts';

export interface SnifferOptions {
	/** An own deadline: an http.Server's header time-out begins only once it has the connection (design section 9). */
	readonly decideMilliseconds: number;
	readonly undecidedMax: number;
}

export interface SnifferTargets {
	http1(socket: Socket): void;
	http2(socket: Socket): void;
}

export class ClientSniffer {
	readonly #options: SnifferOptions;
	readonly #targets: SnifferTargets;
	/** Oldest first. */
	readonly #undecided = new Set<Undecided>();

	constructor(options: SnifferOptions, targets: SnifferTargets) {
		this.#options = options;
		this.#targets = targets;
	}

	get undecided(): number {
		return this.#undecided.size;
	}

	accept(socket: Socket): void {
		const entry = new Undecided(socket, this.#options.decideMilliseconds, (protocol) => {
			this.#undecided.delete(entry);
			if (protocol !== 'gone') {
				this.#targets[protocol](socket);
			}
		});
		this.#undecided.add(entry);
		if (this.#undecided.size > this.#options.undecidedMax) {
			const [oldest] = this.#undecided;
			oldest?.destroy();
		}
	}

	close(): void {
		for (const entry of this.#undecided) {
			entry.destroy();
		}
	}
}

/** One connection on its way to a protocol. */
class Undecided {
	readonly #socket: Socket;
	readonly #leave: (protocol: 'http1' | 'http2' | 'gone') => void;
	readonly #timer: NodeJS.Timeout;
	#bytes: Buffer = Buffer.alloc(0);
	#finished = false;
	readonly #onReadable = (): void => this.#read();
	readonly #onEnd = (): void => this.destroy();
	readonly #onClose = (): void => this.#finish('gone', null);

	constructor(socket: Socket, milliseconds: number, leave: (protocol: 'http1' | 'http2' | 'gone') => void) {
		this.#socket = socket;
		this.#leave = leave;
		this.#timer = setTimeout(() => this.destroy(), milliseconds);
		// Stays for the connection's life: whoever takes over adds its own.
		socket.on('error', () => {});
		socket.on('readable', this.#onReadable);
		socket.on('end', this.#onEnd);
		socket.on('close', this.#onClose);
	}

	/** Out of the count at once, not when the socket says so: a burst of connections must not find the same oldest again and again. */
	destroy(): void {
		this.#finish('gone', null);
		this.#socket.destroy();
	}

	#read(): void {
		for (let part = this.#socket.read() as Buffer | null; part !== null; part = this.#socket.read() as Buffer | null) {
			this.#take(part);
			if (this.#finished) {
				return;
			}
		}
	}

	#take(part: Buffer): void {
		this.#bytes = this.#bytes.length === 0 ? part : Buffer.concat([this.#bytes, part]);
		// No HTTP/1 request begins like HTTP/2's preface.
		const shared = Math.min(this.#bytes.length, PREFACE.length);
		if (this.#bytes.compare(PREFACE, 0, shared, 0, shared) !== 0) {
			this.#finish('http1', this.#bytes);
		} else if (shared === PREFACE.length) {
			this.#finish('http2', this.#bytes);
		}
	}

	#finish(protocol: 'http1' | 'http2' | 'gone', unread: Uint8Array | null): void {
		if (this.#finished) {
			return;
		}
		this.#finished = true;
		clearTimeout(this.#timer);
		this.#socket.off('readable', this.#onReadable);
		this.#socket.off('end', this.#onEnd);
		this.#socket.off('close', this.#onClose);
		if (unread !== null) {
			this.#socket.unshift(unread);
		}
		this.#leave(protocol);
	}
}
