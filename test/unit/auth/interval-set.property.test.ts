/** Every form of a range against every form of a grant, judged by the keys that either means, each looked at by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IntervalSet, toInterval } from '../../../src/auth/interval-set.ts';
import { compareBytes } from '../../../src/base/bytes.ts';
import { isEmptyRange, toKeyRange } from '../../../src/mvcc/key-range.ts';

const LETTERS = [0x00, 0x61, 0x62, 0xff];
const LENGTH_MAX = 3;
/** Every key of up to four of these letters: finer than any boundary that is drawn, so that a key beyond one is among them. */
const KEYS: readonly Uint8Array[] = (() => {
	let longest: number[][] = [[]];
	const all: number[][] = [];
	for (let length = 1; length <= LENGTH_MAX + 1; length++) {
		longest = longest.flatMap((key) => LETTERS.map((letter) => [...key, letter]));
		all.push(...longest);
	}
	return all.map((key) => Uint8Array.from(key));
})();

const bytes = fc.array(fc.constantFrom(...LETTERS), { maxLength: LENGTH_MAX }).map((letters) => Uint8Array.from(letters));
const key = bytes.filter(({ length }) => length > 0);

function prefixEnd(prefix: Uint8Array): Uint8Array {
	const end = [...prefix];
	while (end.at(-1) === 0xff) {
		end.pop();
	}
	return end.length === 0 ? Uint8Array.of(0) : Uint8Array.from([...end.slice(0, -1), (end.at(-1) as number) + 1]);
}

/** The one key, all from it on, the key alone as a range, a prefix, anything else: inverted ones too. */
function pairFrom(first: fc.Arbitrary<Uint8Array>): fc.Arbitrary<{ key: Uint8Array; rangeEnd: Uint8Array }> {
	return first.chain((lo) =>
		fc
			.oneof(
				fc.constant(new Uint8Array(0)),
				fc.constant(Uint8Array.of(0)),
				fc.constant(Uint8Array.from([...lo, 0])),
				fc.constant(prefixEnd(lo)),
				bytes,
			)
			.map((rangeEnd) => ({ key: lo, rangeEnd })),
	);
}

/** What a range request reads (mvcc/key-range.ts), of these keys; a watch from the empty key begins at the least one. */
function meant({ key: from, rangeEnd }: { readonly key: Uint8Array; readonly rangeEnd: Uint8Array }): readonly Uint8Array[] {
	const range = toKeyRange(from.length === 0 ? Uint8Array.of(0) : from, rangeEnd);
	if (range.single) {
		return KEYS.filter((each) => compareBytes(each, range.lo) === 0);
	}
	return isEmptyRange(range)
		? []
		: KEYS.filter((each) => compareBytes(each, range.lo) >= 0 && (range.hi === null || compareBytes(each, range.hi) < 0));
}

test('auth: ranges (GHSA-xg4h-6gfc-h4m8): a request passes only if each key that it means is in a grant', () => {
	fc.assert(
		fc.property(fc.array(pairFrom(key), { maxLength: 5 }), pairFrom(bytes), (grants, request) => {
			const set = new IntervalSet(grants.map((grant) => toInterval(grant.key, grant.rangeEnd)));
			const granted = new Set(grants.flatMap(meant));
			const all = meant(request);
			if (set.covers(request.key, request.rangeEnd)) {
				assert.ok(all.every((each) => granted.has(each)));
			}
		}),
		{ numRuns: 2_000 },
	);
});

test('auth: ranges: a key passes if it is in a grant, and only then', () => {
	fc.assert(
		fc.property(fc.array(pairFrom(key), { maxLength: 5 }), key, (grants, asked) => {
			const set = new IntervalSet(grants.map((grant) => toInterval(grant.key, grant.rangeEnd)));
			const isGranted = grants.some((grant) => meant(grant).some((each) => compareBytes(each, asked) === 0));
			assert.equal(set.covers(asked, new Uint8Array(0)), isGranted);
		}),
		{ numRuns: 2_000 },
	);
});

test('auth: ranges: no two intervals of a set overlap or touch', () => {
	fc.assert(
		fc.property(fc.array(pairFrom(key), { maxLength: 8 }), (grants) => {
			const { intervals } = new IntervalSet(grants.map((grant) => toInterval(grant.key, grant.rangeEnd)));
			for (const [i, { hi }] of intervals.slice(0, -1).entries()) {
				assert.ok(hi !== null && compareBytes(hi, (intervals[i + 1] as { lo: Uint8Array }).lo) < 0);
			}
		}),
	);
});

const COVERS: readonly (readonly [string, readonly [string, string][], string, string, boolean])[] = [
	[
		'two ranges that touch',
		[
			['a', 'c'],
			['c', 'e'],
		],
		'b',
		'd',
		true,
	],
	[
		'a key and the range behind it',
		[
			['a', ''],
			['a\0', 'c'],
		],
		'a',
		'c',
		true,
	],
	[
		'a gap of one key',
		[
			['a', 'b'],
			['b\0', 'c'],
		],
		'a',
		'c',
		false,
	],
	['one key, asked as a range', [['a', '']], 'a', 'a\0', true],
	['one key, and all from it on', [['a', '']], 'a', '\0', false],
	['a range, and all from its beginning on', [['a', 'z']], 'a', '\0', false],
	['all keys, by the empty key', [['\0', '\0']], '', '\0', true],
	['all from b on, and all', [['b', '\0']], '', '\0', false],
	['an end beyond the grant', [['a', 'c']], 'a', 'c\0', false],
	['inverted, in a grant', [['a', 'z']], 'm', 'b', true],
	['inverted, with its key outside', [['a', 'c']], 'm', 'b', false],
];

for (const [what, grants, from, end, isCovered] of COVERS) {
	test(`auth: ranges: ${what}: ${isCovered ? 'granted' : 'refused'}`, () => {
		const set = new IntervalSet(grants.map(([lo, hi]) => toInterval(Buffer.from(lo), Buffer.from(hi))));
		assert.equal(set.covers(Buffer.from(from), Buffer.from(end)), isCovered);
	});
}
