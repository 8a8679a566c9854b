import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index, Term } from '../../../src/base/brand.ts';
import { encodeEntry, encodeMeta, entryKey, LOG_TREE, META, type MetaRow, metaKey } from '../../../src/log/layout.ts';
import { ENTRY_KIND } from '../../../src/raft/state.ts';
import { batch, newLogEngine, openLog, point } from '../../support/log-fixtures.ts';

/** Entries 3 to 6 after a compaction up to 2, with a mark; the compacted ones are still on the disk. */
function writtenLog() {
	const engine = newLogEngine();
	const log = openLog(engine);
	log.append([batch({ first: 1, terms: [1, 1, 1, 2, 2, 3], vote: 1, commit: 4, mark: point(9, 3) })]);
	log.compact(2 as Index);
	return engine;
}

function flipEachBit(engine: ReturnType<typeof newLogEngine>, tree: number, key: Uint8Array, check: (bit: number) => void): void {
	const record = engine.read((view) => view.get(tree, key));
	assert.ok(record !== null);
	for (let bit = 0; bit < record.length * 8; bit++) {
		const flipped = record.slice();
		flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
		engine.write((view) => view.put(tree, key, flipped));
		check(bit);
	}
}

for (const index of [3, 4, 6]) {
	test(`log: recovery: any flipped bit of entry ${index} is refused by that name`, () => {
		const engine = writtenLog();
		flipEachBit(engine, LOG_TREE.entries, entryKey(index as Index), (bit) => {
			assert.throws(() => openLog(engine), { reason: 'log_damaged', message: new RegExp(`entry ${index}:`) }, `bit ${bit}`);
		});
	});

	test(`log: recovery: a missing entry ${index} is refused by that name`, () => {
		const engine = writtenLog();
		engine.write((view) => view.remove(LOG_TREE.entries, entryKey(index as Index)));
		assert.throws(() => openLog(engine), { reason: 'log_damaged', message: new RegExp(`entry ${index}:`) });
	});
}

for (const row of [META.format, META.hardState, META.before, META.mark] as readonly MetaRow[]) {
	test(`log: recovery: any flipped bit of the record ${row.name} is refused by that name`, () => {
		const engine = writtenLog();
		flipEachBit(engine, LOG_TREE.meta, metaKey(row), (bit) => {
			assert.throws(() => openLog(engine), { reason: 'log_damaged', message: new RegExp(`record ${row.name}:`) }, `bit ${bit}`);
		});
	});
}

for (const row of [META.format, META.hardState] as readonly MetaRow[]) {
	test(`log: recovery: a missing record ${row.name} is refused by that name`, () => {
		const engine = writtenLog();
		engine.write((view) => view.remove(LOG_TREE.meta, metaKey(row)));
		assert.throws(() => openLog(engine), { reason: 'log_damaged', message: new RegExp(`record ${row.name}:`) });
	});
}

test('log: recovery: a missing start is refused once the entries before it are gone', () => {
	const engine = writtenLog();
	openLog(engine).sweep(100);
	engine.write((view) => view.remove(LOG_TREE.meta, metaKey(META.before)));
	assert.throws(() => openLog(engine), { reason: 'log_damaged', message: /entry 1:/ });
});

test('log: recovery: damage to an entry that is compacted already harms nobody', () => {
	const engine = writtenLog();
	engine.write((view) => view.put(LOG_TREE.entries, entryKey(2 as Index), Uint8Array.of(1)));
	assert.equal(openLog(engine).contents().last, 6);
});

test('log: recovery: a term that falls along the log is refused, with a checksum that is right', () => {
	const engine = writtenLog();
	const wrong = encodeEntry(5 as Index, { term: 1 as Term, kind: ENTRY_KIND.command, payload: new Uint8Array(0) }, crc32);
	engine.write((view) => view.put(LOG_TREE.entries, entryKey(5 as Index), wrong));
	assert.throws(() => openLog(engine), { reason: 'log_damaged', message: /entry 5: its term 1 .* term 2/ });
});

for (const [why, fields] of [
	['a commit index before the first entry', [3, 1, 1, 6]],
	['a commit index beyond the last entry', [3, 1, 7, 6]],
	['a term below that of the last entry', [2, 1, 4, 6]],
] as const) {
	test(`log: recovery: ${why} is refused`, () => {
		const engine = writtenLog();
		engine.write((view) => view.put(LOG_TREE.meta, metaKey(META.hardState), encodeMeta(META.hardState, fields, crc32)));
		assert.throws(() => openLog(engine), { reason: 'log_damaged', message: /record hard_state:/ });
	});
}

test('log: recovery: a format of a later version is refused as such, not as damage', () => {
	const engine = writtenLog();
	engine.write((view) => view.put(LOG_TREE.meta, metaKey(META.format), encodeMeta(META.format, [2], crc32)));
	assert.throws(() => openLog(engine), { reason: 'data_dir_unusable', message: /format 2/ });
});

test('log: recovery: a refusal says how to rebuild the member', () => {
	const engine = writtenLog();
	engine.write((view) => view.remove(LOG_TREE.entries, entryKey(4 as Index)));
	assert.throws(() => openLog(engine), /etcdctl member remove/);
});
