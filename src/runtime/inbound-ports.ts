/**
 * The ports that lead to the actors of one thread, read in turns: a port that is never empty must not keep another's frames unread.
 * A heartbeat may be among them. Used by host.ts, which knows what a turn is.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

export class InboundPorts<Receiver> {
	readonly #ports: { readonly port: MessagePort; readonly receiver: Receiver }[] = [];
	/** Read last: the next turn goes on behind it. */
	#at = 0;

	add(port: MessagePort, receiver: Receiver): void {
		this.#ports.push({ port, receiver });
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
			const entry = this.#ports[this.#at] as { readonly port: MessagePort; readonly receiver: Receiver };
			const received = receiveMessageOnPort(entry.port) as { readonly message: ArrayBuffer } | undefined;
			if (received === undefined) {
				empty++;
			} else {
				empty = 0;
				deliver(entry.receiver, received.message);
			}
		}
	}

	close(): void {
		for (const { port } of this.#ports) {
			port.close();
		}
	}
}
