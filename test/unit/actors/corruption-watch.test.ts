import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionWatch } from '../../../src/actors/corruption-watch.ts';
import { StoreHasher } from '../../../src/actors/store-hasher.ts';
import type { RequestId, Term } from '../../../src/base/brand.ts';
import { CODES } from '../../../src/base/codes.ts';
import type { PeerHash } from '../../../src/ports/peer-hashes.ts';
import { decodeAlarm } from '../../../src/rpc/alarm-codec.ts';
import { CountedSlice } from '../../support/counted-slice.ts';
import { FakeProposer } from '../../support/fake-proposer.ts';
import { putCommand, SELF, StoreHarness } from './store-harness.ts';

const FIRST_TICKS = 5;
const PERIOD_TICKS = 100;
const PATIENCE_TICKS = 50;
const REVISION = 4;

/** The leader of three members (b2, SELF and d4), whose store is at revision 4; the others answer as the test says. */
class Subject {
	readonly store = StoreHarness.founded(1);
	readonly proposer = new FakeProposer();
	readonly asked: { readonly requestId: RequestId; readonly revision: number }[] = [];
	readonly lines: string[] = [];
	readonly place = { applied: 4, revision: REVISION, compactRevision: -1 };
	readonly watch: CorruptionWatch;
	readonly #hasher: StoreHasher;
	readonly #steps: (() => void)[] = [];

	constructor(options: { readonly periodTicks?: number; readonly compactionTicks?: number } = {}) {
		this.store.apply([putCommand('a'), putCommand('b'), putCommand('a')]);
		this.store.actor.flush();
		const { environment } = this.store;
		this.#hasher = new StoreHasher({
			environment,
			turn: { run: (work) => this.#steps.push(work) },
			slice: new CountedSlice(1_000),
			mayRead: () => true,
		});
		this.watch = new CorruptionWatch(
			{ selfId: SELF, periodTicks: PERIOD_TICKS, compactionTicks: 0, firstTicks: FIRST_TICKS, patienceTicks: PATIENCE_TICKS, ...options },
			{
				proposer: this.proposer,
				environment,
				hasher: this.#hasher,
				nextRequestId: () => (this.asked.length + 1) as RequestId,
				ask: (message) => this.asked.push(message),
				logger: { log: (level, message) => this.lines.push(`${level} ${message}`), isEnabled: () => true },
			},
		);
	}

	run(ticks: number): void {
		for (let i = 0; i < ticks; i++) {
			this.watch.tick(this.place);
			this.#hasher.tick();
			for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
				step();
			}
		}
	}

	/** What an honest member says at the newest question's revision. */
	honest(): PeerHash {
		let hash = 0;
		this.#hasher.ask(this.asked.at(-1)?.revision ?? 0, (outcome) => {
			hash = outcome.kind === 'hashed' ? outcome.hash : 0;
		});
		this.#hasher.tick();
		for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
			step();
		}
		return { code: 0, applied: 4, revision: REVISION, compactRevision: this.place.compactRevision, hash };
	}

	/** The newest question is answered. */
	tell(rows: Readonly<Record<string, PeerHash>>): void {
		const hashes = Object.values(rows);
		this.watch.told({
			kind: 'hashes_told',
			requestId: this.asked.at(-1)?.requestId as RequestId,
			ids: Object.keys(rows),
			codes: hashes.map(({ code }) => code),
			applied: hashes.map(({ applied }) => applied),
			revisions: hashes.map(({ revision }) => revision),
			compactRevisions: hashes.map(({ compactRevision }) => compactRevision),
			hashes: hashes.map(({ hash }) => hash),
		});
		this.run(1);
	}

	raised(): readonly string[] {
		return this.proposer.proposed.map(({ body }) => {
			const alarm = decodeAlarm(body);
			assert.deepEqual([alarm?.action, alarm?.alarm], [1, 2]);
			return alarm?.memberId.toString(16) ?? '';
		});
	}
}

function asking(options: ConstructorParameters<typeof Subject>[0] = {}): Subject {
	const subject = new Subject(options);
	subject.run(FIRST_TICKS + 2);
	return subject;
}

const other = (hash: PeerHash): PeerHash => ({ ...hash, hash: hash.hash ^ 1 });

test('corruption watch: soon after it leads, the leader asks all others at its own revision', () => {
	assert.deepEqual(
		asking().asked.map(({ revision }) => revision),
		[REVISION],
	);
});

