import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Index } from '../../../src/base/brand.ts';
import { trackChild } from '../../support/cleanup.ts';
import { batch, openLmdbLog, point, texts } from '../../support/log-fixtures.ts';

const base = mkdtempSync(join(tmpdir(), 'quorate-log-'));
after(() => rmSync(base, { recursive: true, force: true }));

const LINES = 40;

test('log: lmdb: appended, cut, compacted and reset, it is the same after closing and opening', () => {
	const directory = join(base, 'same');
	const log = openLmdbLog(directory);
	log.append([batch({ first: 1, terms: [1, 1, 1, 1], commit: 2 })]);
	log.append([batch({ truncateFrom: 4, first: 4, terms: [2, 2], label: 'new ', commit: 3 })]);
	log.compact(2 as Index);
	assert.equal(log.sweep(10), false);
	log.close();

	const again = openLmdbLog(directory);
	assert.deepEqual([again.contents().before, again.contents().hardState.commit], [point(2, 1), 3]);
	assert.deepEqual(texts(again.read(3 as Index, 9 as Index, 1_000)), ['3@1', 'new 4@2', 'new 5@2']);
	again.append([batch({ resetTo: point(9, 2), term: 2, commit: 3 })]);
	again.close();

	const reset = openLmdbLog(directory);
	assert.deepEqual([reset.contents().before, reset.contents().last, reset.contents().hardState.commit], [point(9, 2), 9, 9]);
	reset.close();
});

test('log: lmdb: what append returned from is there after SIGKILL, again and again', async () => {
	const directory = join(base, 'killed');
	const script = fileURLToPath(new URL('../../support/append-to-log.ts', import.meta.url));
	for (let round = 0; round < 3; round++) {
		const child = spawn(process.execPath, ['--import', 'tsx', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
		trackChild(child);
		const ended = once(child, 'exit');
		let told = 0;
		let lines = 0;
		for await (const line of createInterface({ input: child.stdout })) {
			told = Number(line);
			lines++;
			if (lines === LINES) {
				child.kill('SIGKILL');
			}
		}
		await ended;
		const log = openLmdbLog(directory);
		const { last } = log.contents();
		log.close();
		assert.ok(lines >= LINES && last >= told, `told ${told} durable, found ${last}`);
	}
});
