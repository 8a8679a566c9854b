/**
 * How many connections one lane has at a time, in all and from one address (reliability.md 6.5, T7): whoever opens all he can leaves room for others. Over
 * all listeners of a front end, from the moment that the kernel hands a connection over, handshakes of TLS included. Used by client-listener.ts and peer-listen.ts.
 */
import type { Socket } from 'node:net';
import { networkOf } from '../base/address-network.ts';
import type { Logger } from '../ports/logger.ts';

export interface GateOptions {
	/** For the log. */
	readonly endpoint: 'client' | 'peer';
	readonly connectionsMax: number;
	readonly addressConnectionsMax: number;
}

/** One line in so long says what was dropped. */
const SAY_MILLISECONDS = 10_000;
/** Connections that one address may lose by its own fault before it is kept out, and how fast that is forgiven: others may share the address. */
const BLAME_MAX = 16;
const BLAME_FORGIVEN_PER_SECOND = 4;
const BLAMED_ADDRESSES_MAX = 4_096;

interface Blame {
	readonly count: number;
	readonly at: number;
}

export class ConnectionGate {
	readonly #options: GateOptions;
	readonly #logger: Logger;
	readonly #now: () => number;
	readonly #byAddress = new Map<string, number>();
	readonly #blamed = new Map<string, Blame>();
	#connections = 0;
	#dropped = 0;
	#saidAt = Number.NEGATIVE_INFINITY;

	constructor(options: GateOptions, logger: Logger, now: () => number = () => performance.now()) {
		this.#options = options;
		this.#logger = logger;
		this.#now = now;
	}

	get connections(): number {
		return this.#connections;
	}

	/** False: it was one too many, and is closed. */
	admit(socket: Socket): boolean {
		// Over a unix socket nobody has an address, and whoever may open the file is trusted with all there are.
		const address = socket.remoteAddress === undefined ? null : networkOf(socket.remoteAddress);
		const fromThere = address === null ? 0 : (this.#byAddress.get(address) ?? 0);
		const { connectionsMax, addressConnectionsMax } = this.#options;
		if (this.#connections >= connectionsMax || fromThere >= addressConnectionsMax) {
			this.#drop(socket, address ?? '', this.#connections >= connectionsMax ? 'all' : 'its address');
			return false;
		}
		if (address !== null && !this.#isForgiven(address)) {
			this.#drop(socket, address, 'its misbehaviour');
			return false;
		}
		this.#connections += 1;
		if (address !== null) {
			this.#byAddress.set(address, fromThere + 1);
		}
		socket.once('close', () => this.#leave(address));
		return true;
	}

	/** A connection of this socket's address was cut off for what it sent: whoever does that over and over may not connect as fast as he is cut off. */
	blame(socket: Socket): void {
		if (socket.remoteAddress === undefined) {
			return;
		}
		this.#addBlame(networkOf(socket.remoteAddress));
	}

	#isForgiven(address: string): boolean {
		const count = this.#blameOf(address);
		if (count === 0) {
			this.#blamed.delete(address);
		} else if (count > BLAME_MAX / 2 && count <= BLAME_MAX) {
			// Taken in on suspicion: else all that come at once would be in before the first of them has done anything.
			this.#addBlame(address);
		}
		return count <= BLAME_MAX;
	}

	#addBlame(address: string): void {
		const count = Math.min(1 + this.#blameOf(address), BLAME_MAX + 1);
		this.#blamed.delete(address);
		this.#blamed.set(address, { count, at: this.#now() });
		const [oldest] = this.#blamed.keys();
		if (this.#blamed.size > BLAMED_ADDRESSES_MAX && oldest !== undefined) {
			this.#blamed.delete(oldest);
		}
	}

	/** What is left of it by now. */
	#blameOf(address: string): number {
		const blame = this.#blamed.get(address);
		return blame === undefined ? 0 : Math.max(0, blame.count - (BLAME_FORGIVEN_PER_SECOND * (this.#now() - blame.at)) / 1_000);
	}

	#leave(address: string | null): void {
		this.#connections -= 1;
		if (address === null) {
			return;
		}
		const left = (this.#byAddress.get(address) ?? 1) - 1;
		if (left === 0) {
			this.#byAddress.delete(address);
		} else {
			this.#byAddress.set(address, left);
		}
	}

	#drop(socket: Socket, address: string, full: 'all' | 'its address' | 'its misbehaviour'): void {
		socket.on('error', () => {});
		socket.destroy();
		this.#dropped += 1;
		if (this.#now() - this.#saidAt >= SAY_MILLISECONDS) {
			this.#saidAt = this.#now();
			const { endpoint } = this.#options;
			this.#logger.log('warn', `too many connections on ${endpoint} endpoint`, {
				'last-remote-addr': address,
				'bound-of': full,
				dropped: this.#dropped,
			});
			this.#dropped = 0;
		}
	}
}
