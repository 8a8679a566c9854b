import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LeaseSchedule } from '../../../src/lease/lease-schedule.ts';
import { minTtlSeconds } from '../../../src/lease/ttl.ts';

const TICK = 100;

function schedule(): LeaseSchedule {
	return new LeaseSchedule({ tickMilliseconds: TICK });
}

function tick(subject: LeaseSchedule, count: number): void {
	for (let i = 0; i < count; i++) {
		subject.tick();
	}
}

function over(subject: LeaseSchedule): bigint[] {
	const ids: bigint[] = [];
	for (let lease = subject.takeOver(); lease !== null; lease = subject.takeOver()) {
		ids.push(lease.id);
	}
	return ids;
}

function checkpoints(subject: LeaseSchedule): [bigint, number][] {
	const rows: [bigint, number][] = [];
	for (let row = subject.takeCheckpoint(); row !== null; row = subject.takeCheckpoint()) {
		rows.push([row.id, row.remaining]);
	}
	return rows;
}

test('lease: schedule: a lease is over one tick behind its time, since it began within one', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 2, remaining: 0 }, 0);
	tick(subject, 20);
	assert.deepEqual(over(subject), []);
	tick(subject, 1);
	assert.deepEqual(over(subject), [1n]);
	assert.equal(subject.get(1n)?.isEnding, true);
});

test('lease: schedule: a new leader gives what was left at the checkpoint, and an extension', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 100, remaining: 2 }, 10);
	tick(subject, 30);
	assert.deepEqual(over(subject), []);
	tick(subject, 1);
	assert.deepEqual(over(subject), [1n]);
});

test('lease: schedule: what a change of leaders has added is told to nobody', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 2, remaining: 0 }, 15);
	assert.equal(subject.remainingSeconds(1n), 2);
});

test('lease: schedule: a renewal gives the whole time again', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 2, remaining: 0 }, 0);
	tick(subject, 15);
	subject.renew(1n);
	assert.equal(subject.remainingSeconds(1n), 2);
	tick(subject, 20);
	assert.deepEqual(over(subject), []);
	tick(subject, 1);
	assert.deepEqual(over(subject), [1n]);
});

test('lease: schedule: one whose revoke was refused is over still, and is taken again', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 2, remaining: 0 }, 0);
	tick(subject, 21);
	assert.deepEqual(over(subject), [1n]);
	subject.keep(1n);
	assert.equal(subject.get(1n)?.isEnding, false);
	assert.deepEqual(over(subject), [1n]);
	subject.remove(1n);
	subject.keep(1n);
	assert.deepEqual(over(subject), []);
	assert.equal(subject.size, 0);
});

test('lease: schedule: what is left is replicated at half of it, and of that the half, not more often than every 2 s', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 60, remaining: 0 }, 0);
	const seen: [number, number][] = [];
	for (let now = 1; now <= 600; now++) {
		tick(subject, 1);
		seen.push(...checkpoints(subject).map(([, remaining]): [number, number] => [now, remaining]));
	}
	assert.deepEqual(seen, [
		[301, 30],
		[451, 15],
		[526, 8],
		[564, 4],
	]);
	assert.equal(subject.get(1n)?.hasCheckpoint, true);
});

test('lease: schedule: long leases have a checkpoint every 5 minutes, and short ones none', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 3_600, remaining: 0 }, 0);
	subject.add({ id: 2n, ttl: 3, remaining: 0 }, 0);
	tick(subject, 2_999);
	assert.deepEqual(checkpoints(subject), []);
	tick(subject, 1);
	assert.deepEqual(checkpoints(subject), [[1n, 3_301]]);
});

test('lease: schedule: while a checkpoint is being cleared there is no other, and after the renewal they begin anew', () => {
	const subject = schedule();
	subject.add({ id: 1n, ttl: 60, remaining: 0 }, 0);
	tick(subject, 301);
	assert.equal(checkpoints(subject).length, 1);
	subject.holdCheckpoints(1n);
	tick(subject, 200);
	assert.deepEqual(checkpoints(subject), []);
	subject.cleared(1n);
	subject.renew(1n);
	assert.equal(subject.get(1n)?.hasCheckpoint, false);
	tick(subject, 301);
	assert.deepEqual(checkpoints(subject), [[1n, 30]]);
});

test('lease: schedule: many checkpoints that are due do not keep a lease from being over', () => {
	const subject = schedule();
	for (let id = 1n; id < 100n; id++) {
		subject.add({ id, ttl: 60, remaining: 0 }, 0);
	}
	subject.add({ id: 100n, ttl: 31, remaining: 0 }, 0);
	tick(subject, 311);
	assert.deepEqual(over(subject), [100n]);
});

test('lease: schedule: random histories: each lease is over at the first tick behind its time, the longest overdue first', () => {
	const step = fc.oneof(
		fc.record({ kind: fc.constant('add' as const), id: fc.bigInt(1n, 6n), ttl: fc.integer({ min: 1, max: 20 }), extension: fc.nat({ max: 12 }) }),
		fc.record({ kind: fc.constant('renew' as const), id: fc.bigInt(1n, 6n) }),
		fc.record({ kind: fc.constant('remove' as const), id: fc.bigInt(1n, 6n) }),
		fc.record({ kind: fc.constant('tick' as const), count: fc.integer({ min: 1, max: 60 }) }),
	);
	fc.assert(
		fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
			const subject = schedule();
			const model = new Map<bigint, { readonly ttl: number; deadline: number }>();
			let now = 0;
			for (const each of steps) {
				if (each.kind === 'add') {
					subject.add({ id: each.id, ttl: each.ttl, remaining: 0 }, each.extension);
					if (!model.has(each.id)) {
						model.set(each.id, { ttl: each.ttl, deadline: now + each.ttl * 10 + each.extension + 1 });
					}
				} else if (each.kind === 'remove') {
					subject.remove(each.id);
					model.delete(each.id);
				} else if (each.kind === 'renew') {
					const lease = model.get(each.id);
					if (lease !== undefined) {
						subject.cleared(each.id);
						subject.renew(each.id);
						lease.deadline = now + lease.ttl * 10 + 1;
					}
				} else {
					tick(subject, each.count);
					now += each.count;
					checkpoints(subject);
					const expected = [...model].filter(([, { deadline }]) => deadline <= now);
					const deadlines = expected.map(([, { deadline }]) => deadline).sort((a, b) => a - b);
					const taken = over(subject);
					assert.deepEqual(
						taken.map((id) => model.get(id)?.deadline),
						deadlines,
					);
					for (const id of taken) {
						subject.remove(id);
						model.delete(id);
					}
				}
			}
			assert.equal(subject.size, model.size);
			for (const [id, { ttl, deadline }] of model) {
				assert.equal(subject.remainingSeconds(id), Math.min(ttl, Math.floor((deadline - now - 1) / 10)));
			}
		}),
		{ numRuns: 300 },
	);
});

test("lease: ttl: the least is etcd's", () => {
	assert.equal(minTtlSeconds(10, 100), 2);
	assert.equal(minTtlSeconds(5, 50), 1);
	assert.equal(minTtlSeconds(50, 100), 8);
});
