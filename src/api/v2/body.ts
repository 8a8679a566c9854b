/** A body of v2 as the byte string that its parsers take. Used by what reads PUT and POST of /v2; the bodies of other methods are read past. */
import type { IncomingMessage } from 'node:http';
import { readBody as readBytes } from '../http/body.ts';

/** As api/http/body.ts says. */
export function readBody(request: IncomingMessage, bytesMax: number, done: (body: string | null) => void): void {
	readBytes(request, bytesMax, (body) => done(body === null ? null : body.toString('latin1')));
}
