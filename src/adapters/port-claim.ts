/**
 * Binds each client address once, alone, and lets it go. Lanes that accept with reusePort would otherwise share a port with another process
 * without a word: the kernel lets any process of the same user join.
 */
import { createServer } from 'node:net';
import { FatalError } from '../base/fatal.ts';

export async function claimPorts(option: string, urls: readonly string[]): Promise<void> {
	for (const url of urls) {
		const { hostname, port } = new URL(url);
		await claim(option, url, hostname.replace(/^\[|\]$/g, ''), Number(port));
	}
}

function claim(option: string, url: string, host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', (error: NodeJS.ErrnoException) => {
			reject(
				new FatalError(
					'listen_failed',
					`${option} ${url}: cannot listen (${error.code ?? error.message}): the address must be this machine's and free`,
				),
			);
		});
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
	});
}
