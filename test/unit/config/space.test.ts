import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { parseRetention } from '../../../src/config/retention.ts';

const HOUR = 3_600_000;

const RETENTIONS = [
	['periodic', '0', { mode: 'off' }],
	['periodic', '0s', { mode: 'off' }],
	['periodic', '8', { mode: 'periodic', periodMs: 8 * HOUR }],
	['periodic', '30m', { mode: 'periodic', periodMs: HOUR / 2 }],
	['periodic', '1h30m', { mode: 'periodic', periodMs: 1.5 * HOUR }],
	['revision', '0', { mode: 'off' }],
	['revision', '1000', { mode: 'revision', revisions: 1_000 }],
] as const;

for (const [mode, text, expected] of RETENTIONS) {
	test(`config: retention: ${mode} ${text} is read as etcd reads it`, () => {
		assert.deepEqual(parseRetention(mode, text), expected);
	});
}

for (const [mode, text] of [
	['periodic', ''],
	['periodic', '-1'],
	['periodic', '-30m'],
	['periodic', '10'.repeat(8)],
	['periodic', '100ms'],
	['periodic', 'daily'],
	['revision', '1h'],
	['revision', '-5'],
	['revision', ''],
] as const) {
	test(`config: retention: ${mode} ${JSON.stringify(text)} is refused`, () => {
		assert.ok('rule' in parseRetention(mode, text));
	});
}

function load(argv: readonly string[]) {
	return loadConfig(argv, {}, () => ({ ok: false, problem: 'no file' }));
}

function quotaOf(text: string) {
	const loaded = load([`--quota-backend-bytes=${text}`]);
	assert.ok(loaded.kind === 'serve');
	return { quota: loaded.config.quotaBytes, warnings: loaded.warnings.length };
}

test('config: quota: 0 is 2 GiB, less is none and warned of, as more than 8 GiB is', () => {
	const gibibyte = 2 ** 30;
	assert.deepEqual(quotaOf('0'), { quota: 2 * gibibyte, warnings: 0 });
	assert.deepEqual(quotaOf('-1'), { quota: -1, warnings: 1 });
	assert.deepEqual(quotaOf(String(8 * gibibyte)), { quota: 8 * gibibyte, warnings: 0 });
	assert.deepEqual(quotaOf(String(8 * gibibyte + 1)), { quota: 8 * gibibyte + 1, warnings: 1 });
});

test('config: retention: a retention that breaks its rule is refused by name', () => {
	const loaded = load(['--auto-compaction-mode=revision', '--auto-compaction-retention=1h']);
	assert.ok(loaded.kind === 'error');
	assert.match(loaded.line, /--auto-compaction-retention: "1h" must be a number of revisions/);
});
