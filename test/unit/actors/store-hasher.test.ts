import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HashOutcome, StoreHasher } from '../../../src/actors/store-hasher.ts';
import { CODES } from '../../../src/base/codes.ts';
import { HashKv } from '../../../src/mvcc/hash-kv.ts';
import { CountedSlice } from '../../support/counted-slice.ts';
import { putCommand, StoreHarness } from './store-harness.ts';

const PUTS = 1_000;

class Subject {
	readonly store = StoreHarness.founded(1);
	readonly steps: (() => void)[] = [];
	readonly outcomes: HashOutcome[] = [];
	readonly hasher: StoreHasher;
	mayRead = true;

	constructor() {
		this.store.apply(Array.from({ length: PUTS }, (_, i) => putCommand(`k${i % 50}`)));
		this.store.actor.flush();
		this.hasher = new StoreHasher({
			environment: this.store.environment,
			turn: { run: (work) => this.steps.push(work) },
			slice: new CountedSlice(64),
			mayRead: () => this.mayRead,
		});
	}

	ask(revision: number): void {
		this.hasher.ask(revision, (outcome) => this.outcomes.push(outcome));
	}

	/** How many turns it wanted. */
	work(): number {
		let turns = 0;
		for (let step = this.steps.shift(); step !== undefined; step = this.steps.shift()) {
			step();
			turns += 1;
		}
		return turns;
	}

	workOn(ticks: number): void {
		for (let i = 0; i < ticks; i++) {
			this.hasher.tick();
			this.work();
		}
	}

	hashAt(revision: number): number {
		const hash = new HashKv(revision);
		for (;;) {
			const outcome = this.store.engine.read((view) => hash.step(view, 10_000));
			if (outcome.kind === 'hash_kv') {
				return outcome.hash;
			}
			assert.equal(outcome.kind, 'more');
		}
	}
}

test('store hasher: it hashes as HashKV does, and says what was applied', () => {
	const subject = new Subject();
	subject.ask(0);
	subject.workOn(20);
	const expected = { kind: 'hashed', applied: 1 + PUTS, revision: 1 + PUTS, compactRevision: -1, hashRevision: 1 + PUTS, hash: subject.hashAt(0) };
	assert.deepEqual(subject.outcomes, [expected]);
});

test('store hasher: a tick has only so many turns for it', () => {
	const subject = new Subject();
	subject.ask(0);
	assert.ok(subject.work() <= 6);
	assert.deepEqual(subject.outcomes, []);
	assert.equal(subject.work(), 0);
});

test('store hasher: questions about one revision share the work', () => {
	const subject = new Subject();
	subject.ask(500);
	subject.ask(500);
	subject.workOn(4);
	assert.equal(subject.outcomes.length, 2);
	assert.deepEqual(subject.outcomes[0], subject.outcomes[1]);
});

test('store hasher: a revision that is not there yet is refused', () => {
	const subject = new Subject();
	subject.ask(PUTS + 2);
	subject.workOn(1);
	assert.deepEqual(subject.outcomes, [{ kind: 'refused', code: CODES.future_revision.code }]);
});

test('store hasher: too many questions are refused at once', () => {
	const subject = new Subject();
	for (let revision = 1; revision <= 17; revision++) {
		subject.ask(revision);
	}
	assert.deepEqual(subject.outcomes, [{ kind: 'refused', code: CODES.too_many_requests.code }]);
});

test('store hasher: it waits while the store is being replaced, and begins anew on the next one', () => {
	const subject = new Subject();
	subject.ask(0);
	subject.work();
	subject.mayRead = false;
	subject.workOn(20);
	assert.deepEqual(subject.outcomes, []);
	subject.mayRead = true;
	subject.hasher.reopen();
	subject.workOn(20);
	assert.equal(subject.outcomes.length, 1);
});
