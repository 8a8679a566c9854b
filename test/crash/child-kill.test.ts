/** Processes that write and checkpoint, each killed within 100 ms of its readiness: KILLS (default 10) and SEED by environment. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../../src/base/random.ts';
import { startScript } from '../support/child-process.ts';
import { temporaryDirectory } from '../support/store-fixture.ts';

const script = fileURLToPath(new URL('./child-kill.ts', import.meta.url));
const kills = Number(process.env['KILLS'] ?? 10);
const seed = Number(process.env['SEED'] ?? 1);

const base = temporaryDirectory();
after(() => fs.rmSync(base, { recursive: true, force: true }));

it(`store: kills: ${kills} in a row within 100 ms of ready, each followed by exactly a checkpointed state`, async () => {
	const random = new SeededRandom(seed);
	const opened: number[] = [];
	for (let life = 0; life <= kills; life++) {
		const child = startScript(script, [base, String(seed + life)]);
		// Rejects if the child finds a state that nobody checkpointed, or cannot open the store at all.
		await child.saying(/^ready \d+$/m);
		await delay(random.below(100));
		child.process.kill('SIGKILL');
		const ended = await child.ended;
		assert.deepEqual([ended.signal, ended.said.split('\n').length], ['SIGKILL', 2], ended.said);
		opened.push(Number(/\d+/.exec(ended.said)?.[0]));
	}
	const ascending = opened.toSorted((a, b) => a - b);
	assert.deepEqual(opened, ascending);
	assert.ok((opened.at(-1) ?? 0) > 0, `no process ever reached a checkpoint: ${opened.join(' ')}`);
});
