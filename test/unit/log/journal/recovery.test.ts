/** What a journal is opened as after its bytes were torn, cut, lost or changed; crashes as such are in test/crash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Index } from '../../../../src/base/brand.ts';
import { ALL_JOURNAL_RULES } from '../../../../src/log/journal/journal-rules.ts';
import { RECORD_HEADER_BYTES, RECORD_KIND, readHeader, sealRecord, spanOf } from '../../../../src/log/journal/record.ts';
import type { LogStore } from '../../../../src/log/log-store.ts';
import { batch, texts } from '../../../support/log-fixtures.ts';
import { JournalMedium, SMALL_JOURNAL } from '../../../support/log-media.ts';

function describe(log: LogStore): string {
	const contents = log.contents();
	return JSON.stringify([contents, texts(log.read((contents.before.index + 1) as Index, (contents.last + 1) as Index, 2 ** 20))]);
}

/** Ten turns of an entry each, over several segments; then keepUp so many times. */
function written(
	options: { readonly turns?: number; readonly slices?: number; readonly isClosed?: boolean; readonly label?: string } = {},
): JournalMedium {
	const medium = new JournalMedium();
	const log = medium.open();
	for (let index = 1; index <= (options.turns ?? 12); index++) {
		log.append([batch({ first: index, terms: [1], commit: index - 1, label: `${options.label ?? ''}${'.'.repeat(100)}` })]);
	}
	for (let slice = 0; slice < (options.slices ?? 0); slice++) {
		log.sweep(2);
	}
	if (options.isClosed === true) {
		log.close();
	}
	return medium;
}

/** Every record that is there, stale ones too. */
function recordsOf(medium: JournalMedium): { id: number; at: number; sequence: number; length: number }[] {
	return medium.disk.list().flatMap(({ id, bytes }) => {
		const found = [];
		const content = medium.disk.segment(id).bytes;
		for (let at = 0; at < bytes; ) {
			const header = readHeader(content, at, SMALL_JOURNAL.salt, crc32);
			if (header !== null) {
				found.push({ id, at, sequence: header.sequence, length: header.length });
			}
			at += header === null ? 64 : spanOf(header.length);
		}
		return found;
	});
}

function recordNumber(medium: JournalMedium, sequence: number): { id: number; at: number; length: number } {
	const found = recordsOf(medium).find((record) => record.sequence === sequence);
	assert.ok(found !== undefined, `record ${sequence}`);
	return found;
}

function spoil(medium: JournalMedium, { id, at }: { readonly id: number; readonly at: number }, offset = 40): void {
	const { bytes } = medium.disk.segment(id);
	bytes[at + offset] = (bytes[at + offset] as number) ^ 1;
}

for (const slices of [0, 3, 40]) {
	test(`journal: recovery: any byte flipped after a stop in order is noticed, or harmless, ${slices} slices folded`, () => {
		const medium = written({ slices, isClosed: true });
		const expected = describe(medium.fork().open());
		let noticed = 0;
		for (const { id, bytes } of medium.disk.list()) {
			for (let at = 0; at < bytes; at++) {
				const damaged = medium.fork();
				spoil(damaged, { id, at }, 0);
				try {
					assert.equal(describe(damaged.open()), expected, `segment ${id}, offset ${at}`);
				} catch (error) {
					assert.equal((error as { reason?: string }).reason, 'log_damaged', `segment ${id}, offset ${at}: ${error}`);
					noticed++;
				}
			}
		}
		assert.ok(noticed > 200, `${noticed} bytes`);
	});
}

test('journal: recovery: a record that is not whole is refused by place and rule if a later one is, in the header or the body', () => {
	for (const offset of [0, 4, 10, 16, 20, 24, 28, 40]) {
		const medium = written({ turns: 4 });
		spoil(medium, recordNumber(medium, 3), offset);
		assert.throws(() => medium.open(), {
			reason: 'log_damaged',
			message: /journal segment 1, offset \d+: record 3 must be whole there, since record 4 is, at offset \d+/,
		});
	}
});

test('journal: recovery: the last record of a segment that is not whole is refused if the next segment goes on', () => {
	const medium = written();
	const first = recordsOf(medium).filter(({ id }) => id === 1);
	spoil(medium, first.at(-1) ?? { id: 0, at: 0 });
	assert.throws(() => medium.open(), { reason: 'log_damaged', message: /journal segment 2, offset 0: record \d+ is there/ });
});

