/** One byte flipped in the files of a member that was stopped in order: FLIPS (default 12) and SEED by environment. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, it } from 'node:test';
import { SeededRandom } from '../../src/base/random.ts';
import { makeTempDirectory, removeTempDirectory } from '../support/cleanup.ts';
import { chooseFlip, filesOf, makePristine, type Outcome, tryFlip } from './byte-flips.ts';

const flips = Number(process.env['FLIPS'] ?? 12);
const seed = Number(process.env['SEED'] ?? 1);
const base = makeTempDirectory('byte-flips');
after(() => removeTempDirectory(base));

it(`storage: byte flips: ${flips} of them, in each file in turn, are refused at the start or harm nothing`, async () => {
	const random = new SeededRandom(seed);
	const pristine = await makePristine(path.join(base, 'pristine'));
	const files = filesOf(pristine.directory);
	const seen = new Map<string, number>();
	const wrong: string[] = [];
	for (let i = 0; i < flips; i++) {
		const flip = chooseFlip(pristine.directory, files[i % files.length] as string, random);
		const outcome: Outcome = await tryFlip(pristine, flip);
		const what = `${flip.file} ${outcome.startsWith('wrong') ? 'wrong' : outcome}`;
		seen.set(what, (seen.get(what) ?? 0) + 1);
		if (outcome.startsWith('wrong')) {
			wrong.push(`byte ${flip.at}, bit ${flip.bit} of ${flip.file}: ${outcome}`);
			console.log(wrong.at(-1));
		}
	}
	pristine.member.client.close();
	console.log(
		`figure: seed ${seed}: ${[...seen]
			.sort()
			.map(([what, count]) => `${what} ${count}`)
			.join(', ')}`,
	);
	assert.deepEqual(wrong, []);
	assert.ok(
		[...seen.keys()].some((what) => what.endsWith('refused')),
		'some flip was in use',
	);
});
