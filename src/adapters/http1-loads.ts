/**
 * The large answers that connections of HTTP/1.1 carry, among those of all connections of their addresses (large-answers.ts). Counted by whoever makes them
 * (api/gateway); looked at by client-http1.ts, since one that others of its address wait for has to take it. Made by client-front-end.ts.
 */
import type { Socket } from 'node:net';
import { addressOf } from '../api/http/connection-caller.ts';
import type { AnswerLoad, AnswerWay } from '../ports/answer-load.ts';
import type { LargeAnswers, LargeAnswersOf } from './large-answers.ts';

export class Http1Loads {
	readonly #answers: LargeAnswers;
	readonly #loads = new WeakMap<Socket, SocketLoad>();

	constructor(answers: LargeAnswers) {
		this.#answers = answers;
	}

	/** While it is connected: later nobody knows its address. */
	of(socket: Socket): AnswerLoad {
		const known = this.#loads.get(socket);
		if (known !== undefined) {
			return known;
		}
		const load = new SocketLoad(this.#answers.of(addressOf(socket)));
		this.#loads.set(socket, load);
		return load;
	}

	/** Others of its address wait for what it takes. */
	isInTheWay(socket: Socket): boolean {
		return this.#loads.get(socket)?.isInTheWay ?? false;
	}
}

class SocketLoad implements AnswerLoad {
	readonly #ofAddress: LargeAnswersOf;
	#bytes = 0;

	constructor(ofAddress: LargeAnswersOf) {
		this.#ofAddress = ofAddress;
	}

	get isFull(): boolean {
		return this.#ofAddress.isFull;
	}

	get isInTheWay(): boolean {
		return this.#bytes > 0 && this.#ofAddress.isInTheWay;
	}

	carry(bytes: number, way: AnswerWay): void {
		this.#change(bytes);
		way.once('close', () => this.#change(-bytes));
	}

	#change(bytes: number): void {
		this.#bytes += bytes;
		this.#ofAddress.change(bytes);
	}
}