test('journal: recovery: the first record of a segment that is not whole is refused if a later one is', () => {
	const medium = written();
	spoil(medium, { id: 2, at: 0 });
	assert.throws(() => medium.open(), { reason: 'log_damaged', message: /journal segment 2, offset \d+: record \d+ is there/ });
});

test('journal: recovery: a last record that is not whole is cut, and its place is written again', () => {
	const medium = written({ turns: 4 });
	spoil(medium, recordNumber(medium, 4));
	const log = medium.open();
	assert.equal(log.contents().last, 3);
	log.append([batch({ first: 4, terms: [1], commit: 3, label: 'again ' })]);
	assert.deepEqual(texts(medium.open().read(4 as Index, 5 as Index, 1)), ['again 4@1']);
});

test('journal: recovery: the same is damage after a stop in order', () => {
	const medium = written({ turns: 4, isClosed: true });
	spoil(medium, recordNumber(medium, 4));
	assert.throws(() => medium.open(), { reason: 'log_damaged', message: /record 4 must be whole there, since record 5 is/ });
});

test('journal: recovery: a record of another history in the place of one is refused by the chain, and by nothing else', () => {
	const medium = written({ turns: 4, label: 'one ' });
	const other = written({ turns: 4, label: 'two ' });
	const { id, at, length } = recordNumber(other, 3);
	const foreign = other.disk.segment(id).bytes.subarray(at, at + RECORD_HEADER_BYTES + length);
	medium.disk.segment(id).bytes.set(foreign, at);
	assert.throws(() => medium.open(), { reason: 'log_damaged', message: /record 3 must follow the one with checksum/ });
	const unchained = new JournalMedium({ rules: { ...ALL_JOURNAL_RULES, chain: false } }, { engine: medium.engine.fork(), disk: medium.disk });
	assert.match(texts(unchained.open().read(3 as Index, 4 as Index, 1))[0] ?? '', /^two /);
});

test('journal: recovery: folded records are not needed any more, but the one after them is', () => {
	const medium = written({ slices: 3 });
	const mark = medium.open().contents();
	const folded = recordNumber(medium, 1);
	spoil(medium, folded);
	assert.deepEqual(medium.open().contents(), mark);
	for (const { id } of medium.disk.list()) {
		medium.disk.segment(id).bytes.fill(0);
	}
	assert.throws(() => medium.open(), { reason: 'log_damaged', message: /the journal: it must hold record \d+/ });
});

test('journal: recovery: a payload that looks like a record behind its own torn one is taken for none, unless it knew the salt', () => {
	for (const [salt, isTaken] of [
		[SMALL_JOURNAL.salt + 1, false],
		[SMALL_JOURNAL.salt, true],
	] as const) {
		const medium = written({ turns: 3 });
		// The payload begins 78 bytes after its record does: the forged one lies at a multiple of 64.
		const payload = new Uint8Array(128 - 78 + RECORD_HEADER_BYTES);
		sealRecord(payload.subarray(128 - 78), { generation: 1, sequence: 5, previous: 0, kind: RECORD_KIND.closed }, salt, crc32);
		const one = batch({ first: 4, terms: [1], commit: 3 });
		medium.open().append([{ ...one, entries: { ...one.entries, payloads: [payload] } }]);
		spoil(medium, recordNumber(medium, 4));
		if (isTaken) {
			assert.throws(() => medium.open(), /record 4 must be whole there, since record 5 is/);
		} else {
			assert.equal(medium.open().contents().last, 3);
		}
	}
});

test('journal: recovery: segments that are gone are refused', () => {
	const { engine } = written();
	assert.throws(() => new JournalMedium({}, { engine: engine.fork(), disk: new JournalMedium().disk }).open(), {
		reason: 'log_damaged',
		message: /its segments must be there/,
	});
});

test('journal: recovery: records beside a log that never had a journal are refused', () => {
	const { disk } = written();
	const { engine } = new JournalMedium();
	assert.throws(() => new JournalMedium({}, { engine: engine.fork(), disk }).open(), {
		reason: 'log_damaged',
		message: /journal segment 1: it must be empty/,
	});
});
