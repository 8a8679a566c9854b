import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foreignOptionNames } from '../../../src/config/foreign-options.ts';
import { helpText } from '../../../src/config/help.ts';
import { environmentName, isOptionName, OPTION_NAMES, optionSpec } from '../../../src/config/options.ts';

test('config: help: every option and variable is there, within 100 columns', () => {
	const text = helpText();
	for (const name of OPTION_NAMES) {
		assert.match(text, new RegExp(`^  --${name}\\b`, 'm'));
		assert.equal(text.includes(`[${environmentName(name)}]`), optionSpec(name).flagOnly !== true, name);
	}
	assert.deepEqual(
		text.split('\n').filter((line) => line.length > 100),
		[],
	);
});

test('config: table: every default keeps its own range', () => {
	for (const name of OPTION_NAMES) {
		const spec = optionSpec(name);
		assert.ok(spec.type !== 'integer' || (spec.min <= spec.default && spec.default <= spec.max), name);
		assert.ok(spec.type !== 'choice' || spec.choices.includes(spec.default), name);
	}
});

test("config: table: no option is both quorate's and foreign, and no foreign one is listed twice", () => {
	const names = foreignOptionNames();
	assert.deepEqual(names.filter(isOptionName), []);
	assert.equal(new Set(names).size, names.length);
});
