/**
 * How many connections one lane has at a time, in all and from one address (reliability.md 6.5, T7): whoever opens all he can leaves room for others. Over
 * all listeners of a front end, from the moment that the kernel hands a connection over, handshakes of TLS included. Used by client-listener.ts and peer-listen.ts.
 */
import type { Socket } from 'node:net';
import type { Logger } from '../ports/logger.ts';

export interface GateOptions {
	/** For the log. */
	readonly endpoint: 'client' | 'peer';
	readonly connectionsMax: number;
	readonly addressConnectionsMax: number;
}

/** One line in so long says what was dropped. */
const SAY_MILLISECONDS = 10_000;
const NETWORK_HEXTETS = 4;

export class ConnectionGate {
	readonly #options: GateOptions;
	readonly #logger: Logger;
	readonly #now: () => number;
	readonly #byAddress = new Map<string, number>();
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
		this.#connections += 1;
		if (address !== null) {
			this.#byAddress.set(address, fromThere + 1);
		}
		socket.once('close', () => this.#leave(address));
		return true;
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

	#drop(socket: Socket, address: string, full: 'all' | 'its address'): void {
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

/** An IPv4 address as it is; of IPv6 the network that one subscriber has, since all of its 2^64 addresses are his. */
export function networkOf(address: string): string {
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
	if (mapped !== undefined || !address.includes(':')) {
		return mapped ?? address;
	}
	const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
	const hextets = head === '' ? [] : head.split(':');
	if (tail !== undefined && hextets.length < NETWORK_HEXTETS) {
		// The gap is as long as it takes to have eight in all, and reaches into the network's half.
		const last = tail === '' ? [] : tail.split(':');
		hextets.push(...new Array<string>(8 - hextets.length - last.length).fill('0'), ...last);
	}
	return hextets.slice(0, NETWORK_HEXTETS).join(':');
}
