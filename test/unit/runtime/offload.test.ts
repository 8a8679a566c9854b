/** The offload pool with its real worker: a job is done off this thread, what goes wrong is a result, and exports come one after the other. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDaemonStore } from '../../../src/adapters/daemon-store.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { OffloadPool } from '../../../src/runtime/offload.ts';
import { openBbolt } from '../../support/bbolt-memory.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';

const EXPORTS_MAX = 16;
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
	assert.deepEqual(await pool.run(jobFor('a.db')), { ok: true });
	assert.ok(openBbolt(fs.readFileSync(join(directory, 'a.db'))).bucketNames.includes('key'));
});

test('offload: a job that fails is a result that says why, and the next one is done', async () => {
	const { ok, ...rest } = await pool.run(jobFor('a.db'));
	assert.deepEqual([ok, /EEXIST/.test(JSON.stringify(rest))], [false, true]);
	assert.deepEqual(await pool.run(jobFor('b.db')), { ok: true });
});

test('offload: what nobody wants is not done', async () => {
	assert.equal((await pool.run(jobFor('c.db', true))).ok, false);
	assert.equal(fs.existsSync(join(directory, 'c.db')), false);
});

test('offload: of many exports that are asked for at once, those beyond the bound are refused', async () => {
	const results = await Promise.all(Array.from({ length: EXPORTS_MAX + 2 }, (_, i) => pool.run(jobFor(`many-${i}.db`))));
	assert.deepEqual([results.filter(({ ok }) => ok).length, results.filter(({ ok }) => !ok).length], [EXPORTS_MAX, 2]);
});
