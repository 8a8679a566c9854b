/**
 * What a person may get wrong at the start, on real processes: one line that names the option, the value and the rule, the documented exit code
 * (README, Exit codes), and the data untouched.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EXIT_CODES, type FatalReason } from '../../src/base/fatal.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { digestDirectory } from '../support/directory-digest.ts';
import { freePort } from '../support/free-ports.ts';
import { quorateCommand, startMember } from '../support/member.ts';
import { run } from '../support/run.ts';

let base = '';
before(() => {
	base = makeTempDirectory('bad-input');
});
after(() => removeTempDirectory(base));

/** Flags that are good, with ports of their own, and a data directory that is not there yet. */
async function goodFlags(): Promise<Record<string, string>> {
	const client = `http://127.0.0.1:${await freePort()}`;
	const peer = `http://127.0.0.1:${await freePort()}`;
	return {
		name: 'm1',
		'data-dir': join(base, 'data'),
		'listen-client-urls': client,
		'advertise-client-urls': client,
		'listen-peer-urls': peer,
		'initial-advertise-peer-urls': peer,
		'initial-cluster': `m1=${peer}`,
	};
}

/** Starts it with these flags over good ones; it must end with the reason's code and one line, which is returned. */
async function refuse(reason: FatalReason, flags: Readonly<Record<string, string>>): Promise<string> {
	const all = Object.entries({ ...(await goodFlags()), ...flags }).map(([name, value]) => `--${name}=${value}`);
	const { command, args } = quorateCommand(all);
	const { code, stdout, stderr } = await run(command, args, { cwd: base });
	assert.deepEqual([code, stdout, stderr.split('\n').length - 1], [EXIT_CODES[reason], '', 1], stderr);
	return stderr;
}

/** A directory with the data of a member m1 that was stopped. */
async function usedDirectory(): Promise<string> {
	const member = await startMember();
	await member.client.put('k', 'v');
	member.client.close();
	await member.stop();
	return member.dataDir;
}

async function withListener(host: string, work: (port: number) => Promise<void>): Promise<void> {
	const server: Server = createServer();
	await new Promise<void>((resolve) => {
		server.listen({ host, port: 0, exclusive: true }, () => resolve());
	});
	const address = server.address();
	assert.ok(typeof address === 'object' && address !== null);
	try {
		await work(address.port);
	} finally {
		server.close();
	}
}

const REFUSED_FLAGS: readonly (readonly [string, FatalReason, Readonly<Record<string, string>>, RegExp])[] = [
	['an unknown flag', 'bad_flag', { 'snapshot-cuont': '5' }, /unknown flag --snapshot-cuont: see/],
	['a malformed URL', 'bad_config', { 'listen-peer-urls': 'localhost:2380' }, /--listen-peer-urls: "localhost:2380" must be a URL of the form/],
	[
		'a URL with a path',
		'bad_config',
		{ 'listen-client-urls': 'http://127.0.0.1:1/x' },
		/--listen-client-urls: "http:\/\/127.0.0.1:1\/x" must be a URL/,
	],
	['a number out of range', 'bad_config', { 'snapshot-count': '0' }, /--snapshot-count: "0" must be a whole number from 1 to/],
	['a number that is none', 'bad_config', { 'api-lanes': 'four' }, /--api-lanes: "four" must be a whole number/],
	['a choice that is none', 'bad_config', { 'log-level': 'loud' }, /--log-level: "loud" must be one of debug, /],
	[
		'an address of another machine',
		'listen_failed',
		{ 'listen-peer-urls': 'http://192.0.2.1:2380' },
		/--listen-peer-urls: "http:\/\/192.0.2.1:2380" cannot/,
	],
	['a missing configuration file', 'bad_config', { 'config-file': 'none.yml' }, /--config-file: "none.yml" cannot be read: ENOENT/],
];

for (const [what, reason, flags, line] of REFUSED_FLAGS) {
	test(`cluster: bad input: ${what} is refused by option, value and rule, and no data directory is made`, async () => {
		assert.match(await refuse(reason, flags), line);
		assert.deepEqual(readdirSync(base), []);
	});
}

for (const option of ['listen-client-urls', 'listen-peer-urls']) {
	test(`cluster: bad input: a port in use in --${option} is refused, and no data directory is made`, async () => {
		await withListener('127.0.0.1', async (port) => {
			const url = `http://127.0.0.1:${port}`;
			assert.match(
				await refuse('listen_failed', { [option]: url }),
				new RegExp(`--${option}: "${url}" cannot be bound \\(EADDRINUSE .*must be.*free`),
			);
		});
		assert.deepEqual(readdirSync(base), []);
	});

	test(`cluster: bad input: a port in use in --${option} leaves the data of an earlier boot as it is`, async () => {
		const dataDir = await usedDirectory();
		const earlier = digestDirectory(dataDir);
		await withListener('127.0.0.1', async (port) => {
			await refuse('listen_failed', { [option]: `http://127.0.0.1:${port}`, 'data-dir': dataDir });
		});
		assert.equal(digestDirectory(dataDir), earlier);
	});
}

