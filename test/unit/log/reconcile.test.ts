import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import { type OpenedLog, type OpenedStore, reconcile } from '../../../src/log/reconcile.ts';

/** Entries 11 to 20: terms 2, from 15 on 3; entry 10 was of term 1. */
function log(parts: Partial<Record<'commit', number>> & { mark?: readonly [number, number] } = {}): OpenedLog {
	return {
		term: 4 as Term,
		vote: 2 as Slot,
		commit: (parts.commit ?? 12) as Index,
		beforeIndex: 10 as Index,
		beforeTerm: 1 as Term,
		last: 20 as Index,
		runIndexes: [11, 15] as Index[],
		runTerms: [2, 3] as Term[],
		mark: (parts.mark ?? null) as readonly [Index, Term] | null,
	};
}

function store(applied: number, appliedTerm: number): OpenedStore {
	return { applied: applied as Index, appliedTerm: appliedTerm as Term };
}

const EMPTY: OpenedLog = {
	term: 0 as Term,
	vote: 0 as Slot,
	commit: 0 as Index,
	beforeIndex: 0 as Index,
	beforeTerm: 0 as Term,
	last: 0 as Index,
	runIndexes: [],
	runTerms: [],
	mark: null,
};

test('log: reconcile: an empty log and an empty store start from nothing', () => {
	assert.deepEqual(reconcile(EMPTY, store(0, 0)), {
		kind: 'start',
		log: { hardState: { term: 0, vote: 0, commit: 0 }, before: { index: 0, term: 0 }, last: 0, terms: [] },
		applied: { index: 0, term: 0 },
	});
});

test('log: reconcile: a store behind the commit index starts, and the log says what is committed', () => {
	const result = reconcile(log({ commit: 17 }), store(13, 2));
	assert.ok(result.kind === 'start');
	assert.deepEqual(result.log, {
		hardState: { term: 4, vote: 2, commit: 17 },
		before: { index: 10, term: 1 },
		last: 20,
		terms: [
			{ index: 11, term: 2 },
			{ index: 15, term: 3 },
		],
	});
	assert.deepEqual(result.applied, { index: 13, term: 2 });
});

test('log: reconcile: what the store has applied is committed, though the log did not know yet', () => {
	const result = reconcile(log({ commit: 12 }), store(16, 3));
	assert.ok(result.kind === 'start');
	assert.equal(result.log.hardState.commit, 16);
});

test('log: reconcile: a store at the entry before the first one starts', () => {
	assert.equal(reconcile(log(), store(10, 1)).kind, 'start');
});

test('log: reconcile: a store before that lacks what the log has dropped', () => {
	assert.throws(() => reconcile(log(), store(9, 1)), { reason: 'log_lost', message: /begins after entry 10.*up to entry 9/ });
	assert.throws(() => reconcile(log({ mark: [9, 1] }), store(9, 1)), { reason: 'log_lost' });
	assert.throws(() => reconcile(log(), store(0, 0)), { reason: 'log_lost' });
});

test('log: reconcile: a store beyond the end of the log is a log that was lost', () => {
	assert.throws(() => reconcile(log(), store(21, 3)), { reason: 'log_lost', message: /entry 21 of term 3.*ends at entry 20/ });
});

test('log: reconcile: a store beyond the end is an install cut short, if the mark names that very point', () => {
	assert.deepEqual(reconcile(log({ mark: [30, 4] }), store(30, 4)), { kind: 'reset', to: { index: 30, term: 4 } });
	assert.throws(() => reconcile(log({ mark: [30, 4] }), store(30, 3)), { reason: 'log_lost' });
	assert.throws(() => reconcile(log({ mark: [30, 4] }), store(31, 4)), { reason: 'log_lost' });
});

test('log: reconcile: an entry of another term at that index is a conflict, which only a mark explains', () => {
	assert.throws(() => reconcile(log(), store(16, 4)), { reason: 'log_lost', message: /holds term 3/ });
	assert.deepEqual(reconcile(log({ mark: [16, 4] }), store(16, 4)), { kind: 'reset', to: { index: 16, term: 4 } });
});

test('log: reconcile: a committed entry of another term is never explained by a mark', () => {
	assert.throws(() => reconcile(log({ commit: 16, mark: [16, 4] }), store(16, 4)), { reason: 'log_lost' });
});

test('log: reconcile: a reset never drops a committed entry, and a start never lacks an applied one', () => {
	const small = fc.nat({ max: 25 });
	fc.assert(
		fc.property(small, fc.integer({ min: 10, max: 20 }), small, small, (applied, commit, markIndex, appliedTerm) => {
			const opened = log({ commit, mark: [markIndex, appliedTerm] });
			let result: ReturnType<typeof reconcile>;
			try {
				result = reconcile(opened, store(applied, appliedTerm));
			} catch {
				return;
			}
			if (result.kind === 'reset') {
				assert.ok(result.to.index > commit && markIndex === applied);
			} else {
				assert.ok(applied >= 10 && applied <= 20 && result.log.hardState.commit >= applied && result.log.hardState.commit <= 20);
			}
		}),
	);
});

test('log: reconcile: a refusal says how to rebuild the member', () => {
	assert.throws(() => reconcile(log(), store(21, 3)), /etcdctl member remove/);
});
