import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, type Interval } from './check.ts';
import { byKey, type KeyInterval, REGISTER, type RegisterAction } from './register.ts';

const OPTIONS = { stepsMax: 100_000 };
const NEVER = Number.POSITIVE_INFINITY;

function wrote(value: string | null, invoked: number, returned: number): Interval<RegisterAction> {
	return { action: { kind: 'write', value }, invoked, returned };
}

function read(value: string | null, invoked: number, returned: number): Interval<RegisterAction> {
	return { action: { kind: 'read', value }, invoked, returned };
}

function swapped(expected: string | null, value: string | null, invoked: number, returned: number): Interval<RegisterAction> {
	return { action: { kind: 'swap', expected, value }, invoked, returned };
}

const GOOD: readonly (readonly [string, readonly Interval<RegisterAction>[]])[] = [
	['nothing at all', []],
	['one after the other', [wrote('a', 1, 2), read('a', 3, 4), wrote('b', 5, 6), read('b', 7, 8)]],
	['a read before the first write', [read(null, 1, 2), wrote('a', 3, 4)]],
	['a read that overlaps a write sees the old value', [wrote('a', 1, 2), wrote('b', 3, 9), read('a', 4, 5), read('b', 6, 7)]],
	['two overlapping writes in either order', [wrote('a', 1, 10), wrote('b', 2, 9), read('b', 11, 12), read('b', 13, 14)]],
	['a write of unknown outcome that took place', [wrote('a', 1, NEVER), read('a', 5, 6)]],
	['a write of unknown outcome that never took place', [wrote('a', 1, NEVER), read(null, 5, 6), read(null, 7, 8)]],
	['a write of unknown outcome that took place late', [wrote('a', 1, NEVER), wrote('b', 2, 3), read('b', 4, 5), read('a', 6, 7)]],
	['a delete', [wrote('a', 1, 2), wrote(null, 3, 4), read(null, 5, 6)]],
	['swaps that follow one another', [wrote('a', 1, 2), swapped('b', 'c', 3, 9), swapped('a', 'b', 4, 8), read('c', 10, 11)]],
	['touching intervals count as concurrent', [wrote('a', 1, 2), wrote('b', 3, 5), read('a', 5, 6)]],
];

const BAD: readonly (readonly [string, readonly Interval<RegisterAction>[]])[] = [
	['a lost write', [wrote('a', 1, 2), read(null, 3, 4)]],
	['a stale read', [wrote('a', 1, 2), wrote('b', 3, 4), read('a', 5, 6)]],
	['a read that goes back', [wrote('a', 1, 2), wrote('b', 3, 10), read('b', 4, 5), read('a', 6, 7)]],
	['a value that nobody wrote', [wrote('a', 1, 2), read('z', 3, 4)]],
	['two swaps of one value', [wrote('a', 1, 2), swapped('a', 'b', 3, 4), swapped('a', 'c', 5, 6)]],
	['an unknown write that took place and then did not', [wrote('a', 1, NEVER), read('a', 3, 4), read(null, 5, 6)]],
	['a deleted key that comes back', [wrote('a', 1, 2), wrote(null, 3, 4), read(null, 5, 6), read('a', 7, 8)]],
];

for (const [title, history] of GOOD) {
	test(`sim: linearizability: accepts ${title}`, () => {
		assert.equal(check(REGISTER, history, OPTIONS).kind, 'linearizable');
	});
}

for (const [title, history] of BAD) {
	test(`sim: linearizability: finds ${title}`, () => {
		assert.equal(check(REGISTER, history, OPTIONS).kind, 'not_linearizable');
	});
}

test('sim: linearizability: names the operation at whose return no order was left', () => {
	const result = check(REGISTER, [wrote('a', 1, 2), read('a', 3, 4), read(null, 5, 6), read(null, 7, 8)], OPTIONS);
	assert.equal(result.kind === 'not_linearizable' ? result.stuck : -1, 2);
});

test('sim: linearizability: gives up where it was told to', () => {
	const many = Array.from({ length: 30 }, (_, i) => wrote(`v${i}`, 1, 100));
	assert.equal(check(REGISTER, [...many, read('none', 200, 201)], { stepsMax: 500 }).kind, 'undecided');
});

test('sim: linearizability: takes a history apart by key', () => {
	const at = (key: string, interval: Interval<RegisterAction>): KeyInterval => ({ key, ...interval });
	const parts = byKey([at('x', wrote('a', 1, 2)), at('y', wrote('b', 1, 2)), at('x', read('a', 3, 4))]);
	assert.deepEqual(
		[...parts].map(([key, part]) => [key, part.length]),
		[
			['x', 2],
			['y', 1],
		],
	);
});

/** Every order of the operations that respects time, tried one by one. */
function isLinearizableByBruteForce(rest: readonly Interval<RegisterAction>[], state: string | null): boolean {
	if (rest.every(({ returned }) => returned === NEVER)) {
		return true;
	}
	const firstReturn = Math.min(...rest.map(({ returned }) => returned));
	return rest.some((interval, i) => {
		const next = interval.invoked <= firstReturn ? REGISTER.step(state, interval.action) : null;
		return next !== null && isLinearizableByBruteForce([...rest.slice(0, i), ...rest.slice(i + 1)], next);
	});
}

test('sim: linearizability: agrees with trying every order, on small random histories', () => {
	let seed = 7;
	const below = (bound: number): number => {
		seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
		return (seed >> 8) % bound;
	};
	const verdicts = new Set<boolean>();
	for (let round = 0; round < 2_000; round++) {
		const history = Array.from({ length: 1 + below(6) }, () => {
			const invoked = below(20);
			const returned = below(8) === 0 ? NEVER : invoked + 1 + below(8);
			const value = ['a', 'b', null][below(3)] ?? null;
			const kind = below(3);
			if (kind === 0) {
				return returned === NEVER ? wrote(value, invoked, returned) : read(value, invoked, returned);
			}
			return kind === 1 || returned === NEVER ? wrote(value, invoked, returned) : swapped(['a', null][below(2)] ?? null, value, invoked, returned);
		});
		const expected = isLinearizableByBruteForce(history, null);
		verdicts.add(expected);
		assert.equal(check(REGISTER, history, OPTIONS).kind, expected ? 'linearizable' : 'not_linearizable', JSON.stringify(history));
	}
	assert.equal(verdicts.size, 2);
});