test('cluster: bad input: localhost is both loopback addresses, and one in use is enough to be refused', async () => {
	await withListener('::1', async (port) => {
		const line = await refuse('listen_failed', { 'listen-client-urls': `http://localhost:${port}` });
		assert.match(line, /EADDRINUSE at ::1 port/);
	});
});

test('cluster: bad input: one port for clients and peers is refused', async () => {
	const port = await freePort();
	const line = await refuse('listen_failed', { 'listen-client-urls': `http://127.0.0.1:${port}`, 'listen-peer-urls': `http://0.0.0.0:${port}` });
	assert.match(line, /--listen-peer-urls: "http:\/\/0.0.0.0/);
});

test('cluster: bad input: a data directory of another member is refused, and is as it was', async () => {
	const dataDir = await usedDirectory();
	const earlier = digestDirectory(dataDir);
	const { 'listen-peer-urls': peer } = await goodFlags();
	const flags = { name: 'm2', 'initial-cluster': `m2=${peer}`, 'initial-advertise-peer-urls': `${peer}`, 'data-dir': dataDir };
	assert.match(await refuse('data_dir_foreign', flags), /--data-dir=.*: --name=m2: the data directory belongs to the member "m1"/);
	assert.equal(digestDirectory(dataDir), earlier);
});

test('cluster: bad input: a data directory that is open in another process is refused, and its holder is named and goes on', async () => {
	const holder = await startMember();
	const line = await refuse('data_dir_busy', { 'data-dir': holder.dataDir });
	assert.match(line, /--data-dir=.*: it is open in process \d+, member "m1"; one process at a time/);
	await holder.client.put('k', 'v');
	holder.client.close();
	await holder.kill();
});

test('cluster: bad input: a data directory that is open in another process is as it was', async () => {
	const holder = await startMember();
	holder.client.close();
	holder.pause();
	const earlier = digestDirectory(holder.dataDir);
	await refuse('data_dir_busy', { 'data-dir': holder.dataDir });
	assert.equal(digestDirectory(holder.dataDir), earlier);
	await holder.kill();
});

test('cluster: bad input: a data directory that is a file is refused', async () => {
	const file = join(makeTempDirectory('bad-input-file'), 'file');
	writeFileSync(file, 'x');
	assert.match(await refuse('data_dir_unusable', { 'data-dir': file }), /--data-dir=.*file: it must be a directory/);
});

test("cluster: bad input: a data directory with something else in it is refused, etcd's by name", async () => {
	const directory = makeTempDirectory('bad-input-etcd');
	mkdirSync(join(directory, 'member', 'wal'), { recursive: true });
	const earlier = digestDirectory(directory);
	assert.match(await refuse('data_dir_unusable', { 'data-dir': directory }), /must be empty or hold .*, and holds member; .*etcd's/);
	assert.equal(digestDirectory(directory), earlier);
});

test('cluster: bad input: an identity that was edited is refused, and is as it was', async () => {
	const dataDir = await usedDirectory();
	writeFileSync(join(dataDir, 'member.json'), '{}\n');
	const earlier = digestDirectory(dataDir);
	assert.match(await refuse('data_dir_unusable', { 'data-dir': dataDir }), /--data-dir=.*: member\.json: it must hold/);
	assert.equal(digestDirectory(dataDir), earlier);
});

test('cluster: bad input: a store that has lost its checkpoint ends the member with one last line and no stack', async () => {
	const dataDir = await usedDirectory();
	rmSync(join(dataDir, 'store', 'CURRENT'));
	const flags = Object.entries({ ...(await goodFlags()), 'data-dir': dataDir }).map(([name, value]) => `--${name}=${value}`);
	const { command, args } = quorateCommand(flags);
	const { code, stderr } = await run(command, args);
	const fatal = stderr.split('\n').filter((line) => !line.includes('"level":"info"') && line !== '');
	assert.deepEqual([code, fatal.length], [EXIT_CODES.store_damaged, 1], stderr);
	const { level, caller, reason, exitCode, stack, msg } = JSON.parse(fatal[0] ?? '');
	// The thread by its actors, of which the store is one or all.
	assert.match(caller, /\bstore\/0\b/);
	assert.deepEqual([level, reason, exitCode, stack], ['fatal', 'store_damaged', EXIT_CODES.store_damaged, undefined]);
	assert.match(msg, /CURRENT.*rebuild this member from its peers/);
});
