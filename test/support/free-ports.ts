/**
 * Ports that nobody listens on. They are taken from below the range of which the system gives out source ports (32768 and up): a member that
 * was killed must be able to bind its port again, though hundreds of client connections are made in between.
 */
import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS_MAX = 200;

const givenOut = new Set<number>();

export async function freePorts(count: number): Promise<readonly number[]> {
	const ports: number[] = [];
	for (let attempt = 0; attempt < ATTEMPTS_MAX && ports.length < count; attempt++) {
		const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
		if (!givenOut.has(port) && (await canBind(port))) {
			givenOut.add(port);
			ports.push(port);
		}
	}
	if (ports.length < count) {
		throw new Error(`found only ${ports.length} of ${count} free ports from ${LOWEST} to ${HIGHEST}`);
	}
	return ports;
}

export async function freePort(): Promise<number> {
	const [port] = await freePorts(1);
	return port as number;
}

function canBind(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
	});
}
