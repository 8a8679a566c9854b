import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Slot, Term } from '../../../src/base/brand.ts';
import type { Envelope, PeerMessage } from '../../../src/raft/message.ts';
import { accepted, append, command, heartbeat, LoneMember } from '../../paper/lone-member.ts';

const number = fc.oneof(
	{ weight: 9, arbitrary: fc.integer({ min: 0, max: 8 }) },
	fc.constantFrom(-1, 0.5, 2 ** 48, Number.MAX_SAFE_INTEGER, Number.NaN),
);
const data = fc.constant(Buffer.from('x'));

/** Every kind, with fields that are mostly near the truth and sometimes far from it, and entries that need not fit together. */
const message = fc
	.record({
		kind: fc.constantFrom<PeerMessage['kind']>(
			'vote_request',
			'vote_reply',
			'pre_vote_request',
			'pre_vote_reply',
			'append_request',
			'append_accepted',
			'append_rejected',
			'heartbeat',
			'heartbeat_reply',
			'timeout_now',
			'forward_propose',
			'forward_refused',
			'forward_read',
			'read_reply',
			'committed',
			'timing_request',
			'timing_reply',
		),
		lastIndex: number,
		lastTerm: number,
		force: fc.boolean(),
		granted: fc.boolean(),
		previousIndex: number,
		previousTerm: number,
		entries: fc.oneof(
			fc.array(
				fc.tuple(number, number).map(([index, term]) => command(index, term)),
				{ maxLength: 3 },
			),
			fc.tuple(number, fc.nat(3), number).map(([from, count, term]) => Array.from({ length: count }, (_, i) => command(from + i, term))),
		),
		commit: number,
		match: number,
		rejected: number,
		hintIndex: number,
		hintTerm: number,
		read: number,
		boot: number,
		sequence: number,
		count: number,
		code: number,
		context: number,
		entryTerm: number,
		index: number,
		stamp: number,
		silence: number,
		flush: number,
		electionTicks: number,
		kinds: fc.array(fc.constantFrom(0, 1, 2), { maxLength: 3 }),
		proposals: fc.array(data, { maxLength: 3 }),
	})
	.map((fields) => fields as unknown as PeerMessage);

const sound = fc.tuple(fc.nat(6), fc.nat(5), fc.nat(3), fc.nat(8)).map(([previous, previousTerm, count, commit]) =>
	append(
		previous,
		previousTerm,
		Array.from({ length: count }, (_, i) => previousTerm + (i >> 1)),
		commit,
	),
);

type Event = { readonly envelope: Envelope } | 'tick' | 'flush' | 'propose' | 'apply' | 'tune' | 'lose';
const event: fc.Arbitrary<Event> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({
			envelope: fc.record({
				from: fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<Slot>,
				to: fc.constantFrom(1, 1, 1, 2) as fc.Arbitrary<Slot>,
				term: number as fc.Arbitrary<Term>,
				message: fc.oneof(message, sound, fc.constant(heartbeat(3)), fc.constant(accepted(2))),
			}),
		}),
	},
	fc.constantFrom<Event>('tick', 'flush', 'propose', 'apply', 'tune', 'lose'),
);

const TUNES = { preVote: true, checkQuorum: true, tuning: { electionTicksMin: 3, electionTicksMax: 40 } };

function play(member: LoneMember, events: readonly Event[]): void {
	let applied = member.core.status().applied;
	for (const one of events) {
		if (one === 'tick') {
			member.tick(5);
		} else if (one === 'flush') {
			member.flushAll();
		} else if (one === 'propose') {
			member.propose();
		} else if (one === 'tune') {
			member.step({ kind: 'tuned', electionTicks: 1 + member.log.length });
		} else if (one === 'lose') {
			member.step({ kind: 'link_down', member: 2 as Slot });
			member.core.takeWish();
		} else if (one === 'apply') {
			const upTo = member.handed.at(-1)?.index ?? applied;
			if (upTo > applied) {
				applied = upTo;
				member.step({ kind: 'applied', upTo, membership: null });
			}
		} else {
			member.step({ kind: 'received', envelope: one.envelope });
		}
	}
}

for (const [role, make] of [
	['follower', () => new LoneMember({ terms: [1, 1, 2] })],
	['follower with both guards', () => new LoneMember({ terms: [1, 1, 2], config: { preVote: true, checkQuorum: true } })],
	['follower that tunes itself', () => new LoneMember({ terms: [1, 1, 2], config: TUNES })],
	['leader that tunes itself', () => new LoneMember({ terms: [1, 1], config: { ...TUNES, preVote: false } }).lead()],
	['leader', () => new LoneMember({ terms: [1, 1] }).lead()],
	['leader that hands over', () => handingOver()],
] as const) {
	test(`raft: totality: nothing that a peer can send makes a ${role} throw`, () => {
		fc.assert(
			fc.property(fc.array(event, { maxLength: 40 }), (events) => {
				const member = make();
				play(member, events);
				ok(member.core.status().commit <= member.core.status().last);
			}),
			{ numRuns: 400 },
		);
	});
}

function handingOver(): LoneMember {
	const member = new LoneMember().lead();
	member.propose();
	member.step({ kind: 'transfer', target: 2 as Slot });
	return member;
}
