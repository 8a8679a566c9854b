/**
 * A process that opens a log with a journal of small segments, verifies each entry that it finds, says ready with the last one, and appends for
 * ever: truncating, compacting and folding between. It says each last index that is durable. Usage: journal-kill.ts DIRECTORY SEED.
 */
import { mkdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { JournalFiles } from '../../src/adapters/journal-files.ts';
import { openLmdbEngine } from '../../src/adapters/lmdb-engine.ts';
import { assert } from '../../src/base/assert.ts';
import type { Index } from '../../src/base/brand.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { EngineLogStore } from '../../src/log/engine-log-store.ts';
import { JournalLogStore } from '../../src/log/journal/journal-log-store.ts';
import { LOG_TREE_NAMES } from '../../src/log/layout.ts';
import { batch, texts } from '../support/log-fixtures.ts';

const KEPT = 400;
const directory = process.argv[2] ?? '';
const random = new SeededRandom(Number(process.argv[3] ?? 1));
mkdirSync(directory, { recursive: true });
const engine = openLmdbEngine({ path: path.join(directory, 'log'), trees: LOG_TREE_NAMES, mode: 'synced', mapBytes: 2 ** 28 });
const options = {
	salt: 99,
	firstSegmentBytes: 2 ** 16,
	segmentBytes: 2 ** 17,
	prepareAtBytes: 2 ** 14,
	recordBytesMax: 2 ** 15,
	sliceAtEntries: 20,
	sliceAtBytes: 2 ** 12,
	flushOffAtEntries: 20,
	flushOffAtBytes: 2 ** 12,
};
const log = new JournalLogStore(options, {
	files: new JournalFiles(path.join(directory, 'journal')),
	engineLog: new EngineLogStore(engine, crc32),
	checksum: crc32,
});

const found = log.contents();
const from = (found.before.index + 1) as Index;
for (const [i, text] of texts(log.read(from, (found.last + 1) as Index, 2 ** 30)).entries()) {
	assert(text.startsWith('.'.repeat(40)) && text.replaceAll('.', '').startsWith(`${from + i}@`), () => `entry ${from + i} reads ${text}`);
}
writeSync(1, `ready ${found.last}\n`);

let term = found.hardState.term + 1;
for (;;) {
	const { last, before, hardState } = log.contents();
	const back = random.below(10) === 0 ? random.below(last - hardState.commit + 1) : 0;
	term += back > 0 ? 1 : 0;
	const first = last - back + 1;
	const terms = new Array<number>(1 + random.below(20)).fill(term);
	const truncate = back > 0 ? { truncateFrom: first } : {};
	// The last few are not known to be committed, so that some can be cut.
	log.append([batch({ ...truncate, first, terms, label: '.'.repeat(40 + random.below(400)), commit: Math.max(hardState.commit, first - 5, 0) })]);
	writeSync(1, `${log.contents().hardState.commit}\n`);
	log.keepUp();
	if (last - before.index > KEPT && random.below(10) === 0) {
		log.compact((hardState.commit - 10) as Index);
	}
}
