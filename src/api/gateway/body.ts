/** Gathers a request's body up to a bound. Used by gateway-route.ts; api/v2/body.ts is the one of v2, whose bodies are byte strings. */
import type { IncomingMessage } from 'node:http';

/** done gets the body, or null as soon as it is longer than bytesMax; never, if the client goes away before its end. */
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
