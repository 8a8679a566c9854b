/** Writes a large answer as its connection takes it, so that its text never exists whole. Used by gateway-call.ts. */
import type { ServerResponse } from 'node:http';
import { GRPC } from '../../base/codes.ts';
import type { BytesEncoding } from './from-json.ts';
import type { MessageShape } from './message-shape.ts';
import type { BodySink } from './sinks.ts';
import { PiecewiseJson } from './to-json.ts';

export class PiecesWriter {
	readonly #response: ServerResponse;
	readonly #sink: BodySink;
	readonly #json: PiecewiseJson;

	constructor(response: ServerResponse, sink: BodySink, { shape, encoding }: { readonly shape: MessageShape; readonly encoding: BytesEncoding }) {
		this.#response = response;
		this.#sink = sink;
		this.#json = new PiecewiseJson(shape, encoding);
	}

	/** Each piece is whole fields, none empty. They are let go as they are written. */
	write(pieces: readonly Uint8Array[]): void {
		// The next piece is the last.
		this.#writeNext([...pieces].reverse());
	}

	#writeNext(left: Uint8Array[]): void {
		for (let piece = left.pop(); piece !== undefined; piece = left.pop()) {
			if (!this.#sink.part(this.#json.push(piece))) {
				this.#response.once('drain', () => this.#writeNext(left));
				return;
			}
		}
		this.#sink.part(this.#json.end());
		this.#sink.end({ status: GRPC.ok, message: '' });
	}
}
