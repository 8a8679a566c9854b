/** One GET with wait=true: its head, and its body as far as it has come. Whether more will come nobody knows, so the comparison asks again. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { readHeaders, type WireAnswer, type WireRequest } from '../../unit/api/v2/random-requests.ts';

export interface SeenWatch extends WireAnswer {
	/** The response has ended. */
	readonly ended: boolean;
}

export class OpenWatch {
	readonly #sent: ClientRequest;
	readonly #response: IncomingMessage;
	readonly #chunks: Buffer[] = [];
	#ended = false;

	private constructor(sent: ClientRequest, response: IncomingMessage) {
		this.#sent = sent;
		this.#response = response;
		response.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
		response.on('end', () => {
			this.#ended = true;
		});
		// It is closed from this side when it has been compared.
		response.on('error', () => {});
	}

	/** Resolves with the head of the response: from then on no event is missed. */
	static open(base: string, wire: WireRequest): Promise<OpenWatch> {
		const { hostname, port } = new URL(base);
		return new Promise((resolve, reject) => {
			const sent = request({ hostname, port, method: wire.method, path: wire.target, agent: false }, (response) => {
				sent.off('error', reject);
				sent.on('error', () => {});
				resolve(new OpenWatch(sent, response));
			});
			sent.on('error', reject);
			sent.end();
		});
	}

	seen(): SeenWatch {
		return {
			status: this.#response.statusCode ?? 0,
			headers: readHeaders(this.#response),
			body: Buffer.concat(this.#chunks).toString('latin1'),
			ended: this.#ended,
		};
	}

	close(): void {
		this.#sent.destroy();
	}
}
