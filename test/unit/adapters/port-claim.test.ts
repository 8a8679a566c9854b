import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimPorts } from '../../../src/adapters/port-claim.ts';
import { makeTempDirectory } from '../../support/cleanup.ts';
import { freePort } from '../../support/free-ports.ts';

const SOCKETS = 30;

test('adapters: port claim: a client that connects while the ports are held, and stays, does not keep the member from starting', async (t) => {
	const port = await freePort();
	// Those that a killed process left take a while each: they are asked first whether somebody is there.
	const directory = makeTempDirectory('claim');
	const paths = Array.from({ length: SOCKETS }, (_, i) => join(directory, `${i}.sock`));
	leaveBehind(paths);
	const knocks = knockAt(port);
	t.after(() => knocks.end());
	await claimPorts(false, [
		{ option: '--listen-client-urls', urls: [`http://127.0.0.1:${port}`] },
		{ option: '--listen-peer-urls', urls: paths.map((path) => `unix://${path}`) },
	]);
	assert.ok(knocks.connected > 0, 'a client came while the ports were held');
});

/** The files of sockets on which nobody answers. */
function leaveBehind(paths: readonly string[]): void {
	const script = `
		let waiting = ${paths.length};
		for (const path of ${JSON.stringify(paths)}) {
			require('node:net').createServer().listen(path, () => --waiting === 0 && process.kill(process.pid, 'SIGKILL'));
		}`;
	assert.equal(spawnSync(process.execPath, ['-e', script]).signal, 'SIGKILL');
}

/** Connects again and again until one is let in, which then stays. */
function knockAt(port: number): { readonly connected: number; end(): void } {
	let connected = 0;
	let isOver = false;
	let socket: Socket | null = null;
	const knock = async (): Promise<void> => {
		while (!isOver && connected === 0) {
			socket = connect({ host: '127.0.0.1', port });
			socket.on('error', () => undefined);
			await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
			connected += socket.connecting || socket.destroyed ? 0 : 1;
		}
	};
	void knock();
	return {
		get connected() {
			return connected;
		},
		end() {
			isOver = true;
			socket?.destroy();
		},
	};
}
