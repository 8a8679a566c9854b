/** How a client's connection came, so that it is sent on by the same. */
import type { IncomingMessage } from 'node:http';

export function schemeOf({ socket }: IncomingMessage): 'https' | 'http' {
	return 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
}
