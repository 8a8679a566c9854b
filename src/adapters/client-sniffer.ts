/**
 * Tells HTTP/2 from HTTP/1 by a connection's first bytes, which stay unread for whoever takes it over. A connection that does not say in
 * time what it is, and the oldest one when too many are undecided, is closed: silence costs a bounded amount. Used by client-listener.ts.
 */
import type { Socket } from 'node:net';

export interface SnifferOptions {
	/** An own deadline: an http.Server's header time-out begins only once it has the connection (design section 9). */
	readonly decideMilliseconds: number;
	readonly undecidedMax: number;
}

export interface SnifferTargets {
	http1(socket: Socket): void;
	http2(socket: Socket): void;
}

/** Of HTTP/2's preface; no HTTP/1 request begins so. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');

export class ClientSniffer {
	readonly #options: SnifferOptions;
	readonly #targets: SnifferTargets;
	/** Oldest first. */
	readonly #undecided = new Set<Socket>();

	constructor(options: SnifferOptions, targets: SnifferTargets) {
		this.#options = options;
		this.#targets = targets;
	}

	get undecided(): number {
		return this.#undecided.size;
	}

	accept(socket: Socket): void {
		this.#undecided.add(socket);
		if (this.#undecided.size > this.#options.undecidedMax) {
			const [oldest] = this.#undecided;
			oldest?.destroy();
		}
		const timer = setTimeout(() => socket.destroy(), this.#options.decideMilliseconds);
		const parts: Buffer[] = [];
		const leave = (): void => {
			clearTimeout(timer);
			this.#undecided.delete(socket);
			socket.off('readable', onReadable);
			socket.off('end', onEnd);
			socket.off('close', leave);
		};
		const onEnd = (): void => {
			socket.destroy();
		};
		const onReadable = (): void => {
			for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
				parts.push(part);
			}
			const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
			const protocol = decide(bytes);
			if (protocol !== null) {
				leave();
				socket.unshift(bytes);
				this.#targets[protocol](socket);
			}
		};
		// Stays for the connection's life: whoever takes over adds its own.
		socket.on('error', () => {});
		socket.on('readable', onReadable);
		socket.on('end', onEnd);
		socket.on('close', leave);
	}

	close(): void {
		for (const socket of this.#undecided) {
			socket.destroy();
		}
	}
}

/** null: what is there so far may still become either. */
function decide(bytes: Buffer): 'http1' | 'http2' | null {
	const shared = Math.min(bytes.length, PREFACE.length);
	if (bytes.compare(PREFACE, 0, shared, 0, shared) !== 0) {
		return 'http1';
	}
	return shared === PREFACE.length ? 'http2' : null;
}
