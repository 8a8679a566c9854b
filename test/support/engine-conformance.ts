/** What every Engine promises, as tests that run against each implementation. Called by test/unit/adapters/lmdb-engine.test.ts and test/unit/base/memory-engine.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { compareBytes } from '../../src/base/bytes.ts';
import { ENGINE_KEY_BYTES_MAX, type Engine, type ReadView } from '../../src/base/engine.ts';

/** Opens an empty engine with two trees; it is closed and removed by the opener when the test ends. */
export type OpenEngine = () => Engine;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

function list(view: ReadView, lo: string, hi: string | null, back = false): string {
	const seen: string[] = [];
	const visit = (key: Uint8Array, value: Uint8Array): boolean => {
		seen.push(`${text(key)}=${text(value)}`);
		return true;
	};
	if (back) {
		view.scanBack(0, bytes(lo), hi === null ? null : bytes(hi), visit);
	} else {
		view.scan(0, bytes(lo), hi === null ? null : bytes(hi), visit);
	}
	return seen.join(' ');
}

function withLetters(openEngine: OpenEngine): Engine {
	const engine = openEngine();
	engine.write((view) => {
		for (const letter of ['d', 'b', 'a', 'c']) {
			view.put(0, bytes(letter), bytes(letter.toUpperCase()));
		}
	});
	return engine;
}

function scanTests(name: string, openEngine: OpenEngine): void {
	it(`${name}: scan: goes up over lo <= key < hi`, () => {
		const engine = withLetters(openEngine);
		const seen = engine.read((view) => [
			list(view, 'b', 'd'),
			list(view, 'aa', 'cc'),
			list(view, '', null),
			list(view, 'c', null),
			list(view, 'c', 'b'),
		]);
		assert.deepEqual(seen, ['b=B c=C', 'b=B c=C', 'a=A b=B c=C d=D', 'c=C d=D', '']);
	});

	it(`${name}: scanBack: goes down over lo <= key < hi`, () => {
		const engine = withLetters(openEngine);
		const seen = engine.read((view) => [
			list(view, 'b', 'd', true),
			list(view, 'aa', 'cc', true),
			list(view, '', null, true),
			list(view, 'b', null, true),
			list(view, 'c', 'b', true),
			list(view, '', 'zz', true),
			list(view, '', 'a', true),
		]);
		assert.deepEqual(seen, ['c=C b=B', 'c=C b=B', 'd=D c=C b=B a=A', 'd=D c=C b=B', '', 'd=D c=C b=B a=A', '']);
	});

	it(`${name}: scan: ends where the visit says so, and the engine can be written afterwards`, () => {
		const engine = withLetters(openEngine);
		let visits = 0;
		engine.read((view) => view.scan(0, bytes('a'), null, () => ++visits < 2));
		engine.write((view) => view.put(0, bytes('e'), bytes('E')));
		assert.equal(visits, 2);
	});

	it(`${name}: scan: a visit that throws ends the read with that error`, () => {
		const engine = withLetters(openEngine);
		const failing = (): boolean => {
			throw new Error('from the visit');
		};
		assert.throws(() => engine.read((view) => view.scan(0, bytes('a'), null, failing)), /from the visit/);
		assert.equal(
			engine.read((view) => list(view, '', 'b')),
			'a=A',
		);
	});

	it(`${name}: scan: a scan inside a scan of the same tree goes its own way`, () => {
		const engine = withLetters(openEngine);
		const seen: string[] = [];
		engine.read((view) =>
			view.scan(0, bytes('a'), bytes('c'), (key) => {
				seen.push(text(key), list(view, 'b', null, true));
				return true;
			}),
		);
		assert.deepEqual(seen, ['a', 'd=D c=C b=B', 'b', 'd=D c=C b=B']);
	});

	it(`${name}: scan: a tree is not written inside a scan of it, another tree is`, () => {
		const engine = withLetters(openEngine);
		engine.write((view) =>
			view.scan(0, bytes('a'), null, (key, value) => {
				view.put(1, key, value);
				return true;
			}),
		);
		assert.throws(
			() =>
				engine.write((view) =>
					view.scan(0, bytes('a'), null, (key) => {
						view.remove(0, key);
						return true;
					}),
				),
			/inside a scan/,
		);
		assert.equal(
			engine.read((view) => text(view.get(1, bytes('d')) ?? bytes('none'))),
			'D',
		);
	});
}

