import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Index, Slot, Term } from '../../../src/base/brand.ts';
import { CHANNEL } from '../../../src/protocol/messages.ts';
import { channelOf, decodeEnvelope, encodeEnvelope, isReplaceable } from '../../../src/protocol/peer-codec.ts';
import type { AppendRequest, Envelope, PeerMessage } from '../../../src/raft/message.ts';
import { ENTRY_KIND, type Entry } from '../../../src/raft/state.ts';

const uint48 = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const index = uint48 as fc.Arbitrary<Index>;
const term = uint48 as fc.Arbitrary<Term>;
const context = fc.oneof(fc.nat(), fc.maxSafeNat());
const entryKind = fc.constantFrom(...Object.values(ENTRY_KIND));
const data = fc.uint8Array({ maxLength: 50 });

const appendRequest: fc.Arbitrary<AppendRequest> = fc
	.record({
		previousIndex: fc.nat(2 ** 31 - 1),
		previousTerm: fc.nat(1_000),
		commit: index,
		rows: fc.array(fc.tuple(fc.nat(3), entryKind, data), { maxLength: 8 }),
	})
	.map(({ previousIndex, previousTerm, commit, rows }) => {
		let last = previousTerm;
		const entries: Entry[] = rows.map(([delta, kind, bytes], i) => {
			last += delta;
			return { index: (previousIndex + i + 1) as Index, term: last as Term, kind, data: bytes };
		});
		return { kind: 'append_request', previousIndex: previousIndex as Index, previousTerm: previousTerm as Term, entries, commit };
	});

const message: fc.Arbitrary<PeerMessage> = fc.oneof(
	fc.record({ kind: fc.constant('vote_request' as const), lastIndex: index, lastTerm: term, force: fc.boolean() }),
	fc.record({ kind: fc.constant('vote_reply' as const), granted: fc.boolean() }),
	fc.record({ kind: fc.constant('pre_vote_request' as const), lastIndex: index, lastTerm: term }),
	fc.record({ kind: fc.constant('pre_vote_reply' as const), granted: fc.boolean() }),
	appendRequest,
	fc.record({ kind: fc.constant('append_accepted' as const), match: index }),
	fc.record({ kind: fc.constant('append_rejected' as const), rejected: index, hintIndex: index, hintTerm: term }),
	fc.record({ kind: fc.constant('heartbeat' as const), commit: index, read: context }),
	fc.record({ kind: fc.constant('heartbeat_reply' as const), read: context }),
	fc.record({ kind: fc.constant('timeout_now' as const) }),
	fc.array(fc.tuple(entryKind, data), { maxLength: 8 }).chain((rows) =>
		fc.record({
			kind: fc.constant('forward_propose' as const),
			boot: uint48,
			sequence: uint48,
			kinds: fc.constant(rows.map(([kind]) => kind)),
			proposals: fc.constant(rows.map(([, bytes]) => bytes)),
		}),
	),
	fc.record({
		kind: fc.constant('forward_refused' as const),
		boot: uint48,
		sequence: uint48,
		count: fc.nat(2 ** 31 - 1),
		code: fc.nat(65_535),
	}),
	fc.record({ kind: fc.constant('forward_read' as const), context }),
	fc.record({ kind: fc.constant('read_reply' as const), context, index }),
	fc.record({ kind: fc.constant('committed' as const), index, entryTerm: term }),
	fc.record({ kind: fc.constant('timing_request' as const), stamp: uint48 }),
	fc.record({ kind: fc.constant('timing_reply' as const), stamp: uint48, silence: uint48, flush: uint48, electionTicks: uint48 }),
);

const slot = fc.oneof(fc.nat(7), fc.integer({ min: 0, max: 2 ** 32 - 1 })) as fc.Arbitrary<Slot>;
const envelope: fc.Arbitrary<Envelope> = fc.record({ from: slot, to: slot, term, message });

/** fast-check makes records without a prototype. */
function plain(value: Envelope): Envelope {
	return { ...value, message: { ...value.message } };
}

test('protocol: peer codec: every envelope comes back as it was', () => {
	fc.assert(
		fc.property(envelope, (given) => deepEqual(decodeEnvelope(encodeEnvelope(given)), plain(given))),
		{ numRuns: 500 },
	);
});

test('protocol: peer codec: the bytes own their whole ArrayBuffer', () => {
	fc.assert(
		fc.property(envelope, (given) => {
			const bytes = encodeEnvelope(given);
			equal(bytes.buffer.byteLength, bytes.length);
		}),
		{ numRuns: 100 },
	);
});

test('protocol: peer codec: random bytes never throw', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, kind) => {
			decodeEnvelope(bytes);
			// Past the header, so that the fields are reached too.
			decodeEnvelope(Uint8Array.from([1, kind, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, ...bytes]));
		}),
		{ numRuns: 2_000 },
	);
});

test('protocol: peer codec: an envelope cut short or with something behind it is nothing', () => {
	fc.assert(
		fc.property(envelope, fc.nat(), (given, at) => {
			const bytes = encodeEnvelope(given);
			equal(decodeEnvelope(bytes.subarray(0, at % bytes.length)), null);
			equal(decodeEnvelope(Uint8Array.from([...bytes, 0])), null);
		}),
		{ numRuns: 500 },
	);
});

test('protocol: peer codec: a flipped bit never throws, and what comes out could have been sent', () => {
	fc.assert(
		fc.property(envelope, fc.nat(), fc.nat(7), (given, at, bit) => {
			const bytes = encodeEnvelope(given);
			bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
			const decoded = decodeEnvelope(bytes);
			if (decoded !== null) {
				deepEqual(decodeEnvelope(bytes), decoded);
				notDeepEqual(decoded, plain(given));
			}
		}),
		{ numRuns: 2_000 },
	);
});

test('protocol: peer codec: a count beyond the bytes that are there is refused before anything is allocated', () => {
	const bytes = encodeEnvelope(append([]));
	bytes.set([0xff, 0xff, 0xff, 0xff], bytes.length - 4);
	equal(decodeEnvelope(bytes), null);
});

test('protocol: peer codec: another version is not understood', () => {
	const bytes = encodeEnvelope(append([]));
	bytes[0] = 2;
	equal(decodeEnvelope(bytes), null);
});

test('protocol: peer codec: decoded entries do not change with the frame that they came in', () => {
	const bytes = encodeEnvelope(append([Uint8Array.of(1, 2, 3)]));
	const decoded = decodeEnvelope(bytes);
	bytes.fill(9);
	ok(decoded?.message.kind === 'append_request');
	deepEqual(decoded.message.entries[0]?.data, Uint8Array.of(1, 2, 3));
});

test('protocol: peer codec: only appends with entries take the bulk connection', () => {
	equal(channelOf(append([]).message), CHANNEL.control);
	equal(channelOf(append([Uint8Array.of(1)]).message), CHANNEL.bulk);
	equal(channelOf({ kind: 'timeout_now' }), CHANNEL.control);
});

test('protocol: peer codec: a newer heartbeat may take the place of an older one, and nothing else may', () => {
	fc.assert(fc.property(message, (given) => equal(isReplaceable(given), given.kind === 'heartbeat')));
});

function append(payloads: readonly Uint8Array[]): Envelope {
	const entries = payloads.map((bytes, i): Entry => ({ index: (i + 1) as Index, term: 1 as Term, kind: ENTRY_KIND.command, data: bytes }));
	return {
		from: 1 as Slot,
		to: 2 as Slot,
		term: 1 as Term,
		message: { kind: 'append_request', previousIndex: 0 as Index, previousTerm: 0 as Term, entries, commit: 0 as Index },
	};
}