test('corruption watch: equal stores raise nothing, and are compared again after the period', () => {
	const subject = asking();
	subject.tell({ b2: subject.honest(), d4: subject.honest() });
	assert.deepEqual(subject.raised(), []);
	subject.run(PERIOD_TICKS);
	assert.equal(subject.asked.length, 2);
});

test('corruption watch: what the last comparison found is told with its age', () => {
	const subject = asking();
	assert.equal(subject.watch.last, null);
	subject.tell({ b2: subject.honest() });
	subject.run(7);
	assert.deepEqual(subject.watch.last, { ticksAgo: 7, equal: 2, different: 0, unknown: 1 });
	subject.run(PERIOD_TICKS);
	subject.tell({ b2: subject.honest(), d4: other(subject.honest()) });
	assert.deepEqual(subject.watch.last, { ticksAgo: 0, equal: 2, different: 1, unknown: 0 });
});

test('corruption watch: a member that differs is named', () => {
	const subject = asking();
	subject.tell({ b2: subject.honest(), d4: other(subject.honest()) });
	assert.deepEqual(subject.raised(), ['d4']);
	assert.ok(subject.lines.includes('error found hash mismatch between members'));
});

test('corruption watch: the leader itself is named when the others agree against it', () => {
	const subject = asking();
	subject.tell({ b2: other(subject.honest()), d4: other(subject.honest()) });
	assert.deepEqual(subject.raised(), [SELF]);
});

test("corruption watch: without a majority the alarm is nobody's", () => {
	const subject = asking();
	subject.tell({ b2: other(subject.honest()) });
	assert.deepEqual(subject.raised(), ['0']);
});

test('corruption watch: members that have no such hash are not judged', () => {
	const subject = asking();
	const late = { code: CODES.future_revision.code, applied: 0, revision: 0, compactRevision: -1, hash: 0 };
	subject.tell({ b2: late, d4: late });
	assert.deepEqual(subject.raised(), []);
});

test('corruption watch: a member that has applied more is judged once this one has, too', () => {
	const subject = asking();
	const ahead = { ...subject.honest(), applied: 9, revision: REVISION + 2 };
	subject.tell({ b2: ahead, d4: subject.honest() });
	subject.run(3);
	assert.deepEqual(subject.raised(), []);
	Object.assign(subject.place, { applied: 9 });
	subject.run(1);
	assert.deepEqual(subject.raised(), ['b2']);
});

test('corruption watch: an alarm that is there is not raised again', () => {
	const subject = asking();
	subject.tell({ b2: subject.honest(), d4: other(subject.honest()) });
	const { kind, body } = subject.proposer.proposed[0] ?? assert.fail();
	subject.store.applyCommand(kind, body);
	subject.run(PERIOD_TICKS);
	subject.tell({ b2: subject.honest(), d4: other(subject.honest()) });
	assert.equal(subject.proposer.proposed.length, 1);
});

test('corruption watch: an answer that does not come is given up', () => {
	const subject = asking();
	subject.run(PATIENCE_TICKS + PERIOD_TICKS);
	assert.equal(subject.asked.length, 2);
});

test('corruption watch: an answer to a question of a former reign is nothing', () => {
	const subject = asking();
	const honest = subject.honest();
	subject.proposer.leadingTerm = 4 as Term;
	subject.run(1);
	subject.tell({ b2: other(honest), d4: other(honest) });
	assert.deepEqual(subject.raised(), []);
});

test('corruption watch: one who does not lead asks nobody', () => {
	const subject = new Subject();
	subject.proposer.leadingTerm = null;
	subject.run(500);
	assert.deepEqual(subject.asked, []);
});

test('corruption watch: a compaction is compared, until all members agree on it', () => {
	const subject = new Subject({ periodTicks: 0, compactionTicks: 10 });
	subject.store.applyCompaction(3);
	Object.assign(subject.place, { compactRevision: 3 });
	subject.run(12);
	subject.tell({ b2: subject.honest() });
	subject.run(12);
	subject.tell({ b2: subject.honest(), d4: subject.honest() });
	subject.run(40);
	assert.deepEqual(
		subject.asked.map(({ revision }) => revision),
		[3, 3],
	);
});

test('corruption watch: switched off it asks nobody', () => {
	const subject = new Subject({ periodTicks: 0 });
	subject.run(500);
	assert.deepEqual(subject.asked, []);
});
