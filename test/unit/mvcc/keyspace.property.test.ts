import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import fc from 'fast-check';
import { openLmdbEngine } from '../../../src/adapters/lmdb-engine.ts';
import { STORE_TREE_NAMES, TREE } from '../../../src/base/store-trees.ts';
import { readRevisionKey } from '../../../src/mvcc/history.ts';
import { deleteRange, put, range, TEST_KEY_LIMIT, txn } from './arbitraries.ts';
import { Model, type ModelEvent } from './model.ts';
import { Subject } from './subject.ts';

const operation = fc.oneof(
	{ weight: 4, arbitrary: put },
	{ weight: 2, arbitrary: deleteRange },
	{ weight: 3, arbitrary: range },
	{ weight: 2, arbitrary: txn },
);
const compaction = fc.record({ kind: fc.constant('compact' as const), back: fc.nat({ max: 6 }) });
const sweep = fc.record({ kind: fc.constant('sweep' as const), budget: fc.integer({ min: 1, max: 3 }) });
const history = fc.array(fc.oneof({ weight: 8, arbitrary: operation }, compaction, { weight: 2, arbitrary: sweep }), {
	minLength: 1,
	maxLength: 60,
	size: 'max',
});
type Step = typeof history extends fc.Arbitrary<(infer T)[]> ? T : never;

function play(subject: Subject, model: Model, step: Step): void {
	if (step.kind === 'compact') {
		const revision = model.revision - step.back;
		assert.equal(subject.compact(revision), model.compact(revision));
	} else if (step.kind === 'sweep') {
		subject.sweep(step.budget);
	} else {
		assert.deepEqual(subject.run(step), model.run(step));
	}
}

/** What compaction at a revision must leave, read off the list of everything that ever happened (reliability.md I29). */
function kept(events: readonly ModelEvent[], compactRevision: number): string[] {
	const newest = new Map<string, ModelEvent>();
	for (const event of events.filter(({ main }) => main <= compactRevision)) {
		newest.set(event.key, event);
	}
	const survives = (event: ModelEvent): boolean => newest.get(event.key) === event && (event.kv !== null || event.main === compactRevision);
	return events.filter((event) => event.main > compactRevision || survives(event)).map(({ main, sub }) => `${main}_${sub}`);
}

test('mvcc: keyspace: random histories with compactions answer as the model does', () => {
	fc.assert(
		fc.property(history, fc.constantFrom(TEST_KEY_LIMIT, 1_890), (steps, keyLimit) => {
			const subject = new Subject(keyLimit);
			const model = new Model();
			for (const step of steps) {
				play(subject, model, step);
			}
			assert.equal(subject.state().revision, model.revision);
		}),
		{ numRuns: 400 },
	);
});

test('mvcc: keyspace: on LMDB, too, random histories answer as the model does', () => {
	const path = mkdtempSync(join(tmpdir(), 'quorate-mvcc-'));
	try {
		fc.assert(
			fc.property(history, (steps) => {
				const engine = openLmdbEngine({ path: mkdtempSync(join(path, 'run-')), trees: STORE_TREE_NAMES, mode: 'checkpointed', mapBytes: 2 ** 28 });
				const subject = new Subject(TEST_KEY_LIMIT, engine);
				const model = new Model();
				for (const step of steps) {
					play(subject, model, step);
				}
				engine.close();
			}),
			{ numRuns: 40 },
		);
	} finally {
		rmSync(path, { recursive: true, force: true });
	}
});

test('mvcc: keyspace: every kept revision reads as it was, swept or not', () => {
	fc.assert(
		fc.property(history, fc.boolean(), (steps, sweptToTheEnd) => {
			const subject = new Subject(TEST_KEY_LIMIT);
			const model = new Model();
			for (const step of steps) {
				play(subject, model, step);
			}
			while (sweptToTheEnd && subject.sweep(2)) {}
			for (let revision = Math.max(model.compactRevision, 1); revision <= model.revision; revision++) {
				const all = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0), limit: 0, revision, sortOrder: 0, sortTarget: 0, serializable: true };
				const bounds = { keysOnly: false, countOnly: false, minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
				const operation = { kind: 'range' as const, ...all, ...bounds };
				assert.deepEqual(subject.run(operation), model.run(operation));
			}
		}),
		{ numRuns: 200 },
	);
});

test('mvcc: compaction: a finished sweep leaves exactly what must be kept, however it was sliced and interrupted', () => {
	fc.assert(
		fc.property(history, (steps) => {
			const subject = new Subject(TEST_KEY_LIMIT);
			const model = new Model();
			for (const step of steps) {
				play(subject, model, step);
			}
			while (subject.sweep(3)) {}
			const left: string[] = [];
			const keys = new Set<string>();
			subject.engine.read((view) => {
				view.scan(TREE.history, new Uint8Array(0), null, (key) => {
					const { main, sub } = readRevisionKey(key);
					left.push(`${main}_${sub}`);
					return true;
				});
				subject.latest.scan(
					view,
					{ lo: new Uint8Array(0), hi: null, single: false },
					(key) => keys.add(Buffer.from(key).toString('latin1')) !== null,
				);
			});
			const expected = kept(model.events, model.compactRevision);
			const named = new Set(model.events.filter(({ main, sub }) => expected.includes(`${main}_${sub}`)).map(({ key }) => key));
			assert.deepEqual({ left, keys: [...keys].sort() }, { left: expected, keys: [...named].sort() });
		}),
		{ numRuns: 300 },
	);
});
