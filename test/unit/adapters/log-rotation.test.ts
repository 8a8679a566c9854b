import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { consoleLine } from '../../../src/adapters/console-line.ts';
import { openOutputs } from '../../../src/adapters/json-logger.ts';
import { LogRotation } from '../../../src/adapters/log-rotation.ts';
import type { LogSettings, RotationSettings } from '../../../src/base/log-settings.ts';
import { makeTempDirectory } from '../../support/cleanup.ts';

const SETTINGS: LogSettings = { format: 'json', standardError: false, standardOutput: false, files: [], rotation: null };
const ROTATION: RotationSettings = { megabytesMax: 1, daysMax: 0, backupsMax: 0, isLocalTime: false, compresses: false };

function setUp(rotation: Partial<RotationSettings>) {
	const directory = makeTempDirectory('log');
	const file = join(directory, 'q.log');
	const outputs = openOutputs({ ...SETTINGS, files: [file] });
	const clock = { now: new Date('2026-11-23T10:00:00.000Z') };
	const rotate = new LogRotation(
		file,
		{ ...ROTATION, ...rotation },
		{
			reopen: () => outputs.reopen(),
			now: () => clock.now,
			failed: (error) => assert.fail(String(error)),
		},
	);
	const fill = (letter: string): void => outputs.write(`${letter.repeat(2 ** 20)}\n`);
	return { directory, file, outputs, rotate, clock, fill };
}

test('log rotation: a file that is large enough is renamed, and lines go on in a new one', async () => {
	const { directory, file, outputs, rotate, fill } = setUp({});
	outputs.write('early\n');
	await rotate.look();
	assert.deepEqual(readdirSync(directory), ['q.log']);
	fill('a');
	await rotate.look();
	outputs.write('late\n');
	assert.equal(readFileSync(file, 'utf8'), 'late\n');
	assert.match(readFileSync(join(directory, 'q-2026-11-23T10-00-00.000.log'), 'utf8'), /^early\na/);
});

test('log rotation: no more old files are kept than were asked for, the newest', async () => {
	const { directory, rotate, clock, fill } = setUp({ backupsMax: 2 });
	for (let day = 1; day <= 4; day++) {
		clock.now = new Date(`2026-11-0${day}T00:00:00.000Z`);
		fill('x');
		await rotate.look();
	}
	assert.deepEqual(readdirSync(directory).sort(), ['q-2026-11-03T00-00-00.000.log', 'q-2026-11-04T00-00-00.000.log', 'q.log']);
});

test('log rotation: files that are too old go, and files of others stay', async () => {
	const { directory, rotate } = setUp({ daysMax: 3 });
	for (const name of ['q-2026-11-19T00-00-00.000.log.gz', 'q-2026-11-22T00-00-00.000.log', 'q-old.log', 'r-2026-11-01T00-00-00.000.log']) {
		writeFileSync(join(directory, name), '');
	}
	await rotate.look();
	assert.deepEqual(readdirSync(directory).sort(), ['q-2026-11-22T00-00-00.000.log', 'q-old.log', 'q.log', 'r-2026-11-01T00-00-00.000.log']);
});

test('log rotation: an old file is compressed once no thread can write to it any more', async () => {
	const { directory, rotate, clock, fill } = setUp({ compresses: true });
	const old = join(directory, 'q-2026-11-23T10-00-00.000.log');
	fill('z');
	await rotate.look();
	assert.ok(existsSync(old));
	clock.now = new Date('2026-11-23T10:00:11.000Z');
	await rotate.look();
	assert.deepEqual(readdirSync(directory).sort(), ['q-2026-11-23T10-00-00.000.log.gz', 'q.log']);
	assert.equal(gunzipSync(readFileSync(`${old}.gz`)).length, 2 ** 20 + 1);
});

test('log outputs: a line goes to every file, and a file that cannot be opened is named', () => {
	const directory = makeTempDirectory('log');
	const files = [join(directory, 'a'), join(directory, 'b')];
	openOutputs({ ...SETTINGS, files }).write('line\n');
	assert.deepEqual(
		files.map((file) => readFileSync(file, 'utf8')),
		['line\n', 'line\n'],
	);
	assert.throws(() => openOutputs({ ...SETTINGS, files: [join(directory, 'none', 'x')] }), /--log-outputs: ".*none\/x" cannot be opened \(ENOENT\)/);
});

test('log outputs: the console form has columns, and the other fields as JSON', () => {
	const line = '{"level":"info","caller":"main","ts":"2026-11-23T10:00:00.000Z","n":1,"msg":"two\\nlines"}\n';
	assert.equal(consoleLine(line), '2026-11-23T10:00:00.000Z\tinfo\tmain\ttwo\\nlines\t{"n":1}\n');
});
