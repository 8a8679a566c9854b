import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDataDirectory } from '../../../src/adapters/data-directory.ts';
import { type LockKind, lockDirectory } from '../../../src/adapters/directory-lock.ts';
import type { MemberIdentity } from '../../../src/adapters/member-identity.ts';

const base = mkdtempSync(join(tmpdir(), 'quorate-dir-'));
const children: ChildProcess[] = [];
let made = 0;

after(() => {
	for (const child of children) {
		child.kill('SIGKILL');
	}
	rmSync(base, { recursive: true, force: true });
});

const KINDS: readonly LockKind[] = process.platform === 'linux' ? ['abstract', 'file'] : ['file'];
const identity: MemberIdentity = { memberId: '8211f1d0f64f3269', clusterId: 'ef37ad9dc622a7c4', name: 'm1', initialClusterToken: 'tok', slot: 1 };

function freshPath(): string {
	return join(base, `d${++made}`);
}

function open(path: string, parts: { name?: string; initialClusterToken?: string; lockKind?: LockKind } = {}) {
	return openDataDirectory({ path, name: 'm1', initialClusterToken: 'tok', ...parts });
}

async function found(path: string): Promise<void> {
	const directory = await open(path);
	directory.writeIdentity(identity);
	await directory.close();
}

/** Another process that holds the directory; ended by the test or at the end of the file. */
async function holdElsewhere(path: string, lockKind: LockKind): Promise<ChildProcess> {
	const script = fileURLToPath(new URL('../../support/hold-data-directory.ts', import.meta.url));
	const child = spawn(process.execPath, ['--import', 'tsx', script, path, 'holder', lockKind], { stdio: ['ignore', 'pipe', 'inherit'] });
	children.push(child);
	await once(child.stdout, 'data');
	return child;
}

async function kill(child: ChildProcess): Promise<void> {
	const ended = once(child, 'exit');
	child.kill('SIGKILL');
	await ended;
}

test('data directory: first boot: it is made, private and without an identity', async () => {
	const path = join(freshPath(), 'deep', 'er');
	const directory = await open(path);
	assert.deepEqual([directory.path, directory.isNew, directory.identity], [path, true, null]);
	assert.equal(statSync(path).mode & 0o777, 0o700);
	await directory.close();
});

test('data directory: later boots: the identity is there', async () => {
	const path = freshPath();
	await found(path);
	const directory = await open(path);
	assert.deepEqual([directory.isNew, directory.identity], [false, identity]);
	await directory.close();
});

test('data directory: identity: it is written once', async () => {
	const path = freshPath();
	await found(path);
	const directory = await open(path);
	assert.throws(() => directory.writeIdentity(identity), { name: 'AssertionError' });
	await directory.close();
});

test('data directory: first boot: what one that was cut short has left is cleared away', async () => {
	const path = freshPath();
	mkdirSync(path);
	writeFileSync(join(path, 'member.json.77-1.tmp'), '{');
	const directory = await open(path);
	assert.deepEqual([directory.isNew, readdirSync(path)], [true, []]);
	await directory.close();
});

test('data directory: mode: one that is open to others is made private', async () => {
	const path = freshPath();
	mkdirSync(path);
	chmodSync(path, 0o755);
	const directory = await open(path);
	assert.equal(statSync(path).mode & 0o777, 0o700);
	await directory.close();
});

test('data directory: another member: it is refused by the name of the option, and nothing in it changes', async () => {
	const path = freshPath();
	await found(path);
	chmodSync(path, 0o755);
	const before = readFileSync(join(path, 'member.json'));
	await assert.rejects(open(path, { name: 'm2' }), { reason: 'data_dir_foreign', message: /--data-dir=.*--name=m2.*"m1"/ });
	assert.deepEqual([readdirSync(path), readFileSync(join(path, 'member.json')), statSync(path).mode & 0o777], [['member.json'], before, 0o755]);
});

test('data directory: another member: after the refusal the right one may open it', async () => {
	const path = freshPath();
	await found(path);
	await assert.rejects(open(path, { initialClusterToken: 'other' }), { reason: 'data_dir_foreign' });
	await (await open(path)).close();
});

test('data directory: foreign files: a directory of something else is refused, and is named', async () => {
	const path = freshPath();
	mkdirSync(path);
	writeFileSync(join(path, 'thesis.tex'), 'x');
	await assert.rejects(open(path), { reason: 'data_dir_unusable', message: /--data-dir=.*thesis\.tex/ });
	assert.deepEqual(readdirSync(path), ['thesis.tex']);
});

