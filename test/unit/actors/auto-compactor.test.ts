import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoCompactor, type AutoCompactorOptions } from '../../../src/actors/auto-compactor.ts';
import { CODES } from '../../../src/base/codes.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import { decodeCompact } from '../../../src/rpc/kv-codec.ts';
import { FakeProposer } from '../../support/fake-proposer.ts';

/** A keyspace that grows by one revision a tick, from 1 on; what is proposed is done at once unless `code` says otherwise. */
class Subject {
	readonly proposer = new FakeProposer();
	readonly compactor: AutoCompactor;
	code: number | null = 0;
	compactRevision = -1;
	/** What was compacted to, and at which tick. */
	readonly compactions: (readonly [tick: number, revision: number])[] = [];
	#tick = 0;

	constructor(options: AutoCompactorOptions) {
		this.compactor = new AutoCompactor(options, this.proposer, SILENT);
	}

	run(ticks: number): void {
		for (let i = 0; i < ticks; i++) {
			this.#tick += 1;
			const before = this.proposer.proposed.length;
			this.compactor.tick({ revision: this.#tick, compactRevision: this.compactRevision });
			const proposed = this.proposer.proposed[before];
			if (proposed === undefined) {
				continue;
			}
			const revision = decodeCompact(proposed.body)?.revision ?? 0;
			this.compactions.push([this.#tick, revision]);
			if (this.code !== null) {
				this.proposer.settle(this.code);
				this.compactRevision = this.code === 0 ? revision : this.compactRevision;
			}
		}
	}
}

const PERIODIC: AutoCompactorOptions = { mode: 'periodic', periodTicks: 100, intervalTicks: 100 };
const LONG: AutoCompactorOptions = { mode: 'periodic', periodTicks: 300, intervalTicks: 100 };
const REVISION: AutoCompactorOptions = { mode: 'revision', revisions: 60, intervalTicks: 50 };

test('auto compaction: off compacts nothing', () => {
	const subject = new Subject({ mode: 'off' });
	subject.run(1_000);
	assert.deepEqual(subject.compactions, []);
});

test('auto compaction: periodic: the first comes after a whole period, to what was current then', () => {
	const subject = new Subject(PERIODIC);
	subject.run(150);
	assert.deepEqual(subject.compactions, [[101, 1]]);
});

test('auto compaction: periodic: later ones keep at least a period', () => {
	const subject = new Subject(PERIODIC);
	subject.run(500);
	assert.equal(subject.compactions.length, 4);
	for (const [tick, revision] of subject.compactions) {
		assert.ok(tick - revision >= 100 && tick - revision <= 110, `to ${revision} at ${tick}`);
	}
});

test('auto compaction: periodic: with a period beyond the interval they follow in intervals', () => {
	const subject = new Subject(LONG);
	subject.run(620);
	assert.deepEqual(
		subject.compactions.map(([tick]) => tick),
		[301, 401, 501, 601],
	);
});

test('auto compaction: periodic: a failure is tried again at the next sample', () => {
	const subject = new Subject(PERIODIC);
	subject.code = CODES.too_many_requests.code;
	subject.run(105);
	subject.code = 0;
	subject.run(10);
	assert.deepEqual(subject.compactions, [
		[101, 1],
		[111, 1],
	]);
});

test('auto compaction: one whose outcome is open is not repeated', () => {
	const subject = new Subject(PERIODIC);
	subject.code = null;
	subject.run(300);
	assert.equal(subject.compactions.length, 1);
	subject.proposer.lose();
	subject.run(20);
	assert.equal(subject.compactions.length, 2);
});

test('auto compaction: one who does not lead samples only, and compacts at once when it leads', () => {
	const subject = new Subject(PERIODIC);
	const term = subject.proposer.leadingTerm;
	subject.proposer.leadingTerm = null;
	subject.run(400);
	assert.deepEqual(subject.compactions, []);
	subject.proposer.leadingTerm = term;
	subject.run(10);
	assert.deepEqual(subject.compactions, [[401, 291]]);
});

test('auto compaction: revision: all but the newest go, each interval', () => {
	const subject = new Subject(REVISION);
	subject.run(160);
	assert.deepEqual(subject.compactions, [
		[101, 41],
		[151, 91],
	]);
});

test('auto compaction: what is compacted already is not compacted again', () => {
	const subject = new Subject(REVISION);
	subject.compactRevision = 50;
	subject.run(120);
	assert.deepEqual(subject.compactions, []);
});
