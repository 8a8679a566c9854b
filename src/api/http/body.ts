/** Gathers a request's body up to a bound: the gateway's, the dashboard's, and v2's, which are byte strings (api/v2/body.ts). Bodies that nobody wants are read past. */
import type { IncomingMessage } from 'node:http';

/**
 * done gets the body, or null as soon as it is longer than bytesMax. Never called if the client goes away before the end.
 * The connection of a body that is too long is not reset, or a client that still writes would not see its answer: node:http stops
 * reading once the answer has left, and closes the connection with the keep-alive time-out.
 */
export function readBody(request: IncomingMessage, bytesMax: number, done: (body: Buffer | null) => void): void {
	let chunks: Buffer[] = [];
	let bytes = 0;
	request.on('data', (chunk: Buffer) => {
		const fitted = bytes <= bytesMax;
		bytes += chunk.length;
		if (bytes <= bytesMax) {
			chunks.push(chunk);
		} else if (fitted) {
			chunks = [];
			done(null);
		}
	});
	request.on('end', () => {
		if (bytes <= bytesMax) {
			done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
		}
	});
	request.on('error', () => {
		chunks = [];
	});
}
