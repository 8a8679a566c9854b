/** Processes that append to a log with a journal on real files, each killed soon after it is ready: KILLS (default 20) and SEED by environment. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../../src/base/random.ts';
import { startScript } from '../support/child-process.ts';
import { makeTempDirectory, removeTempDirectory, trackChild } from '../support/cleanup.ts';

const script = fileURLToPath(new URL('./journal-kill.ts', import.meta.url));
const kills = Number(process.env['KILLS'] ?? 20);
const seed = Number(process.env['SEED'] ?? 1);

const base = makeTempDirectory('journal-kill');
after(() => removeTempDirectory(base));

it(`journal: kills: ${kills} in a row; every life finds each entry that the one before said was committed and durable`, async (t) => {
	const random = new SeededRandom(seed);
	let committed = 0;
	for (let life = 0; life <= kills; life++) {
		const child = startScript(script, [base, String(seed + life)]);
		trackChild(child.process);
		// Rejects if the child finds an entry that is not what was appended, or cannot open the log at all.
		await child.saying(/^ready \d+\n\d+\n/m);
		await delay(random.below(150));
		child.process.kill('SIGKILL');
		const { said } = await child.ended;
		const found = Number(/^ready (\d+)$/m.exec(said)?.[1]);
		assert.ok(found >= committed, `life ${life} found ${found} after ${committed} was committed`);
		// The last line may be cut by the kill.
		committed = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
	}
	t.diagnostic(`${committed} entries committed`);
	assert.ok(committed > kills, `${committed} entries`);
});
