import { equal } from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { play } from './runner.ts';

const FOLDER = import.meta.dirname;
const UPDATES = process.env['UPDATE_TRANSCRIPTS'] === '1';

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))) {
	test(`raft: transcripts: ${file} still tells what happens`, () => {
		const path = join(FOLDER, file);
		const text = readFileSync(path, 'utf8');
		const played = play(text);
		if (UPDATES) {
			writeFileSync(path, played);
		} else {
			equal(played, text);
		}
	});
}
