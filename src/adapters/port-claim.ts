/**
 * Binds every address that this member will serve once, alone, and lets them go: a port that is taken is told before the data directory is
 * touched. And lanes that accept with reusePort would else share a port with another process without a word: the kernel lets any process of the
 * same user join.
 */
import { createServer } from 'node:net';
import { bindUrls } from './bind-url.ts';

export interface PortClaim {
	readonly option: string;
	readonly urls: readonly string[];
}

/**
 * shared: other processes may listen there too (--socket-reuse-port). All are held until the last is bound, so that two options that name one
 * port are found out too. A client that comes meanwhile is sent away: a server closes only when its last connection has.
 */
export async function claimPorts(shared: boolean, claims: readonly PortClaim[]): Promise<void> {
	const held = [];
	try {
		for (const claim of claims) {
			held.push(...(await bindUrls({ ...claim, reusePort: shared }, () => createServer((socket) => socket.destroy()))));
		}
	} finally {
		await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
	}
}
