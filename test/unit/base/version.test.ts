import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { QUORATE_VERSION } from '../../../src/base/version.ts';

test('base: version: it is that of package.json', () => {
	const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
	assert.equal(QUORATE_VERSION, version);
});
