/** The log against a plain array, over random histories of appends, truncations, compactions, resets and crashes between any two writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Term } from '../../../src/base/brand.ts';
import type { LogStore } from '../../../src/log/log-store.ts';
import { batch, point, texts } from '../../support/log-fixtures.ts';
import { type LogMedium, MEDIA } from '../../support/log-media.ts';

/** What a log is: terms and labels of its entries after `before`. */
interface Model {
	before: { index: number; term: number };
	entries: { term: number; text: string }[];
	term: number;
	vote: number;
	commit: number;
	mark: { index: number; term: number } | null;
}

type Step =
	| { readonly op: 'append'; readonly count: number; readonly rise: number }
	/** A new leader's entries replace the end of the log (the ABA of etcd's rawnode.go is two of these). */
	| { readonly op: 'replace'; readonly back: number; readonly count: number }
	| { readonly op: 'commit'; readonly by: number }
	| { readonly op: 'vote' }
	| { readonly op: 'mark'; readonly ahead: number }
	| { readonly op: 'reset'; readonly ahead: number }
	| { readonly op: 'compact'; readonly by: number }
	| { readonly op: 'sweep'; readonly count: number }
	| { readonly op: 'reopen' };

const count = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ op: fc.constant('append' as const), count, rise: fc.nat(1) }) },
	{ weight: 4, arbitrary: fc.record({ op: fc.constant('replace' as const), back: fc.nat(6), count }) },
	{ weight: 3, arbitrary: fc.record({ op: fc.constant('commit' as const), by: count }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('vote' as const) }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('mark' as const), ahead: count }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('reset' as const), ahead: count }) },
	{ weight: 2, arbitrary: fc.record({ op: fc.constant('compact' as const), by: count }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('sweep' as const), count: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 1, arbitrary: fc.record({ op: fc.constant('reopen' as const) }) },
);

function lastOf(model: Model): number {
	return model.before.index + model.entries.length;
}

function lastTermOf(model: Model): number {
	return model.entries.at(-1)?.term ?? model.before.term;
}

/** Carries one step out on both; the number makes entries of different steps differ. */
function carryOut(log: LogStore, model: Model, change: Step, number: number): void {
	const last = lastOf(model);
	const same = { vote: model.vote, commit: model.commit };
	switch (change.op) {
		case 'append':
		case 'replace': {
			const back = change.op === 'replace' ? Math.min(change.back, last - model.commit) : 0;
			model.entries.length -= back;
			const term = Math.max(1, model.term + (change.op === 'replace' || change.rise === 1 ? 1 : 0));
			model.vote = term > model.term ? 0 : model.vote;
			model.term = term;
			const terms = new Array<number>(change.count).fill(model.term);
			const first = last - back + 1;
			const label = `${number}:`;
			const truncateFrom = change.op === 'replace' ? { truncateFrom: first } : {};
			log.append([batch({ ...same, vote: model.vote, ...truncateFrom, first, terms, label, term: model.term })]);
			model.entries.push(...terms.map((term, i) => ({ term, text: `${label}${first + i}@${term}` })));
			return;
		}
		case 'commit':
			model.commit = Math.min(last, model.commit + change.by);
			log.append([batch({ vote: model.vote, commit: model.commit, term: model.term })]);
			return;
		case 'vote':
			model.term++;
			model.vote = 1 + (number % 3);
			log.append([batch({ vote: model.vote, commit: model.commit, term: model.term })]);
			return;
		case 'mark':
			model.mark = last + change.ahead === 0 ? null : point(last + change.ahead, model.term);
			log.append([batch({ ...same, term: model.term, mark: point(last + change.ahead, model.term) })]);
			return;
		case 'reset': {
			const index = model.commit + 1 + change.ahead;
			model.before = { index, term: model.term };
			model.entries = [];
			model.commit = index;
			model.mark = null;
			log.append([batch({ ...same, term: model.term, resetTo: point(index, model.term) })]);
			return;
		}
		case 'compact': {
			const upTo = Math.min(model.commit, model.before.index + change.by);
			const dropped = model.entries.splice(0, upTo - model.before.index);
			model.before = { index: upTo, term: dropped.at(-1)?.term ?? model.before.term };
			log.compact(upTo as Index);
			return;
		}
		case 'sweep':
			log.sweep(change.count);
			return;
		case 'reopen':
			return;
	}
}

function assertSame(log: LogStore, model: Model): void {
	const { hardState, before, last, terms, mark } = log.contents();
	assert.deepEqual({ ...hardState }, { term: model.term, vote: model.vote, commit: model.commit });
	assert.deepEqual({ before, last, mark }, { before: model.before, last: lastOf(model), mark: model.mark });
	const read = log.read((before.index + 1) as Index, (last + 1) as Index, Number.MAX_SAFE_INTEGER);
	assert.deepEqual(
		texts(read),
		model.entries.map((entry) => entry.text),
	);
	assert.deepEqual(
		read.terms,
		model.entries.map((entry) => entry.term),
	);
	const runs = terms.filter((run, i) => run.index <= before.index || terms[i - 1]?.term === run.term);
	assert.deepEqual(runs, [], 'runs begin within the log and differ from one another');
	assert.ok((terms.at(-1)?.term ?? (model.before.term as Term)) === lastTermOf(model));
}

for (const [name, make] of Object.entries(MEDIA)) {
	test(`log: model: ${name}: it holds what an array of entries would hold, at once, after opening again, and after a crash before any write`, () => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const medium = make();
				const images: LogMedium[] = [];
				let log = medium.open();
				medium.before = () => images.push(medium.fork());
				const model: Model = { before: { index: 0, term: 0 }, entries: [], term: 0, vote: 0, commit: 0, mark: null };
				for (const [number, change] of steps.entries()) {
					const earlier = structuredClone(model);
					images.length = 0;
					carryOut(log, model, change, number);
					assertSame(log, model);
					for (const image of images) {
						assertSame(image.open(), earlier);
					}
					if (change.op === 'reopen') {
						log = medium.open();
					}
					assertSame(medium.fork().open(), model);
				}
			}),
			{ numRuns: 500 },
		);
	});
}