function transactionTests(name: string, openEngine: OpenEngine): void {
	it(`${name}: write: a write that throws leaves nothing behind`, () => {
		const engine = withLetters(openEngine);
		const failing = (): void => {
			engine.write((view) => {
				view.put(0, bytes('x'), bytes('X'));
				view.remove(0, bytes('a'));
				throw new Error('no');
			});
		};
		assert.throws(failing, /no/);
		assert.equal(
			engine.read((view) => list(view, '', null)),
			'a=A b=B c=C d=D',
		);
	});

	it(`${name}: write: sees its own puts and removes, in scans too, and returns what the work returns`, () => {
		const engine = withLetters(openEngine);
		const seen = engine.write((view) => {
			const removed = [view.remove(0, bytes('b')), view.remove(0, bytes('b'))];
			view.put(0, bytes('bb'), bytes('new'));
			view.put(0, bytes('a'), bytes('again'));
			return { removed, list: list(view, '', 'd'), got: view.get(0, bytes('b')) };
		});
		assert.deepEqual(seen, { removed: [true, false], list: 'a=again bb=new c=C', got: null });
	});

	it(`${name}: pin: a pinned view stays while others are committed`, () => {
		const engine = withLetters(openEngine);
		const first = engine.pin();
		engine.write((view) => view.put(0, bytes('a'), bytes('second')));
		const second = engine.pin();
		engine.write((view) => view.remove(0, bytes('a')));
		const seen = [first, second].map((pin) => list(pin, '', 'b'));
		first.release();
		const afterRelease = list(second, '', 'b');
		second.release();
		assert.deepEqual([...seen, afterRelease], ['a=A', 'a=second', 'a=second']);
	});

	it(`${name}: pin: a view that was released is of no use`, () => {
		const pin = withLetters(openEngine).pin();
		pin.release();
		assert.throws(() => pin.get(0, bytes('a')), /after its release/);
	});

	it(`${name}: get: the bytes belong to the caller, and so do those that were put`, () => {
		const engine = openEngine();
		const put = bytes('value');
		engine.write((view) => view.put(0, bytes('k'), put));
		put.fill(0);
		const got = engine.read((view) => view.get(0, bytes('k')));
		got?.fill(0);
		assert.equal(
			engine.read((view) => text(view.get(0, bytes('k')) ?? put)),
			'value',
		);
	});
}

function sizeTests(name: string, openEngine: OpenEngine): void {
	it(`${name}: keys: up to ${ENGINE_KEY_BYTES_MAX} bytes, told apart by the last`, () => {
		const engine = openEngine();
		const keys = [1, 2, 255].map((last) => new Uint8Array(ENGINE_KEY_BYTES_MAX).fill(7).fill(last, -1));
		engine.write((view) => {
			for (const key of keys) {
				view.put(0, key, key.subarray(-1));
			}
		});
		const seen: number[] = [];
		engine.read((view) => view.scanBack(0, keys[0] ?? bytes(''), keys[2] ?? null, (_key, value) => seen.push(value[0] ?? 0) > 0));
		assert.deepEqual(seen, [2, 1]);
	});

	it(`${name}: keys: a key that is empty or too long is refused`, () => {
		const engine = openEngine();
		for (const size of [0, ENGINE_KEY_BYTES_MAX + 1]) {
			assert.throws(() => engine.write((view) => view.put(0, new Uint8Array(size), bytes('v'))), /a key has 1 to/);
		}
	});

	it(`${name}: values: from none to several megabytes`, () => {
		const engine = openEngine();
		const sizes = [0, 1, 63, 64, 4_096, 40_000, 3 * 2 ** 20];
		engine.write((view) => sizes.forEach((size, i) => void view.put(0, Uint8Array.of(i + 1), new Uint8Array(size).fill(i + 1))));
		const seen = engine.read((view) => sizes.map((_size, i) => view.get(0, Uint8Array.of(i + 1))));
		const scanned: number[] = [];
		engine.read((view) =>
			view.scan(0, Uint8Array.of(0), null, (key, value) => scanned.push(value.every((byte) => byte === key[0]) ? value.length : -1) > 0),
		);
		assert.deepEqual(
			seen.map((value, i) => (value?.every((byte) => byte === i + 1) === true ? value.length : -1)),
			sizes,
		);
		assert.deepEqual(scanned, sizes);
	});
}

/** Random operations in random transactions, compared with a sorted map that is written down here in the plainest way. */
function modelTest(name: string, openEngine: OpenEngine): void {
	const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
	const operation = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 8 })) });
	const transaction = fc.record({ operations: fc.array(operation, { maxLength: 40 }), rollback: fc.boolean() });
	it(`${name}: model: agrees with a sorted map`, () => {
		fc.assert(
			fc.property(fc.array(transaction, { maxLength: 8 }), key, key, (transactions, lo, hi) => {
				const engine = openEngine();
				let model = new Map<string, Uint8Array>();
				for (const { operations, rollback } of transactions) {
					const draft = new Map(model);
					try {
						engine.write((view) => {
							for (const { key: at, value } of operations) {
								const name = Buffer.from(at).toString('hex');
								if (value === null) {
									assert.equal(view.remove(0, at), draft.delete(name));
								} else {
									view.put(0, at, value);
									draft.set(name, value);
								}
							}
							if (rollback) {
								throw new RangeError('rolled back');
							}
						});
						model = draft;
					} catch (error) {
						assert.ok(error instanceof RangeError);
					}
				}
				const want = [...model]
					.map(([at, value]) => ({ key: Buffer.from(at, 'hex'), value: Buffer.from(value) }))
					.sort((a, b) => Buffer.compare(a.key, b.key));
				const inside = want.filter((record) => compareBytes(record.key, lo) >= 0 && compareBytes(record.key, hi) < 0);
				const seen: { key: Buffer; value: Buffer }[] = [];
				const back: { key: Buffer; value: Buffer }[] = [];
				engine.read((view) => {
					view.scan(0, lo, hi, (at, value) => seen.push({ key: Buffer.from(at), value: Buffer.from(value) }) > 0);
					view.scanBack(0, new Uint8Array(0), null, (at, value) => back.push({ key: Buffer.from(at), value: Buffer.from(value) }) > 0);
				});
				assert.deepEqual(seen, inside);
				assert.deepEqual(back, want.toReversed());
			}),
			{ numRuns: 60, seed: 3 },
		);
	});
}

export function engineConformance(name: string, openEngine: OpenEngine): void {
	describe(`${name}: engine conformance`, () => {
		scanTests(name, openEngine);
		transactionTests(name, openEngine);
		sizeTests(name, openEngine);
		modelTest(name, openEngine);
	});
}
