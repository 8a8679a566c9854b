/** Many connections that do the same harm, and what became of them. Used by attacker.ts. */
import { connect, type Socket } from 'node:net';
import type { Attack } from './attack.ts';

/** Of what is cut off, opened again in one go. */
const OPENED_A_TICK_MAX = 200;
const TICK_MS = 20;
const QUEUED_BYTES_MAX = 2 ** 20;

export interface Losses {
	readonly opened: number;
	readonly cut: number;
	readonly sentBytes: number;
}

export class Swarm {
	readonly #attack: Attack;
	readonly #port: number;
	/** An address of loopback. */
	readonly #from: string;
	/** With what each has said so far. */
	readonly #sockets = new Map<Socket, number>();
	readonly #timers: readonly NodeJS.Timeout[];
	#opened = 0;
	#cut = 0;
	#sentBytes = 0;

	constructor(attack: Attack, { port, from }: { readonly port: number; readonly from: string }) {
		this.#attack = attack;
		this.#port = port;
		this.#from = from;
		this.#fill();
		this.#timers = [setInterval(() => this.#fill(), TICK_MS), setInterval(() => this.#more(), attack.everyMs)];
	}

	stop(): Losses {
		for (const timer of this.#timers) {
			clearInterval(timer);
		}
		const losses = { opened: this.#opened, cut: this.#cut, sentBytes: this.#sentBytes };
		for (const socket of this.#sockets.keys()) {
			socket.destroy();
		}
		return losses;
	}

	#fill(): void {
		const missing = Math.min(this.#attack.connections - this.#sockets.size, OPENED_A_TICK_MAX);
		for (let i = 0; i < missing; i++) {
			this.#open();
		}
	}

	#open(): void {
		const socket = connect({ host: '127.0.0.1', port: this.#port, localAddress: this.#from });
		this.#opened += 1;
		this.#sockets.set(socket, 0);
		socket.on('error', () => {});
		socket.once('close', () => {
			this.#sockets.delete(socket);
			this.#cut += 1;
		});
		if (this.#attack.takesAnswers) {
			socket.resume();
		} else {
			socket.pause();
		}
		this.#say(socket, this.#attack.hello());
	}

	#more(): void {
		for (const [socket, n] of this.#sockets) {
			if (socket.writableLength > QUEUED_BYTES_MAX) {
				continue;
			}
			const bytes = this.#attack.more(n);
			if (bytes === null) {
				return;
			}
			this.#sockets.set(socket, n + 1);
			this.#say(socket, bytes);
		}
	}

	#say(socket: Socket, bytes: Buffer): void {
		if (bytes.length > 0) {
			this.#sentBytes += bytes.length;
			socket.write(bytes);
		}
	}
}
