import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Outbox } from '../../../src/actors/actor.ts';
import { LogActor } from '../../../src/actors/log-actor.ts';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import { MemoryEngine } from '../../../src/base/memory-engine.ts';
import { EngineLogStore } from '../../../src/log/engine-log-store.ts';
import { LOG_TREE_NAMES } from '../../../src/log/layout.ts';
import type { LogBatch } from '../../../src/log/log-store.ts';
import { SILENT } from '../../../src/ports/logger.ts';
import type { Append, PeerFrame } from '../../../src/protocol/messages.ts';
import { batch, columns, newLogEngine } from '../../support/log-fixtures.ts';
import { JournalMedium } from '../../support/log-media.ts';

type Posted = readonly [to: string, message: { readonly kind: string } & Record<string, unknown>];

/** Notes each write of the log between the messages that were posted. */
class NotingStore extends EngineLogStore {
	readonly notes: string[];

	constructor(engine: MemoryEngine, notes: string[]) {
		super(engine, crc32);
		this.notes = notes;
	}

	override append(batches: readonly LogBatch[]): true {
		super.append(batches);
		this.notes.push(`wrote ${batches.length}`);
		return true;
	}

	override compact(upTo: Index): void {
		super.compact(upTo);
		this.notes.push(`compacted ${upTo}`);
	}

	override sweep(recordsMax: number): boolean {
		const more = super.sweep(recordsMax);
		this.notes.push(`swept, ${more ? 'more' : 'done'}`);
		return more;
	}
}

function start(engine = newLogEngine()) {
	const notes: string[] = [];
	const posted: Posted[] = [];
	const outbox: Outbox<'log'> = {
		post: (to, message) => {
			posted.push([to, message as unknown as Posted[1]]);
			notes.push(`${message.kind} to ${to}`);
		},
	};
	const actor = new LogActor({ sweepRecordsMax: 4 }, { outbox, store: new NotingStore(engine, notes), logger: SILENT });
	actor.start();
	const take = (): Posted[] => posted.splice(0);
	return { actor, notes, take };
}

function append(batch: number, first: number, terms: readonly number[], parts: Partial<Append> = {}): Append {
	return {
		kind: 'append',
		...columns(first, terms),
		batch,
		truncateFrom: null,
		term: (terms.at(-1) ?? 1) as Term,
		vote: 0 as Slot,
		commit: 0 as Index,
		mark: null,
		resetTo: null,
		after: [],
		isSent: false,
		...parts,
	};
}

function frame(text: string): PeerFrame {
	return [2 as Slot, 0, false, new TextEncoder().encode(text)];
}

function fetch(lo: number, hi: number, bytesMax = 1_000) {
	return { kind: 'fetch' as const, member: 3 as Slot, lo: lo as Index, hi: hi as Index, bytesMax };
}

test('log actor: start: it says what the log holds', () => {
	const engine = newLogEngine();
	const before = start(engine);
	before.actor.receive(append(1, 1, [1, 2], { vote: 2 as Slot, commit: 1 as Index, mark: [9 as Index, 2 as Term] }));
	before.actor.flush();
	assert.deepEqual(start(engine).take(), [
		[
			'raft',
			{
				kind: 'log_opened',
				term: 2,
				vote: 2,
				commit: 1,
				beforeIndex: 0,
				beforeTerm: 0,
				last: 2,
				runIndexes: [1, 2],
				runTerms: [1, 2],
				mark: [9, 2],
			},
		],
	]);
});

test('log actor: append: nothing is said before the turn has been written, and then in order', () => {
	const { actor, notes } = start();
	notes.length = 0;
	actor.receive(append(1, 1, [1], { after: [frame('a')] }));
	actor.receive(append(2, 2, [1], { after: [frame('b')] }));
	assert.deepEqual(notes, []);
	actor.flush();
	assert.deepEqual(notes, ['wrote 2', 'send to peer', 'persisted to raft', 'persisted to raft']);
});

test('log actor: append: held frames leave in the order of their batches', () => {
	const { actor, take } = start();
	actor.receive(append(1, 1, [1], { after: [frame('a'), frame('b')] }));
	actor.receive(append(2, 2, [1], { after: [frame('c')] }));
	actor.flush();
	const sent = take().find(([to]) => to === 'peer')?.[1] as unknown as { frames: readonly PeerFrame[] };
	assert.deepEqual(
		sent.frames.map(([, , , bytes]) => new TextDecoder().decode(bytes)),
		['a', 'b', 'c'],
	);
});

test('log actor: append: each batch is told persisted with its own last entry', () => {
	const { actor, take } = start();
	take();
	actor.receive(append(1, 1, [1, 1]));
	actor.receive(append(2, 2, [2], { truncateFrom: 2 as Index }));
	actor.receive(append(3, 0, [], { term: 3 as Term, vote: 1 as Slot }));
	actor.flush();
	assert.deepEqual(take(), [
		['raft', { kind: 'persisted', batch: 1, lastIndex: 2, lastTerm: 1 }],
		['raft', { kind: 'persisted', batch: 2, lastIndex: 2, lastTerm: 2 }],
		['raft', { kind: 'persisted', batch: 3, lastIndex: 0, lastTerm: 0 }],
	]);
});

