/** The offload pool with its real worker: a job is done off this thread, what goes wrong is a result, and exports come one after the other. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDaemonStore } from '../../../src/adapters/daemon-store.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { OTHER, SAME } from '../../../src/protocol/offload-jobs.ts';
import { OffloadPool } from '../../../src/runtime/offload.ts';
import { openBbolt } from '../../support/bbolt-memory.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';

const EXPORTS_MAX = 16;
const PASSWORDS_MAX = 64;
/** The least that bcrypt takes. */
const COST = 4;
const directory = makeTempDirectory('offload');
const pool = new OffloadPool();
const store = openDaemonStore(directory, true, { turn: { run: (work) => work() }, now: () => 0, logger: SILENT });

after(async () => {
	await pool.close();
	store.close();
	removeTempDirectory(directory);
});

function jobFor(file: string, isUnwanted = false) {
	const unwanted = new SharedArrayBuffer(4);
	Atomics.store(new Int32Array(unwanted), 0, isUnwanted ? 1 : 0);
	return { kind: 'export_snapshot', store: store.path, file: join(directory, file), unwanted } as const;
}

test('offload: an export is made on another thread, of a store that this one has open', async () => {
	assert.deepEqual(await pool.run(jobFor('a.db')), { ok: true, text: '' });
	assert.ok(openBbolt(fs.readFileSync(join(directory, 'a.db'))).bucketNames.includes('key'));
});

test('offload: a job that fails is a result that says why, and the next one is done', async () => {
	const { ok, ...rest } = await pool.run(jobFor('a.db'));
	assert.deepEqual([ok, /EEXIST/.test(JSON.stringify(rest))], [false, true]);
	assert.deepEqual(await pool.run(jobFor('b.db')), { ok: true, text: '' });
});

test('offload: what nobody wants is not done', async () => {
	assert.equal((await pool.run(jobFor('c.db', true))).ok, false);
	assert.equal(fs.existsSync(join(directory, 'c.db')), false);
});

test('offload: of many exports that are asked for at once, those beyond the bound are refused', async () => {
	const results = await Promise.all(Array.from({ length: EXPORTS_MAX + 2 }, (_, i) => pool.run(jobFor(`many-${i}.db`))));
	assert.deepEqual([results.filter(({ ok }) => ok).length, results.filter(({ ok }) => !ok).length], [EXPORTS_MAX, 2]);
});

test('offload: a password is hashed and compared, and a wrong one is another', async () => {
	const hashed = await pool.run({ kind: 'hash_password', password: 'pässword', cost: COST });
	const hash = hashed.ok ? hashed.text : '';
	assert.match(hash, /^\$2b\$04\$.{53}$/);
	const compare = (password: string) => pool.run({ kind: 'compare_password', password, hash });
	assert.deepEqual(await compare('pässword'), { ok: true, text: SAME });
	assert.deepEqual(await compare('passw'), { ok: true, text: OTHER });
});

test('offload: of many passwords at once, those beyond the bound are refused, and no answer holds one', async () => {
	const results = await Promise.all(
		Array.from({ length: PASSWORDS_MAX + 3 }, () => pool.run({ kind: 'hash_password', password: 's3cret', cost: COST })),
	);
	assert.equal(results.filter(({ ok }) => !ok).length, 3);
	assert.ok(!JSON.stringify(results).includes('s3cret'));
});
