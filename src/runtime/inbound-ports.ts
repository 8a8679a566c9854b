/**
 * The ports that lead to the actors of one thread, read in turns: a port that is never empty must not keep another's frames unread.
 * A heartbeat may be among them. Used by host.ts, which knows what a turn is.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

interface Inbound<Receiver> {
	readonly port: MessagePort;
	readonly receiver: Receiver;
	/** Handed over by the event loop, and older than what is still in the port. */
	readonly arrived: ArrayBuffer[];
}

export class InboundPorts<Receiver> {
	readonly #ports: Inbound<Receiver>[] = [];
	/** Read last: the next turn goes on behind it. */
	#at = 0;

	/**
	 * `wake` is called for each frame that the event loop hands over, and is to do no more than see to a turn: the loop hands over up to
	 * 1,000 frames before it looks at sockets and timers again.
	 */
	add(port: MessagePort, receiver: Receiver, wake: () => void): void {
		const arrived: ArrayBuffer[] = [];
		this.#ports.push({ port, receiver, arrived });
		port.on('message', (frame: ArrayBuffer) => {
			arrived.push(frame);
			wake();
		});
	}

	/** Frames that no event will tell of again. */
	get hasArrived(): boolean {
		return this.#ports.some(({ arrived }) => arrived.length > 0);
	}

	/**
	 * Delivers one frame of each port in turn until all are empty or the turn's budget is spent. Every port is looked at once whatever
	 * was spent before: one frame may hold more than a budget, and come with every turn.
	 */
	drain(deliver: (receiver: Receiver, frame: ArrayBuffer) => void, isWithinBudget: () => boolean): void {
		const count = this.#ports.length;
		let looks = 0;
		for (let empty = 0; empty < count && (looks < count || isWithinBudget()); looks++) {
			this.#at = (this.#at + 1) % count;
			const entry = this.#ports[this.#at] as Inbound<Receiver>;
			const frame = entry.arrived.shift() ?? receive(entry.port);
			if (frame === null) {
				empty++;
			} else {
				empty = 0;
				deliver(entry.receiver, frame);
			}
		}
	}

	close(): void {
		for (const { port } of this.#ports) {
			port.close();
		}
	}
}

function receive(port: MessagePort): ArrayBuffer | null {
	const received = receiveMessageOnPort(port) as { readonly message: ArrayBuffer } | undefined;
	return received === undefined ? null : received.message;
}
