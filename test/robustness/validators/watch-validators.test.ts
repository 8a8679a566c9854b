/** The validators of the eight guarantees: each accepts a right history, and finds what is planted in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchedEvent } from '../history.ts';
import { atomic } from './atomic.ts';
import { bookmarkable } from './bookmarkable.ts';
import { filtered } from './filtered.ts';
import { ordered } from './ordered.ts';
import { previous } from './previous.ts';
import { reliable } from './reliable.ts';
import { resumable } from './resumable.ts';
import { ALL, LAST, operation, response, sample, sessionOf, withEvents, withNextSession, withResponses } from './sample.ts';
import { unique } from './unique.ts';
import type { Evidence, Validator } from './validator.ts';
import { validate } from './validators.ts';

test('robustness: validators: all of them accept a right history', () => {
	assert.deepEqual(validate(sample()), []);
});

const eventsAt = (revision: number): readonly WatchedEvent[] => sample().keyspace.eventsAt(revision);

const PLANTED: Readonly<Record<string, readonly [Validator, Evidence]>> = {
	'an event of another key': [
		filtered,
		{ ...sample(), sessions: [{ ...sessionOf(sample().keyspace, 'a only', ALL), request: { ...ALL, rangeEnd: '' } }] },
	],
	'an event of an excluded kind': [
		filtered,
		{ ...sample(), sessions: [{ ...sessionOf(sample().keyspace, 'deletes', ALL), request: { ...ALL, noPut: true } }] },
	],
	'two revisions the other way round': [
		ordered,
		withResponses(([created, second, third, ...rest]) => [created, third, second, ...rest].flatMap((each) => each ?? [])),
	],
	'an old event after a reconnect': [ordered, withNextSession(LAST + 1, [response('events', 5, eventsAt(5))])],
	'an event twice in a session': [unique, withResponses((responses) => responses.flatMap((each) => (each.revision === 6 ? [each, each] : [each])))],
	'an event again after a reconnect': [unique, withNextSession(LAST, [response('events', LAST, eventsAt(LAST))])],
	'a revision in two responses': [
		atomic,
		withResponses((responses) =>
			responses.flatMap((each) => (each.revision === 4 ? each.events.map((event) => ({ ...each, events: [event] })) : [each])),
		),
	],
	'a revision that a reconnect has cut in two': [atomic, { ...withNextSession(4, [response('events', 4, eventsAt(4).slice(1))]) }],
	'progress that overtakes events': [bookmarkable, withResponses((responses) => [response('progress', 6), ...responses])],
	'progress that goes back': [bookmarkable, withResponses((responses) => [...responses, response('progress', LAST - 1)])],
	'an event behind the bookmark after a reconnect': [bookmarkable, withNextSession(LAST + 1, [response('events', LAST, eventsAt(LAST))])],
	'a first event too late': [resumable, withResponses((responses) => responses.filter(({ kind, revision }) => kind !== 'events' || revision > 2))],
	'a first event before the start': [resumable, withNextSession(8, [response('events', 7, eventsAt(7))])],
	'progress and no event where there was one': [resumable, withNextSession(8, [response('progress', LAST)])],
	'a revision left out': [reliable, withResponses((responses) => responses.filter(({ kind, revision }) => kind !== 'events' || revision !== 5))],
	'the last event left out before progress': [
		reliable,
		withResponses((responses) => responses.filter(({ kind, revision }) => kind !== 'events' || revision !== LAST)),
	],
	'half of a revision': [reliable, withEvents(4, (events) => events.slice(1))],
	'an event that never was': [
		reliable,
		withEvents(5, ([event]) => (event === undefined ? [] : [event, { ...event, kv: { ...event.kv, key: 'c' } }])),
	],
	'another value': [reliable, withEvents(6, (events) => events.map((event) => ({ ...event, kv: { ...event.kv, value: 'other' } })))],
	'a put that poses as a creation': [
		previous,
		withEvents(6, (events) => events.map((event) => ({ ...event, kv: { ...event.kv, create: 6, version: 1 } }))),
	],
	'another value before': [previous, withEvents(9, (events) => events.map((event) => ({ ...event, previous: event.kv })))],
	'no value before': [previous, withEvents(6, (events) => events.map((event) => ({ ...event, previous: null })))],
	'a value before a creation': [previous, withEvents(7, (events) => events.map((event) => ({ ...event, previous: event.kv })))],
	'a value before that was not asked for': [
		previous,
		{ ...sample(), sessions: [{ ...sessionOf(sample().keyspace, 'plain', ALL), request: { ...ALL, prevKv: false } }] },
	],
};

for (const [title, [validator, evidence]] of Object.entries(PLANTED)) {
	test(`robustness: validators: ${validator.name}: finds ${title}`, () => {
		assert.notDeepEqual(validator(evidence), []);
	});
}

const FINE: Readonly<Record<string, readonly [Validator, Evidence]>> = {
	'fragments of one revision': [
		atomic,
		withResponses((responses) =>
			responses.flatMap((each) =>
				each.revision === 4 ? each.events.map((event, i) => ({ ...each, isFragment: i === 0, events: [event] })) : [each],
			),
		),
	],
	'fragments whose end was lost, told again': [
		unique,
		withResponses((responses) => [
			...responses.filter(({ kind }) => kind === 'created'),
			{ ...response('events', 4, eventsAt(4).slice(0, 1)), isFragment: true },
		]),
	],
	'a member that is behind after a reconnect': [bookmarkable, withNextSession(LAST + 1, [response('progress', 3)])],
	'a session in the future': [resumable, withNextSession(LAST + 100, [response('progress', LAST)])],
	'nothing before, where it may have been compacted': [
		previous,
		{
			...withEvents(6, (events) => events.map((event) => ({ ...event, previous: null }))),
			operations: [operation({ kind: 'compact', revision: 6 }, 500, { revision: LAST, answer: { kind: 'compact' } })],
		},
	],
};

for (const [title, [validator, evidence]] of Object.entries(FINE)) {
	test(`robustness: validators: ${validator.name}: accepts ${title}`, () => {
		assert.deepEqual(validator(evidence), []);
	});
}