test("data directory: foreign files: etcd's own data is refused as such", async () => {
	const path = freshPath();
	mkdirSync(join(path, 'member', 'wal'), { recursive: true });
	await assert.rejects(open(path), { reason: 'data_dir_unusable', message: /etcd's data directories/ });
});

test('data directory: identity: a damaged one is refused', async () => {
	const path = freshPath();
	await found(path);
	writeFileSync(join(path, 'member.json'), '{"format":1}');
	await assert.rejects(open(path), { reason: 'data_dir_unusable', message: /member\.json/ });
});

test('data directory: path: a file is refused', async () => {
	const path = freshPath();
	writeFileSync(path, 'x');
	await assert.rejects(open(path), { reason: 'data_dir_unusable', message: /--data-dir=.*must be a directory/ });
});

test('data directory: path: one that cannot be made is refused', async () => {
	const file = freshPath();
	writeFileSync(file, 'x');
	await assert.rejects(open(join(file, 'below')), { reason: 'data_dir_unusable', message: /--data-dir=.*below/ });
});

if (process.platform === 'linux') {
	test('data directory: path: where nothing can be made, as in /proc, it is refused and not tried for ever', async () => {
		await assert.rejects(open('/proc/quorate/m1'), { reason: 'data_dir_unusable', message: /--data-dir=\/proc\/quorate\/m1: .*ENOENT/ });
	});
}

for (const lockKind of KINDS) {
	test(`data directory: ${lockKind} lock: a second opening in the same process is refused`, async () => {
		const path = freshPath();
		const directory = await open(path, { lockKind });
		await assert.rejects(open(path, { lockKind }), {
			reason: 'data_dir_busy',
			message: new RegExp(`--data-dir=.*process ${process.pid}, member "m1"`),
		});
		await directory.close();
		await (await open(path, { lockKind })).close();
	});

	test(`data directory: ${lockKind} lock: another process is refused while the holder lives, and told who it is`, async () => {
		const path = freshPath();
		const child = await holdElsewhere(path, lockKind);
		await assert.rejects(open(path, { lockKind }), { reason: 'data_dir_busy', message: new RegExp(`process ${child.pid}, member "holder"`) });
		await kill(child);
	});

	test(`data directory: ${lockKind} lock: a holder that was killed holds nothing`, async () => {
		const path = freshPath();
		await kill(await holdElsewhere(path, lockKind));
		await (await open(path, { lockKind })).close();
	});

	test(`data directory: ${lockKind} lock: a holder that is stopped still holds it`, async () => {
		const path = freshPath();
		const child = await holdElsewhere(path, lockKind);
		child.kill('SIGSTOP');
		await assert.rejects(open(path, { lockKind }), { reason: 'data_dir_busy', message: /does not say who it is/ });
		await kill(child);
	});

	test(`data directory: ${lockKind} lock: of many that come at once one gets it`, async () => {
		const path = freshPath();
		const results = await Promise.allSettled(Array.from({ length: 8 }, () => open(path, { lockKind })));
		assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
		for (const result of results) {
			if (result.status === 'fulfilled') {
				await result.value.close();
			}
		}
	});

	test(`data directory: ${lockKind} lock: another path to the same directory is the same directory`, async () => {
		const path = freshPath();
		const directory = await open(path, { lockKind });
		const link = freshPath();
		symlinkSync(path, link);
		await assert.rejects(open(link, { lockKind }), { reason: 'data_dir_busy' });
		await directory.close();
	});
}

test('data directory: lock: whoever asks the holder is told its pid and name in a line', async () => {
	const path = freshPath();
	mkdirSync(path);
	const taken = await lockDirectory(path, { pid: 17, name: 'first' }, 'file');
	assert.deepEqual(await lockDirectory(path, { pid: 18, name: 'second' }, 'file'), { lock: null, holder: { pid: 17, name: 'first' } });
	await taken.lock?.release();
});

test('data directory: lock: a holder that talks nonsense holds it all the same', async () => {
	const path = freshPath();
	mkdirSync(path);
	const server = createServer((socket) => socket.end('nonsense\n')).listen(join(path, 'lock.sock'));
	await once(server, 'listening');
	assert.deepEqual(await lockDirectory(path, { pid: 18, name: 'second' }, 'file'), { lock: null, holder: null });
	server.close();
});

test('data directory: lock: a socket file whose path would be too long is refused by the rule', async () => {
	const path = join(base, 'x'.repeat(120));
	await assert.rejects(open(path, { lockKind: 'file' }), { reason: 'data_dir_unusable', message: /at most 103 bytes/ });
	assert.equal(existsSync(join(path, 'lock.sock')), false);
});
