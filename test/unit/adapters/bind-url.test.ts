/** Unix sockets as listen URLs: a file that nobody answers on is in nobody's way, and one that is in use is left alone. TCP is in client-port.test.ts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { bindUrl, bindUrls, boundUrl } from '../../../src/adapters/bind-url.ts';
import { FatalError } from '../../../src/base/fatal.ts';
import { makeTempDirectory } from '../../support/cleanup.ts';

const OPTION = { option: '--listen-client-urls', reusePort: true };

function isRefused(error: unknown): true {
	assert.ok(error instanceof FatalError && error.reason === 'listen_failed');
	assert.match(error.message, /^--listen-client-urls: "unix:\/\/.*" cannot be bound \(EADDRINUSE at /);
	return true;
}

test('adapters: bind: a unix socket is bound, for its owner alone, and is gone when it is closed', async () => {
	const path = join(makeTempDirectory('bind'), 'a.sock');
	const [server] = await bindUrl({ ...OPTION, url: `unixs://${path}` }, () => createServer());
	assert.ok(server !== undefined);
	assert.equal(boundUrl(server, `unixs://${path}`), `unixs://${path}`);
	assert.equal(statSync(path).mode & 0o022, 0);
	server.close();
	await once(server, 'close');
	assert.equal(existsSync(path), false);
});

test('adapters: bind: a socket that a killed process has left is taken over', async () => {
	const path = join(makeTempDirectory('bind'), 'a.sock');
	const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
	await once(spawn(process.execPath, ['-e', script]), 'exit');
	assert.ok(existsSync(path));
	const [server] = await bindUrl({ ...OPTION, url: `unix://${path}` }, () => createServer());
	assert.equal(server?.listening, true);
	server?.close();
});

test('adapters: bind: a socket that is in use is refused, and so is a file that is none, and nothing is left listening', async () => {
	const directory = makeTempDirectory('bind');
	const [used, file] = [join(directory, 'used.sock'), join(directory, 'file')];
	const [holder] = await bindUrl({ ...OPTION, url: `unix://${used}` }, () => createServer());
	await assert.rejects(
		bindUrl({ ...OPTION, url: `unix://${used}` }, () => createServer()),
		isRefused,
	);
	writeFileSync(file, 'kept');
	const made = [createServer(), createServer()];
	let next = 0;
	const urls = [`unix://${join(directory, 'b.sock')}`, `unix://${file}`];
	await assert.rejects(
		bindUrls({ ...OPTION, urls }, () => made[next++] ?? createServer()),
		isRefused,
	);
	assert.deepEqual([existsSync(file), made[0]?.listening, holder?.listening], [true, false, true]);
	holder?.close();
});
