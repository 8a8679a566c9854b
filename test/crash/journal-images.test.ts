/** The journal after kills and power cuts, as crash images: LIVES (default 400) and SEED by environment. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ALL_JOURNAL_RULES } from '../../src/log/journal/journal-rules.ts';
import { runLives } from './journal-images.ts';

const lives = Number(process.env['LIVES'] ?? 400);
const seed = Number(process.env['SEED'] ?? 1);

it(`journal: crash images: ${lives} lives in a row, each ended between two changes of the disk, hold what was said to be durable`, (t) => {
	const { wrong, ...counts } = runLives(seed, lives, ALL_JOURNAL_RULES);
	t.diagnostic(JSON.stringify(counts));
	assert.deepEqual(wrong, []);
});

it('journal: crash images: the lives meet folds, and turns that were cut short', () => {
	const { folds, records, turnsLost } = runLives(seed, lives, ALL_JOURNAL_RULES);
	assert.ok(folds > lives && records > lives && turnsLost > lives / 20, `${folds} writes of the engine, ${records} records, ${turnsLost} turns cut`);
});

for (const rule of ['flushEachRecord', 'reuseFoldedOnly', 'secureTail'] as const) {
	it(`journal: crash images: control ${rule}: that rule broken is seen`, () => {
		const { wrong } = runLives(1, 400, { ...ALL_JOURNAL_RULES, [rule]: false });
		assert.ok(wrong.length > 0);
	});
}