test('log actor: append: a write that fails lets no word out', () => {
	class FailingEngine extends MemoryEngine {
		fails = false;
		override write<T>(work: Parameters<MemoryEngine['write']>[0]): T {
			if (this.fails) {
				throw new Error('the disk failed');
			}
			return super.write(work) as T;
		}
	}
	const engine = new FailingEngine(LOG_TREE_NAMES);
	const { actor, take } = start(engine);
	take();
	engine.fails = true;
	actor.receive(append(1, 1, [1], { after: [frame('a')] }));
	assert.throws(() => actor.flush(), /the disk failed/);
	assert.deepEqual(take(), []);
});

test('log actor: append: a gap between batches is a fault of our own', () => {
	const { actor } = start();
	actor.receive(append(1, 1, [1]));
	assert.throws(() => actor.receive(append(3, 2, [1])), /batch 3 after 1/);
});

test('log actor: append: the reset at boot has number 0, and is persisted before the core counts from 1', () => {
	const { actor, take } = start();
	take();
	actor.receive(append(0, 0, [], { resetTo: [7 as Index, 1 as Term] }));
	actor.flush();
	actor.receive(append(1, 8, [1], { commit: 7 as Index }));
	actor.flush();
	assert.deepEqual(take(), [
		['raft', { kind: 'persisted', batch: 0, lastIndex: 0, lastTerm: 0 }],
		['raft', { kind: 'persisted', batch: 1, lastIndex: 8, lastTerm: 1 }],
	]);
});

test('log actor: append: a gap between entries is a fault of our own', () => {
	const { actor } = start();
	actor.receive(append(1, 1, [1]));
	actor.receive(append(2, 3, [1]));
	assert.throws(() => actor.flush(), /entry 3 appended after entry 1/);
});

test('log actor: fetch: it sees what was appended before it in the same turn', () => {
	const { actor, take } = start();
	actor.receive(append(1, 1, [1, 1, 1]));
	actor.receive(fetch(2, 4));
	actor.flush();
	const fetched = take().find(([, message]) => message.kind === 'fetched');
	assert.deepEqual(fetched, ['raft', { kind: 'fetched', ...columns(2, [1, 1]), member: 3, lo: 2, hi: 4 }]);
});

test('log actor: fetch: it is bounded by bytes, but never empty', () => {
	const { actor, take } = start();
	actor.receive(append(1, 1, [1, 1, 1]));
	actor.receive(fetch(1, 4, 1));
	actor.flush();
	const fetched = take().find(([, message]) => message.kind === 'fetched');
	assert.deepEqual(fetched, ['raft', { kind: 'fetched', ...columns(1, [1]), member: 3, lo: 1, hi: 4 }]);
});

test('log actor: fetch: compacted entries are answered by empty columns', () => {
	const { actor, take } = start();
	actor.receive(append(1, 1, [1, 1, 1], { commit: 2 as Index }));
	actor.receive({ kind: 'compact', upTo: 2 as Index });
	actor.flush();
	take();
	actor.receive(fetch(2, 4));
	actor.flush();
	assert.deepEqual(take(), [['raft', { kind: 'fetched', ...columns(2, []), member: 3, lo: 2, hi: 4 }]]);
});

test('log actor: compact: entries go in slices, one a tick, and only in turns that append nothing', () => {
	const { actor, notes } = start();
	actor.receive(append(1, 1, new Array(30).fill(1), { commit: 30 as Index }));
	actor.receive({ kind: 'compact', upTo: 30 as Index });
	actor.flush();
	notes.length = 0;
	actor.flush();
	actor.tick();
	actor.flush();
	actor.receive(append(2, 31, [1], { commit: 30 as Index }));
	actor.tick();
	actor.flush();
	for (let tick = 0; tick < 6; tick++) {
		actor.tick();
		actor.flush();
	}
	const more = new Array(4).fill('swept, more');
	assert.deepEqual(notes, ['swept, more', 'wrote 1', 'persisted to raft', ...more, 'swept, done']);
});

test('log actor: drain: it is drained once its turn is flushed', () => {
	const { actor } = start();
	actor.receive(append(1, 1, [1]));
	assert.equal(actor.isDrained(), false);
	actor.drain();
	actor.flush();
	assert.equal(actor.isDrained(), true);
});

