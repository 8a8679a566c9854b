/** The journal after kills and power cuts, as crash images: LIVES (default 400) and SEED by environment. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ALL_JOURNAL_RULES } from '../../src/log/journal/journal-rules.ts';
import { runLives } from './journal-images.ts';

const lives = Number(process.env['LIVES'] ?? 400);
const seed = Number(process.env['SEED'] ?? 1);
/** Several tests look at it. */
const outcome = runLives(seed, lives, ALL_JOURNAL_RULES);

it(`journal: crash images: ${lives} lives in a row, each ended between two changes of the disk, hold what was said to be durable`, (t) => {
	const { wrong, ...counts } = outcome;
	t.diagnostic(JSON.stringify(counts));
	assert.deepEqual(wrong, []);
});

it('journal: crash images: the lives meet folds, and turns that were cut short', () => {
	const { folds, records, turnsLost } = outcome;
	assert.ok(folds > lives && records > lives && turnsLost > lives / 20, `${folds} writes of the engine, ${records} records, ${turnsLost} turns cut`);
});

it('journal: crash images: lives end under a flush off the thread, and find its turn or not', () => {
	const { flushes, kept, lost } = outcome.late;
	assert.ok(flushes > lives && kept > lives / 50 && lost > lives / 50, `${flushes} flushes, ${kept} turns kept, ${lost} lost`);
});

it('journal: crash images: control: words before a flush off the thread is done are seen', () => {
	assert.ok(runLives(1, 400, ALL_JOURNAL_RULES, true).wrong.length > 0);
});

it('journal: crash images: a bit flipped after a stop in order is refused, or does no harm', () => {
	const { flips } = outcome;
	assert.ok(flips.refused > 5 && flips.harmless > 5, JSON.stringify(flips));
});

for (const rule of ['flushEachRecord', 'reuseFoldedOnly', 'secureTail'] as const) {
	it(`journal: crash images: control ${rule}: that rule broken is seen`, () => {
		const { wrong } = runLives(1, 400, { ...ALL_JOURNAL_RULES, [rule]: false });
		assert.ok(wrong.length > 0);
	});
}
