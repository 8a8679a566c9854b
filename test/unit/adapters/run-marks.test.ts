import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { beginRun, clearSweepOwed, markCleanStop, markSweepOwed } from '../../../src/adapters/run-marks.ts';
import { makeTempDirectory, removeTempDirectory } from '../../support/cleanup.ts';

let directory = '';
beforeEach(() => {
	directory = makeTempDirectory('run-marks');
});
afterEach(() => removeTempDirectory(directory));

it('run marks: a run after a stop in order knows it, and the next one does not', () => {
	markCleanStop(directory);
	const first = beginRun(directory);
	assert.deepEqual([first.endedClean, beginRun(directory).endedClean], [true, false]);
});

it('run marks: an owed sweep is owed until it is cleared, over clean stops too', () => {
	markSweepOwed(directory);
	markCleanStop(directory);
	const owed = beginRun(directory);
	clearSweepOwed(directory);
	assert.deepEqual([owed.owesSweep, beginRun(directory).owesSweep], [true, false]);
});
