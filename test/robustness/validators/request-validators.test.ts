/** The validators of requests and what was persisted: each finds what is planted in a right history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Outcome } from '../history.ts';
import { Keyspace } from '../keyspace.ts';
import { persistedOf } from '../persisted.ts';
import { answered } from './answered.ts';
import { attributed } from './attributed.ts';
import { linearizable } from './linearizable.ts';
import { realTime } from './real-time.ts';
import { ALL, operation, sample, sessionOf, withOperations } from './sample.ts';
import type { Evidence, Validator } from './validator.ts';

const UNKNOWN: Outcome = { kind: 'unknown', words: 'no answer' };
const REFUSED: Outcome = { kind: 'refused', words: 'no' };

/** The sample with the operations of a kind at a revision changed. */
function withOutcome(revision: number, kind: Operation['request']['kind'], change: (operation: Operation) => Operation | null): Evidence {
	return withOperations((operations) =>
		operations.flatMap((each) =>
			each.outcome.kind === 'ok' && each.outcome.revision === revision && each.request.kind === kind ? (change(each) ?? []) : [each],
		),
	);
}

function answeredAt(each: Operation, revision: number): Operation {
	return each.outcome.kind === 'ok' ? { ...each, outcome: { ...each.outcome, revision } } : each;
}

/** A read of one key that shows another state of it than there was: that at an older revision. */
function staleRead(invoked: number, old: number): Operation {
	const kv = sample().keyspace.kvAt('b', old);
	const kvs = kv === null ? [] : [kv];
	const request = { kind: 'range', key: 'b', rangeEnd: '', revision: 0, limit: 0, serializable: false } as const;
	return operation(request, invoked, { revision: old, answer: { kind: 'range', kvs, count: kvs.length, more: false } });
}

const compareAndPut = { kind: 'txn', compare: [{ key: 'b', mod: 6 }], success: [{ kind: 'put', key: 'b', value: '9' }], failure: [] } as const;

const PLANTED: Readonly<Record<string, readonly [Validator, Evidence]>> = {
	'a range that misses a key': [
		answered,
		withOutcome(6, 'range', (each) => ({ ...each, outcome: { kind: 'ok', revision: 6, answer: { kind: 'range', kvs: [], count: 0, more: false } } })),
	],
	'a put that was acknowledged and lost': [answered, withOutcome(9, 'put', (each) => answeredAt(each, 10))],
	'a put at another revision than its own': [answered, withOutcome(6, 'put', (each) => answeredAt(each, 7))],
	'half of a txn': [
		answered,
		withOutcome(4, 'txn', (each) =>
			each.request.kind === 'txn' ? { ...each, request: { ...each.request, success: each.request.success.slice(1) } } : each,
		),
	],
	'a txn that succeeded though its compare did not hold': [
		answered,
		withOutcome(9, 'put', (each) => ({
			...each,
			request: { ...compareAndPut, compare: [{ key: 'b', mod: 3 }] },
			outcome: { kind: 'ok', revision: 9, answer: { kind: 'txn', succeeded: true, answers: [{ kind: 'put' }] } },
		})),
	],
	'a txn that failed though its compare held': [
		answered,
		withOperations((all) => [...all, operation(compareAndPut, 67, { revision: 6, answer: { kind: 'txn', succeeded: false, answers: [] } })]),
	],
	'nothing deleted where there was something': [
		answered,
		withOperations((all) => [
			...all,
			operation({ kind: 'delete', key: 'b', rangeEnd: '' }, 67, { revision: 6, answer: { kind: 'delete', deleted: 0 } }),
		]),
	],
	'a read from before what was known': [realTime, withOperations((all) => [...all, staleRead(97, 8)])],
	'a write from before what was known': [realTime, withOutcome(6, 'put', (each) => ({ ...each, invoked: 85, returned: 86 }))],
	'a change that nobody asked for': [attributed, withOutcome(6, 'put', () => null)],
	'a refused request that was persisted': [attributed, withOutcome(6, 'put', (each) => ({ ...each, outcome: REFUSED }))],
	'one revision for two requests': [attributed, withOutcome(6, 'put', (each) => answeredAt(each, 9))],
	'a stale read': [linearizable, withOperations((all) => [...all, staleRead(97, 8)])],
	'a stale read with the newest revision': [linearizable, withOperations((all) => [...all, answeredAt(staleRead(97, 3), 9)])],
	'a read before the write began': [linearizable, withOutcome(9, 'put', (each) => ({ ...each, invoked: 200, returned: 210 }))],
	'an unknown write that took place and then did not': [
		linearizable,
		withOperations((all) => [
			...all.map((each) =>
				each.outcome.kind === 'ok' && each.outcome.revision === 9 && each.request.kind === 'put' ? { ...each, outcome: UNKNOWN } : each,
			),
			answeredAt(staleRead(120, 8), 9),
		]),
	],
};

for (const [title, [validator, evidence]] of Object.entries(PLANTED)) {
	test(`robustness: validators: ${validator.name}: finds ${title}`, () => {
		assert.notDeepEqual(validator(evidence), []);
	});
}

const FINE: Readonly<Record<string, Evidence>> = {
	'an unknown request that was persisted': withOutcome(6, 'put', (each) => ({ ...each, outcome: UNKNOWN })),
	'an unknown delete that was persisted': withOutcome(5, 'delete', (each) => ({ ...each, outcome: UNKNOWN })),
	'an unknown request that was not': withOperations((all) => [
		...all,
		{ ...operation({ kind: 'put', key: 'b', value: 'never' }, 67, { revision: 0, answer: { kind: 'put' } }), outcome: UNKNOWN },
	]),
	'an old read that may be old': withOperations((all) => {
		const stale = staleRead(97, 8);
		return [...all, { ...stale, request: { ...stale.request, serializable: true } as Operation['request'] }];
	}),
	'a read that began before the write was answered': withOperations((all) => [...all, { ...staleRead(91, 8), returned: 95 }]),
};

for (const [title, evidence] of Object.entries(FINE)) {
	test(`robustness: validators: requests: accept ${title}`, () => {
		assert.deepEqual(
			[answered, realTime, attributed, linearizable].flatMap((validator) => validator(evidence)),
			[],
		);
	});
}

test('robustness: persisted: is what the watchers of everything have seen together', () => {
	const { keyspace } = sample();
	const whole = sessionOf(keyspace, 'all', ALL);
	const early = { ...whole, responses: whole.responses.slice(0, 5) };
	const late = sessionOf(keyspace, 'all', { ...ALL, startRevision: 5 });
	assert.deepEqual(persistedOf([early, late]), { ...persistedOf([whole]), problems: [] });
	assert.deepEqual(new Keyspace(persistedOf([early, late]).changes).changes, keyspace.changes);
});

test('robustness: persisted: members that differ are found, and so is what none of them has told of', () => {
	const { keyspace } = sample();
	const whole = sessionOf(keyspace, 'all', ALL);
	const other = {
		...whole,
		member: 'm2',
		responses: whole.responses.map((each) => ({ ...each, events: each.events.map((event) => ({ ...event, kv: { ...event.kv, value: 'other' } })) })),
	};
	assert.notDeepEqual(persistedOf([whole, other]).problems, []);
	assert.notDeepEqual(persistedOf([{ ...whole, responses: whole.responses.filter(({ revision }) => revision !== 5) }]).problems, []);
});
