/** README's figures are those of bench/results, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFigures } from '../../bench/figures/readme.ts';
import { readProject } from './source-tree.ts';

test('tidy: figures: README has those that npm run bench -- figures makes of bench/results', () => {
	const readme = readProject('README.md');
	assert.equal(readme, withFigures(readme, readProject));
});
