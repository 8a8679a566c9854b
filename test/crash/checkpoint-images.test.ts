/** The store's files after a power cut, as crash images: ROUNDS (default 10, of four images each) and SEED by environment. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Ended, startScript } from '../support/child-process.ts';
import { temporaryDirectory } from '../support/store-fixture.ts';

const script = fileURLToPath(new URL('./checkpoint-images.ts', import.meta.url));
const rounds = Number(process.env['ROUNDS'] ?? 10);
const seed = process.env['SEED'] ?? '1';
const images = rounds * 4;

// The images of a process that a signal ends stay behind: they go with this directory.
const base = temporaryDirectory();
after(() => fs.rmSync(base, { recursive: true, force: true }));

function run(...args: readonly string[]): Promise<Ended> {
	return startScript(script, args, { TMPDIR: base }).ended;
}

it('store: crash images: every one is recovered to exactly the checkpoint, and so is the next crash', async () => {
	const ended = await run(seed, String(rounds));
	assert.equal(ended.said.trim(), `${images} of ${images} crash images recovered exactly`);
	assert.deepEqual([ended.code, ended.signal], [0, null]);
});

for (const control of ['no_pin', 'no_opening_pin', 'no_meta_page']) {
	it(`store: crash images: control ${control}: that rule broken is seen`, async () => {
		const ended = await run('1', '10', control);
		// The state differs, or the walk before LMDB finds the destroyed file, or LMDB meets it: it throws, aborts or is ended by a signal.
		const isSeen = ended.signal !== null || /not the checkpoint|FatalError: (lmdb|store)|Assertion .* failed/.test(ended.said);
		assert.ok(isSeen && ended.code !== 0, `${ended.code} ${ended.said}`);
	});
}
