/** Gathers a request's body up to a bound. Used by keys.ts for PUT and POST; the bodies of other methods are read past. */
import type { IncomingMessage } from 'node:http';

/**
 * done gets the body as a byte string, or null as soon as it is longer than bytesMax. Never called if the client goes away before the end.
 * The connection of a body that is too long is not reset, or a client that still writes would not see its answer: node:http stops
 * reading once the answer has left, and closes the connection with the keep-alive time-out.
 */
export function readBody(request: IncomingMessage, bytesMax: number, done: (body: string | null) => void): void {
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
			done(Buffer.concat(chunks, bytes).toString('latin1'));
		}
	});
	request.on('error', () => {
		chunks = [];
	});
}