/** A log with a journal whose flush off the thread is ended by hand; three entries are a large turn. */
function startLate() {
	const notes: string[] = [];
	const medium = new JournalMedium({ firstSegmentBytes: 65_536, prepareAtBytes: 65_536, recordBytesMax: 65_536 });
	const store = medium.open();
	store.append([batch({ first: 1, terms: [1] })]);
	const sweep = store.sweep.bind(store);
	store.sweep = (recordsMax) => {
		notes.push('sweep');
		return sweep(recordsMax);
	};
	medium.disk.before = (change) => notes.push(change);
	const outbox: Outbox<'log'> = {
		post: (to, message) => {
			const { kind, ...rest } = message as { kind: string; batch?: number; terms?: readonly number[] };
			notes.push([kind, rest.batch ?? rest.terms?.length ?? '', 'to', to].join(' '));
		},
	};
	const actor = new LogActor({ sweepRecordsMax: 4 }, { outbox, store, logger: SILENT });
	const take = (): string[] => notes.splice(0);
	return { actor, store, disk: medium.disk, take };
}

test('log actor: late flush: words and held frames leave when it is done, in order, and not before', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1], { after: [frame('a')] }));
	actor.receive(append(2, 4, [1], { after: [frame('b')] }));
	actor.flush();
	assert.deepEqual(take(), ['write']);
	actor.flush();
	assert.deepEqual(take(), []);
	disk.endFlush();
	actor.flush();
	assert.deepEqual(take(), ['flush', 'send  to peer', 'persisted 1 to raft', 'persisted 2 to raft']);
});

test('log actor: late flush: what is appended meanwhile gathers, and is written in one go when it is done', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.flush();
	for (const number of [2, 3, 4]) {
		actor.receive(append(number, number + 3, [1]));
		actor.flush();
	}
	assert.deepEqual(take(), ['write']);
	disk.endFlush();
	assert.deepEqual(take(), ['flush', 'persisted 1 to raft']);
	actor.flush();
	assert.deepEqual(take(), ['write']);
	disk.endFlush();
	assert.deepEqual(take(), ['flush', 'persisted 2 to raft', 'persisted 3 to raft', 'persisted 4 to raft']);
});

test('log actor: late flush: a small turn after it is written, flushed and told of at once', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.flush();
	disk.endFlush();
	take();
	actor.receive(append(2, 5, [1]));
	actor.flush();
	assert.deepEqual(take(), ['write', 'flush', 'persisted 2 to raft']);
});

test('log actor: late flush: entries that are written are read meanwhile', () => {
	const { actor, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.receive(fetch(2, 5));
	actor.flush();
	actor.receive(fetch(1, 3));
	actor.flush();
	assert.deepEqual(take(), ['write', 'fetched 3 to raft', 'fetched 2 to raft']);
});

test('log actor: late flush: a fetch behind an append that waits sees that append', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.flush();
	actor.receive(append(2, 3, [2], { truncateFrom: 3 as Index }));
	actor.receive(fetch(2, 5));
	actor.flush();
	assert.deepEqual(take(), ['write']);
	disk.endFlush();
	actor.flush();
	assert.deepEqual(take(), ['flush', 'persisted 1 to raft', 'write', 'flush', 'persisted 2 to raft', 'fetched 2 to raft']);
});

test('log actor: late flush: a compaction waits for it, and comes behind what was appended before the next one can begin', () => {
	const { actor, disk, store, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1], { commit: 2 as Index }));
	actor.flush();
	actor.receive({ kind: 'compact', upTo: 2 as Index });
	actor.receive(append(2, 5, [1, 1, 1], { commit: 4 as Index }));
	actor.flush();
	assert.equal(store.contents().before.index, 0);
	disk.endFlush();
	actor.flush();
	assert.deepEqual(
		[take(), store.contents().before.index],
		[['write', 'flush', 'persisted 1 to raft', 'write', 'flush', 'persisted 2 to raft', 'write', 'flush'], 2],
	);
});

test('log actor: late flush: nothing is swept meanwhile', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.flush();
	take();
	actor.tick();
	actor.flush();
	assert.deepEqual(take(), []);
	disk.endFlush();
	actor.tick();
	actor.flush();
	assert.deepEqual(take(), ['flush', 'persisted 1 to raft', 'sweep']);
});

test('log actor: late flush: it is drained once it is done, and what gathered is durable too', () => {
	const { actor, disk } = startLate();
	actor.receive(append(1, 2, [1, 1, 1]));
	actor.flush();
	actor.receive(append(2, 5, [1]));
	actor.drain();
	actor.flush();
	assert.equal(actor.isDrained(), false);
	disk.endFlush();
	assert.equal(actor.isDrained(), false);
	actor.flush();
	assert.deepEqual([actor.isDrained(), disk.isDirty], [true, false]);
});

test('log actor: late flush: one that fails is thrown at once; no word leaves, and nothing is written', () => {
	const { actor, disk, take } = startLate();
	actor.receive(append(1, 2, [1, 1, 1], { after: [frame('a')] }));
	actor.flush();
	actor.receive(append(2, 5, [1]));
	take();
	disk.before = () => {
		throw new Error('the disk failed');
	};
	assert.throws(() => disk.endFlush(), /the disk failed/);
	actor.flush();
	actor.flush();
	assert.deepEqual([take(), actor.isDrained()], [[], false]);
});
