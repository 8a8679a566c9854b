/**
 * Ports that nobody listens on. They are taken from below the range of which the system gives out source ports (32768 and up): a member that
 * was killed must be able to bind its port again, though hundreds of client connections are made in between. Files that run at the same time
 * have a slice of them each: a port that nobody listens on yet, or any more, would else be given to two.
 */
import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS_MAX = 200;
/** The name of an environment variable such as "1/2": the second of two slices. Set by run-files.ts; without it all are one. */
export const PORT_SLICE = 'TEST_PORT_SLICE';

const givenOut = new Set<number>();

export async function freePorts(count: number): Promise<readonly number[]> {
	const ports: number[] = [];
	const { lowest, count: among } = slice();
	for (let attempt = 0; attempt < ATTEMPTS_MAX && ports.length < count; attempt++) {
		const port = lowest + Math.floor(Math.random() * among);
		if (!givenOut.has(port) && (await canBind(port))) {
			givenOut.add(port);
			ports.push(port);
		}
	}
	if (ports.length < count) {
		throw new Error(`found only ${ports.length} of ${count} free ports from ${lowest} to ${lowest + among}`);
	}
	return ports;
}

export async function freePort(): Promise<number> {
	const [port] = await freePorts(1);
	return port as number;
}

function slice(): { readonly lowest: number; readonly count: number } {
	const [index = 0, slices = 1] = (process.env[PORT_SLICE] ?? '0/1').split('/').map(Number);
	const count = Math.floor((HIGHEST - LOWEST) / slices);
	return { lowest: LOWEST + index * count, count };
}

function canBind(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
	});
}
